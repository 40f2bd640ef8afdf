import { openStore } from "../store.mjs";
import { call, makeWard, openPatient } from "../ward.mjs";

// A new base URL is a new connection: who is in it goes on, who is not is named
// and keeps what was last seen.
export const name = "A connection that is replaced matches its patients again, and names those who do not match";

const ours = "Interpreter booked for ten.";

export async function run(kit) {
  const { expect } = kit;
  const old = openStore(kit.base, "r4");
  const next = openStore(kit.base, "stu3");
  const page = await kit.open();
  const ward = await makeWard(kit, page, ["Hargreaves", "Noa Katz"], old.link);
  const [, stays] = ward.entries;
  await call(page, "POST", `/api/patients/entries/${stays.id}/notes`, { text: ours });
  await page.goto(kit.base + ward.listPath);
  const rows = page.locator("tr[data-entry]");
  const vitals = rows.nth(1).getByText(/\d+\/\d+/);
  await vitals.first().waitFor();
  const before = await vitals.first().innerText();
  // In the new record system the second has another birth date.
  await next.change(`Patient/${stays.subject.patient}`, (p) => {
    p.birthDate = "1931-12-31";
  });

  await page.getByRole("button", { name: /^Account/ }).click();
  await page.getByRole("menuitem", { name: "Settings" }).click();
  const card = page.getByRole("region", { name: "Hospital" });
  await card.getByRole("button", { name: "Change" }).click();
  await page.getByRole("heading", { level: 1, name: "Change the connection" }).waitFor();
  await page.getByLabel(/^Link/).fill(next.link);
  await page.getByLabel(/^Connection name/).fill("New hospital");
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.getByRole("heading", { level: 2, name: "Connected", exact: true }).waitFor();
  const named = page.getByRole("listitem").filter({ hasText: stays.identity.mrn });
  await named.waitFor();
  expect.equal(await page.getByRole("listitem").filter({ hasText: ward.entries[0].identity.mrn }).count(), 0);
  await kit.sweep(page, "unmatched");

  await page.goto(kit.base + ward.listPath);
  await rows.nth(1).getByText("Not linked to the new record system. Open to link.").waitFor();
  expect.equal(await rows.nth(0).getByText("Not linked").count(), 0);
  expect.equal(await vitals.first().innerText(), before, "who does not match lost what was last seen");
  await rows.nth(1).getByText(ours).waitFor();
  await kit.shot(page, "list");

  await openPatient(kit, page, ward, 1);
  await page.getByRole("heading", { name: "This patient is not linked to the present record system" }).waitFor();
  await page.getByRole("button", { name: "Look for this patient" }).click();
  const link = page.getByRole("button", { name: /^Link to / });
  await link.waitFor();
  await page.getByText("31-Dec-1931").first().waitFor();
  expect.equal(await page.getByText("typed by hand").count(), 0);
  await kit.sweep(page, "unlinked");
  await link.click();
  await link.waitFor({ state: "detached" });
  await page.getByRole("article").filter({ hasText: ours }).waitFor();
  await page.getByRole("heading", { name: "Vital signs" }).waitFor();
  await kit.expect.eventually(async () => (await page.locator('[aria-busy="true"]').count()) === 0, "still loading");
  expect.match(await page.locator("body").innerText(), /31-Dec-1931/);
  await kit.shot(page, "linked");
}
