import { call, makeWard } from "../ward.mjs";

// The list and its dialogs as they look.
export const name = "The list, its dialogs and its cards hold in every theme and at every width";

export async function run(kit) {
  const { expect } = kit;
  const page = await kit.open();
  const ward = await makeWard(kit, page, ["Hargreaves", "Haddad", "Merriweather"]);
  const other = await kit.open();
  await kit.signIn(other, "resident");
  await page.goto(kit.base + ward.listPath);
  await page.locator("tr[data-entry]").nth(2).waitFor();
  await fill(other, ward);
  await call(page, "PATCH", `/api/patients/lists/${ward.list}`, {
    version: (await call(page, "GET", `/api/patients/lists/${ward.list}`)).list.version,
    beds: ["A-01", "A-02", "A-03", "A-04"],
  });
  await page.locator("[data-mark]").first().waitFor();
  await page.getByRole("button", { name: "2 new · Show" }).click();
  await kit.sweep(page, "list");

  // One column of cards on a phone, with targets for a thumb (2.5.8).
  await page.setViewportSize({ width: 320, height: 700 });
  await page.getByRole("listitem").filter({ hasText: "HARGREAVES" }).first().waitFor();
  expect.equal(await page.getByRole("table").count(), 0);
  // A long bed leaves the name its room: no word is broken (PAL-0210).
  const name = await page.getByRole("link", { name: "MERRIWEATHER, Daphne" }).boundingBox();
  expect(name.width > 150, `the name beside a long bed is ${name.width} px wide`);

  // What says how old the record is does not go below the table, however many
  // lines it takes (PAL-0830).
  await page.setViewportSize({ width: 640, height: 600 });
  const frame = await page.getByRole("region", { name: "Ward A, scrollable table" }).boundingBox();
  const again = await page.getByRole("button", { name: "Ask the record system now" }).boundingBox();
  expect(again.y + again.height <= frame.y, `the button ends at ${again.y + again.height}, the table begins at ${frame.y}`);
  await page.setViewportSize({ width: 1280, height: 900 });

  // PAL-0540 M: two of one name say so, and what tells them apart is underlined.
  await page.getByText(/Same name as another patient here\. Differs in: birth date/).first().waitFor();

  await page.getByRole("button", { name: "Filter" }).click();
  await page.getByRole("checkbox", { name: "Unstable" }).click(); // it is ticked once the list is arranged anew
  await page.getByText(/Filter on: 1 of/).waitFor();
  await kit.sweep(page, "filter");
  await page.getByRole("button", { name: "Show all patients" }).click();

  await page.getByRole("button", { name: "Add patient" }).click();
  await page.getByRole("searchbox", { name: /Name, MRN/ }).fill("Wilson");
  await page.keyboard.press("Enter");
  await page.getByText(/Searched for/).waitFor();
  await kit.sweep(page, "add");
  await kit.escape(page, page.getByRole("dialog"));

  await page.getByRole("button", { name: "Columns", exact: true }).click();
  await page.getByRole("button", { name: "+ Custom column" }).click();
  await kit.sweep(page, "columns");
  await kit.escape(page, page.getByRole("dialog"));

  // Whoever was added says so, and who was not is not left below what is found.
  await page.getByRole("button", { name: "Add patient" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("searchbox", { name: /Name, MRN/ }).fill("a");
  await page.keyboard.press("Enter");
  await dialog.getByText(/Showing 50 of/).waitFor();
  for (const box of await dialog.getByRole("checkbox").all()) await box.check();
  await dialog.getByRole("button", { name: "Add 50" }).click();
  const left = dialog.getByRole("alert").getByText(/were not added/);
  await left.waitFor();
  const seen = () =>
    left.evaluate((e) => {
      const box = e.getBoundingClientRect();
      return e.contains(document.elementFromPoint(box.x + 4, box.y + box.height / 2));
    });
  await expect.eventually(seen, "who was not added is told out of view");
  const winterbourne = dialog.getByRole("checkbox", { name: /WINTERBOURNE, Alex/ });
  await expect.eventually(async () => /already in Ward A/.test(await winterbourne.evaluate((e) => e.closest("label").innerText)), "who was added does not say so");

  // Whose record is on the list is not put on it twice.
  await dialog.getByRole("button", { name: "Leave out" }).click();
  await winterbourne.check();
  await dialog.getByRole("button", { name: "Add 1" }).click();
  await dialog.getByText(/The same record, on Ward A/).waitFor();
  expect.equal(await dialog.getByRole("button", { name: "Add anyway" }).count(), 0);
}

async function fill(page, ward) {
  const [first, second] = ward.entries;
  await page.goto(new URL(ward.listPath, page.url()).href);
  await page.locator("tr[data-entry]").first().waitFor();
  await call(page, "PUT", `/api/patients/entries/${first.id}/fields/severity`, { base: 9e9, value: "unstable" });
  await call(page, "PUT", `/api/patients/entries/${second.id}/fields/severity`, { base: 9e9, value: "watcher" });
  await call(page, "PUT", `/api/patients/entries/${first.id}/fields/summary`, { base: 9e9, value: "60 y, cellulitis, day 2" });
  await call(page, "PUT", `/api/patients/entries/${ward.entries[2].id}/fields/bed`, { base: 9e9, value: "3 Maternity, Room 02, Bed A" });
  await call(page, "POST", `/api/patients/entries/${first.id}/todos`, { text: "Mark the edge", due: "2020-01-01" });
  await call(page, "POST", `/api/patients/entries/${second.id}/notes`, { text: "Leg up on a pillow." });
  const twin = (born, mrn, bed) => ({ identity: { family: "Ward", given: "Twin", born, mrn }, bed });
  await call(page, "POST", `/api/patients/lists/${ward.list}/entries`, {
    patients: [twin("1950-01-01", "TWIN-1", "B-01"), twin("1950-01-02", "TWIN-2", "B-02")],
    again: true,
  });
}
