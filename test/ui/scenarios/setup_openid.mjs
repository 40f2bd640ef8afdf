// Signing in with an OpenID provider: the whole way there and back in a
// browser, by what wardbridge.yml says; and what is said of a way back that is
// not right.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startProvider } from "../openid.mjs";
import { startServer } from "../server.mjs";

export const name = "People sign in with an OpenID provider, and nobody else does";

const bin = process.env.WARDBRIDGE_BIN ?? fileURLToPath(new URL("../../../bin/wardbridge", import.meta.url));
const secret = "s: of/the client";
const directory = "11111111-1111-4111-8111-111111111111";
const elsewhere = "22222222-2222-4222-8222-222222222222";
const anna = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";
const ben = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb";
const mail = "anna@hospital.example";

const realms = {
  hospital: [{ label: "Dr Lund", claims: { sub: "lund", name: "Anna Lund" } }],
  directory: [
    { label: "Anna", claims: { sub: "one", tid: directory, oid: anna, name: "Anna Lund", email: mail } },
    { label: "Anna by another app", claims: { sub: "two", tid: directory, oid: anna, name: "Anna Lund-Berg" } },
    { label: "Ben, with what was Anna's", claims: { sub: "one", tid: directory, oid: ben, name: "Ben Berg", email: mail } },
    { label: "Anna of elsewhere", claims: { sub: "one", tid: elsewhere, oid: anna, name: "Anna Lund", email: mail } },
    { label: "Anna without an oid", claims: { sub: "one", tid: directory, name: "Anna Lund", email: mail } },
  ],
};

const config = (provider) => async (data) => {
  const file = join(data, "oidc.secret");
  await writeFile(file, `${secret}\n`, { mode: 0o600 });
  return `
outbound: {allow: [127.0.0.1/32]}
sign_in:
  issuers:
    - {id: hospital, name: General Hospital, url: "${provider.issuer("hospital")}", client_id: ward app, secret_file: ${file}}
    - {id: directory, name: Hospital directory, url: "${provider.issuer("directory")}", client_id: ward app, secret_file: ${file},
       kind: entra, tenants: [${directory}]}
`;
};

const refused = "You were not let in. Ask an administrator if you think you should be.";
const again = "That took too long, or began in another window. Try again.";

export async function run(kit) {
  const { expect } = kit;
  const provider = await startProvider({ client: "ward app", secret, realms });
  const server = await startServer(bin, config(provider));
  try {
    await there(kit, server, provider);
    await identities(kit, server);
    await refusals(kit, server, provider);
    expect.none(provider.faults, "the provider was asked in a wrong way");
  } finally {
    await server.stop();
    await provider.stop();
  }
}

const sessionOf = (page) => page.evaluate(() => fetch("/api/session").then((r) => r.json()));

// choose goes to a provider and says there who one is.
async function choose(page, button, person) {
  await page.getByRole("link", { name: `Sign in with ${button}` }).click();
  await page.getByRole("heading", { name: "Who are you?" }).waitFor();
  await page.getByRole("link", { name: person, exact: true }).click();
}

async function signOut(page) {
  await page.getByRole("button", { name: /^Account/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
}

// There and back, to the page that was asked for; out; and in again from a page
// whose session has ended.
async function there({ expect, open, sweep }, server, provider) {
  const page = await open({ at: server.base, path: "/patients/password" });
  await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
  await sweep(page, "ways");
  await choose(page, "General Hospital", "Dr Lund");
  await page.getByText("You have no password here. Change it where you sign in.").waitFor();
  expect.equal(page.url(), `${server.base}/patients/password`);
  const cookies = await page.context().cookies();
  expect.deepEqual(cookies.map((c) => [c.name, c.httpOnly, c.sameSite]), [["wb_session", true, "Lax"]]);
  const { person } = await sessionOf(page);
  expect.equal(person.name, "Anna Lund");
  expect.equal(person.tenant, undefined, "the hospital's own provider has no directories");

  await page.getByRole("button", { name: /^Account/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).waitFor();
  expect.equal(await page.getByRole("menuitem", { name: "Change password" }).count(), 0);
  await page.keyboard.press("Escape");
  await page.getByRole("menu").waitFor({ state: "detached" });
  await signOut(page);
  expect.equal((await sessionOf(page)).person, undefined);
  await page.goBack();
  await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();

  await choose(page, "General Hospital", "Dr Lund");
  await page.getByRole("button", { name: /^Account/ }).waitFor();
  expect.equal((await sessionOf(page)).person.id, person.id, "the same person is another one the second time");
  await page.evaluate(() => fetch("/api/session", { method: "DELETE" }));
  await page.getByRole("button", { name: /^Account/ }).click();
  await page.getByRole("menuitemradio", { name: "Dark" }).click();
  await page.getByRole("dialog", { name: "Sign in again" }).waitFor();
  const was = page.url();
  await choose(page, "General Hospital", "Dr Lund");
  await page.getByRole("button", { name: /^Account/ }).waitFor();
  expect.equal(page.url(), was);
  expect.none(provider.faults, "the provider was asked in a wrong way");
}

// At a directory a person is its tid and oid: not a subject, which is another
// one for each app, and not an address, which is given to others.
async function identities({ expect, open }, server) {
  const as = async (who) => {
    const page = await open({ at: server.base });
    await choose(page, "Hospital directory", who);
    await page.getByRole("heading", { level: 1, name: "Care teams" }).waitFor();
    const { person } = await sessionOf(page);
    expect.equal(person.tenant, directory, `${who} is of another directory`);
    return person;
  };
  const first = await as("Anna");
  const later = await as("Anna by another app");
  expect.equal(later.id, first.id);
  expect.equal(later.name, "Anna Lund-Berg");
  expect.notEqual((await as("Ben, with what was Anna's")).id, first.id);
}

// What is not right ends on the page for signing in, which says so, and without
// a session.
async function refusals({ expect, open, shot, axe }, server, provider) {
  const page = await open({ at: server.base });
  const refuse = async (label, { spoil, button = "General Hospital", who = "Dr Lund", says = refused }) => {
    provider.spoil = spoil;
    await choose(page, button, who);
    await page.getByRole("alert").waitFor();
    expect.equal(await page.getByRole("alert").textContent(), says, label);
    expect.equal(page.url(), `${server.base}/patients/`, `${label}: it is still in the address`);
    expect.equal((await sessionOf(page)).person, undefined, `${label}: somebody is signed in`);
    provider.spoil = undefined;
  };
  await refuse("another nonce", { spoil: { nonce: "of another sign-in" } });
  expect.none(await axe(page), "axe on a refused sign-in");
  await shot(page, "refused");
  await refuse("for another client", { spoil: { aud: "another app" } });
  await refuse("of another issuer", { spoil: { iss: "https://other.example" } });
  await refuse("over", { spoil: { exp: 1 } });
  await refuse("signed by somebody else", { spoil: { stranger: true } });
  await refuse("the person said no", { who: "Nobody" });
  await refuse("another state", { spoil: { state: "of another window" }, says: again });
  await refuse("of a directory that is not named", { button: "Hospital directory", who: "Anna of elsewhere" });
  await refuse("without an oid", { button: "Hospital directory", who: "Anna without an oid" });
  provider.down = true;
  await server.halt();
  await server.start();
  await page.reload();
  await page.getByRole("link", { name: "Sign in with General Hospital" }).click();
  await page.getByText("The sign-in service does not answer. Try again in a while.").waitFor();
  await shot(page, "unreachable");
  provider.down = false;
  await choose(page, "General Hospital", "Dr Lund");
  await page.getByRole("button", { name: /^Account/ }).waitFor();
}
