import { openStore, someone } from "../store.mjs";
import { askAgain, call, openNoted, openPatient } from "../ward.mjs";

// A record that becomes another person's: nothing of ours stands under it until
// someone confirms, and only for the one who was on the screen.
export const name = "Where a record is another person's now, our notes are hidden until someone confirms whom they see";

const ours = "Sister flies in on Friday.";

export async function run(kit) {
  const { expect } = kit;
  const store = openStore(kit.base, "r4");
  const { page, ward, entry, row } = await openNoted(kit, store, ours);

  const record = `Patient/${entry.subject.patient}`;
  const was = await store.read(record);
  await store.change(record, (p) => someone(p, { family: "Stranger", given: "Bruno", born: "1990-01-02", mrn: "7999001" }));
  await askAgain(kit, page, row.getByText(/Your notes are hidden/));
  expect.equal(await row.getByText(ours).count(), 0, "the row shows what is about another person");
  expect.match(await row.innerText(), /HARGREAVES/, "the row is under the name that our notes are about");
  await kit.shot(page, "row");

  await openPatient(kit, page, ward, 0);
  await sides(kit, page, /Hargreaves\s*Stranger/);
  expect.equal(await page.getByText(ours).count(), 0);
  expect.equal(await page.getByRole("heading", { name: "Vital signs" }).count(), 0, "a stranger's record is shown");
  await page.getByText("Allergies unavailable").waitFor();
  await kit.sweep(page, "mismatch");
  await overtaken(kit, ward, store, record);
  await decide(kit, page);
  await store.put(was);
}

// sides waits for the two identities beside each other.
async function sides(kit, page, names) {
  const row = page.getByRole("row", { name: /^Family name/ });
  await kit.expect.eventually(async () => names.test(await row.innerText()), `the two are not ${names}`);
}

// overtaken: the page hears nothing while someone else comes, and the nurse
// confirms the one she saw. She is shown who is there, and asked again.
async function overtaken(kit, ward, store, record) {
  const deaf = await kit.open();
  await deaf.route(/\/stream/, (route) => route.abort());
  await kit.signIn(deaf, "owner");
  await openPatient(kit, deaf, ward, 0);
  await sides(kit, deaf, /Hargreaves\s*Stranger/);
  await store.change(record, (p) => someone(p, { family: "Newcomer", given: "Ana", born: "1977-07-07", mrn: "7999002" }));
  const other = await kit.open();
  await kit.signIn(other, "owner");
  await other.goto(kit.base + ward.listPath);
  const id = ward.entries[0].id;
  await kit.expect.eventually(async () => {
    await call(other, "POST", `/api/patients/lists/${ward.list}/refresh`);
    const { entry } = await call(other, "GET", `/api/patients/entries/${id}`);
    return entry.other?.family === "Newcomer";
  }, "the record system is not asked again");
  await deaf.getByRole("button", { name: /It is the same person/ }).click();
  await deaf.getByRole("alert").filter({ hasText: "Compare again before you decide" }).waitFor();
  await sides(kit, deaf, /Hargreaves\s*Newcomer/);
  kit.expect.equal(await deaf.getByText(ours).count(), 0, "who was not seen was confirmed");
  await kit.sweep(deaf, "overtaken");
  await deaf.close();
  await other.close();
}

// decide confirms, takes it back, and confirms for good.
async function decide({ expect, shot }, page) {
  const confirm = page.getByRole("button", { name: /It is the same person/ });
  const note = page.getByRole("article").filter({ hasText: ours });
  await page.reload();
  await confirm.click();
  await note.waitFor();
  // What takes it back stays while the pointer is on it.
  await page.getByRole("button", { name: "Undo", exact: true }).hover();
  expect.match(await page.getByRole("heading", { level: 1 }).innerText(), /NEWCOMER, Ana/);
  await page.getByRole("heading", { name: "Vital signs" }).waitFor();
  await shot(page, "confirmed");
  await page.getByRole("button", { name: "Undo", exact: true }).click();
  await confirm.waitFor();
  expect.equal(await note.count(), 0, "taken back, our notes still show");
  await confirm.click();
  await note.waitFor();
}
