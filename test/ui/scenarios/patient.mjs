import { call, makeWard, openPatient } from "../ward.mjs";

// The page of one patient, with all its sections.
export const name = "A patient's page shows every section, in every theme and at every width, and never with the list";

export async function run(kit) {
  const { expect, sweep } = kit;
  const page = await kit.open();
  const ward = await makeWard(kit, page, ["Hargreaves", "Winterbourne", "Haddad"]);
  await openPatient(kit, page, ward, 0);

  // PAL-1040, PAL-1050: a page of its own; PAB-0009: the banner is on it.
  expect.equal(await page.getByRole("table").count(), 0);
  await page.getByRole("region", { name: "Patient", exact: true }).waitFor();
  for (const title of [/Summary/, /Vital signs/, /Problems/, /Known allergies/, /Medicines/, /Encounters/, /Coverage/, /Notes/, /Activity/]) {
    await page.getByRole("region", { name: title }).first().waitFor();
  }
  await page.getByRole("slider").waitFor();
  await addOwnWords(page, ward);
  await sweep(page, "page");

  // The banner stays in view, uncovered, wherever one scrolls (PAB-0009…0015).
  await page.getByRole("region", { name: /Activity/ }).scrollIntoViewIfNeeded();
  const top = await page.evaluate(() => {
    const banner = document.querySelector('section[aria-label="Patient"]');
    const box = banner?.getBoundingClientRect();
    const hit = box && document.elementFromPoint(box.left + 40, box.top + 20);
    return { top: box?.top, covered: !banner?.contains(hit ?? null) };
  });
  expect.deepEqual(top, { top: 0, covered: false });

  // Next and previous follow the order of the list.
  await page.getByRole("link", { name: /Next patient/ }).click();
  await page.getByRole("heading", { level: 1, name: /WINTERBOURNE/ }).waitFor();
  expect(page.url().endsWith(ward.patientPath(1)));
  await page.getByRole("link", { name: /Previous patient/ }).click();
  await page.getByRole("heading", { level: 1, name: /HARGREAVES/ }).waitFor();

  await failedSection(kit, page, ward);
  await conflict(kit, page, ward);
  await copyAsText(kit, page, ward);
  await together(kit, page, ward);
  await page.getByRole("link", { name: /Back to Ward A/ }).click();
  await page.getByRole("table").waitFor();
  expect.equal(await page.getByRole("region", { name: "Patient", exact: true }).count(), 0);
}

async function addOwnWords(page, ward) {
  await page.getByRole("button", { name: "Edit One-liner" }).click();
  await page.getByRole("textbox", { name: "One-liner" }).fill("60 y, cellulitis, day 2 of antibiotics");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("60 y, cellulitis, day 2 of antibiotics").first().waitFor();
  await page.getByRole("button", { name: /Watcher/ }).click();
  await page.getByRole("textbox", { name: "New to-do" }).fill("Mark the edge of the redness");
  await page.keyboard.press("Enter");
  await page.getByRole("checkbox", { name: "Mark the edge of the redness" }).waitFor();
  await call(page, "POST", `/api/patients/entries/${ward.entries[0].id}/notes`, { text: "Leg up on a pillow." });
  await page.getByRole("article").filter({ hasText: "Leg up on a pillow." }).waitFor();
}

// One section fails; the others stand, and it is tried again by its button.
async function failedSection({ expect }, page, ward) {
  const path = `**/api/patients/entries/${ward.entries[0].id}/sections/problems*`;
  const problem = { status: 503, contentType: "application/problem+json", body: '{"code":"ehr-down","title":"Down"}' };
  await page.route(path, (route) => route.fulfill(problem));
  await page.reload();
  const problems = page.getByRole("region", { name: /Problems/ });
  await problems.getByText("The record system does not answer").waitFor();
  await page.getByRole("region", { name: /Medicines/ }).getByText("Cephalexin 500 MG Oral Capsule").waitFor();
  await page.unroute(path);
  await problems.getByRole("button", { name: "Try again" }).click();
  await problems.getByText("Cellulitis").first().waitFor();
  expect.equal(await problems.getByText("The record system does not answer").count(), 0);
}

// Someone else is faster: both texts are shown, and what was typed is kept.
async function conflict({ expect }, page, ward) {
  await page.getByRole("button", { name: "Edit If/then" }).click();
  await page.getByRole("textbox", { name: "If/then" }).fill("If fever, then cultures");
  const path = `/api/patients/entries/${ward.entries[0].id}/fields/contingency`;
  await call(page, "PUT", path, { base: 0, value: "If rigors, then call" });
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("If fever, then cultures").waitFor();
  await dialog.getByText("If rigors, then call").waitFor();
  await dialog.getByRole("button", { name: "Merge by hand" }).click();
  expect.equal(await dialog.getByRole("textbox").inputValue(), "If rigors, then call\nIf fever, then cultures");
  await dialog.getByRole("button", { name: "Save the merged text" }).click();
  await expect.eventually(async () => {
    const { entry } = await call(page, "GET", `/api/patients/entries/${ward.entries[0].id}`);
    return entry.cells.contingency.items[0].text === "If rigors, then call\nIf fever, then cultures";
  });
}

async function copyAsText({ expect, axe }, page) {
  await page.getByRole("button", { name: "Copy as text" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: "SBAR" }).check();
  expect.none(await axe(page), "axe on the copy dialog");
  await dialog.getByRole("button", { name: "Copy", exact: true }).click();
  await expect.eventually(async () => {
    const text = await page.evaluate(() => navigator.clipboard.readText());
    return text.includes("HARGREAVES, Beatrice") && text.includes("S – Situation") && text.includes("Known allergies");
  }, "the summary is not on the clipboard");
}

// What one person writes comes to the other by itself, marked as not seen, for that person only; leaving the page takes the marks (PAL-0880…0980).
async function together(kit, page, ward) {
  const { expect } = kit;
  const other = await kit.open();
  await kit.signIn(other, "ward nurse");
  await openPatient(kit, other, ward, 0);
  const todo = "Ring the family";
  await call(other, "POST", `/api/patients/entries/${ward.entries[0].id}/todos`, { text: todo });
  const row = page.getByRole("listitem").filter({ has: page.getByRole("checkbox", { name: todo }) });
  await row.waitFor();
  await row.getByText("New", { exact: true }).waitFor();
  await page.getByText("1 change since you last looked").waitFor();
  await kit.shot(page, "marked");
  const own = other.getByRole("listitem").filter({ has: other.getByRole("checkbox", { name: todo }) });
  await own.waitFor();
  expect.equal(await own.getByText("New", { exact: true }).count(), 0, "one's own change is marked for oneself");

  await page.getByRole("link", { name: /Next patient/ }).click();
  await page.getByRole("heading", { level: 1, name: /WINTERBOURNE/ }).waitFor();
  await page.getByRole("link", { name: /Previous patient/ }).click();
  await page.getByRole("checkbox", { name: todo }).waitFor();
  await expect.eventually(async () => (await page.getByText(/since you last looked/).count()) === 0, "the mark is still there");
}
