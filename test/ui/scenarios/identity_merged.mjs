import { numberOf, openStore } from "../store.mjs";
import { askAgain, openNoted, openPatient } from "../ward.mjs";

// A record that was merged into another: both identities show, nothing is read
// of either, and one press follows the merge; another takes that back.
export const name = "A merged patient shows both identities, is linked to the record that goes on, and back again";

const ours = "Prefers the window.";
const goesOn = "goes-on";
const only = "Condition of the record that goes on";

export async function run(kit) {
  const { expect } = kit;
  const store = openStore(kit.base, "r4");
  const { page, ward, entry, row } = await openNoted(kit, store, ours);
  const vitals = row.getByText(/\d+\/\d+/);
  await vitals.first().waitFor();
  const before = await vitals.first().innerText();

  await merge(store, entry.subject.patient);
  await askAgain(kit, page, row.getByText("Open to follow it"));
  await row.getByText(/Goes on as.*7999003/s).first().waitFor();
  await row.getByText(ours).waitFor();
  expect.equal(await vitals.first().innerText(), before, "what was last seen is gone");
  await kit.sweep(page, "row", { sideways: true });

  await openPatient(kit, page, ward, 0);
  const numbers = page.getByRole("row", { name: /^MRN/ });
  await numbers.filter({ hasText: "7999003" }).filter({ hasText: entry.identity.mrn }).waitFor();
  await page.getByText("Allergies unavailable").first().waitFor();
  expect.equal(await page.getByText("None recorded").count(), 0, "what was moved away looks like none recorded");
  expect.equal(await page.getByRole("heading", { name: "Vital signs" }).count(), 0, "the old record is read");
  await page.getByRole("article").filter({ hasText: ours }).waitFor();
  await kit.sweep(page, "merged");

  await page.goto(`${kit.base}${ward.listPath}/round`);
  await page.getByRole("button", { name: "Start round" }).click();
  await page.getByRole("heading", { name: "This record was merged into another" }).waitFor();
  await page.getByText("Allergies unavailable").first().waitFor();
  await page.getByRole("article").filter({ hasText: ours }).waitFor();
  expect.equal(await page.getByRole("heading", { name: "Vital signs" }).count(), 0, "the old record is read in a round");
  await kit.sweep(page, "round");
  await openPatient(kit, page, ward, 0);

  await page.getByRole("button", { name: "Link to the record that goes on" }).click();
  await page.getByText(only).first().waitFor();
  await page.getByRole("article").filter({ hasText: ours }).waitFor();
  expect.equal(await numbers.count(), 0);
  await kit.shot(page, "linked");

  // The message has gone with the page; the decision is told below, and can be taken back there.
  await openPatient(kit, page, ward, 0);
  await kit.sweep(page, "decided");
  await page.getByRole("button", { name: "Undo: who this patient is" }).click();
  await page.getByRole("button", { name: "Link to the record that goes on" }).waitFor();
  expect.equal(await page.getByText(only).count(), 0, "the record that goes on is read under the old one");
  await page.goto(kit.base + ward.listPath);
  await row.getByText("Open to follow it").waitFor();
  expect.equal(await vitals.first().innerText(), before, "what was last seen before is not back");
  await kit.shot(page, "undone");
}

// merge makes another Patient with a number and a problem of its own, and says
// of the first that it was replaced by it.
async function merge(store, id) {
  const survivor = await store.read(`Patient/${id}`);
  survivor.id = goesOn;
  delete survivor.meta;
  numberOf(survivor).value = "7999003";
  await store.put(survivor);
  await store.put({
    resourceType: "Condition",
    id: `${goesOn}-1`,
    subject: { reference: `Patient/${goesOn}` },
    clinicalStatus: { coding: [{ system: "http://terminology.hl7.org/CodeSystem/condition-clinical", code: "active" }] },
    code: { coding: [{ system: "http://snomed.info/sct", code: "195967001", display: only }], text: only },
  });
  await store.change(`Patient/${id}`, (p) => {
    p.link = [{ type: "replaced-by", other: { reference: `Patient/${goesOn}` } }];
  });
}
