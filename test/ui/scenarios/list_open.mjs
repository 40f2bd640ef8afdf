import { allRead, call, makeWard } from "../ward.mjs";

// What the address needs is asked for by the page's first script: once, and no
// more than the page itself would ask for.
export const name = "A list is asked for once, before its pages are loaded, and only of who is signed in";

export async function run(kit) {
  const { expect } = kit;
  const page = await kit.open();
  const ward = await makeWard(kit, page, ["Hargreaves", "Winterbourne"]);
  // Who follows a list is recorded as well, once in a while; and what the record
  // system brings while nobody does is a reason to read the list again.
  const followed = page.waitForResponse((answer) => answer.url().includes(`/lists/${ward.list}/stream`));
  await page.goto(kit.base + ward.listPath);
  await page.locator("tr[data-entry]").nth(1).waitFor();
  await followed;
  await allRead(page);

  const before = await views(page, ward);
  const asked = [];
  page.on("request", (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
  await page.reload();
  await page.locator("tr[data-entry]").nth(1).waitFor();
  const first = ["/api/session", `/api/patients/spaces/${ward.space}`, `/api/patients/lists/${ward.list}`];
  for (const path of first) {
    expect.equal(asked.filter((a) => a === `GET ${path}`).length, 1, `${path} among ${asked.join(", ")}`);
  }
  const began = await page.evaluate(
    (paths) => {
      const at = (end) => performance.getEntriesByType("resource").find((e) => e.name.endsWith(end))?.startTime;
      const row = performance.getEntriesByType("resource").filter((e) => /\.js$/.test(e.name));
      return { asked: Math.max(...paths.map(at)), loaded: Math.max(...row.map((e) => e.responseEnd)) };
    },
    first,
  );
  expect(began.asked < began.loaded, `asked at ${began.asked} ms, when all was loaded at ${began.loaded} ms`);
  expect.equal(await views(page, ward), before + 1, "the list was opened once, and is recorded otherwise");

  // Nobody is signed in: what was refused early is asked for again, and nothing covers the page.
  const other = await kit.open({ path: ward.listPath });
  await other.getByRole("heading", { name: "Sign in" }).waitFor();
  expect.equal(await other.getByRole("dialog").count(), 0);
  await kit.signIn(other, "resident");
  await other.locator("tr[data-entry]").nth(1).waitFor();
  expect.equal(await other.getByRole("dialog").count(), 0);

  // A list that somebody has deleted leads on to those that there are.
  await call(page, "DELETE", `/api/patients/lists/${ward.list}`);
  await other.goto(kit.base + ward.listPath);
  await other.getByRole("heading", { name: "There is nothing here" }).waitFor();
  await other.getByRole("link", { name: "Go to my lists" }).waitFor();
}

// views is how often the list was opened, as the record has it.
async function views(page, ward) {
  const { entries } = await call(
    page,
    "GET",
    `/api/patients/spaces/${ward.space}/audit?operation=PatientListView&limit=100`,
  );
  return entries.filter((entry) => entry.list === ward.list).length;
}
