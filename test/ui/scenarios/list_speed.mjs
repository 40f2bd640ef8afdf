import { call, makeWard } from "../ward.mjs";

// Many rows. How fast they are, `make ui-bench` measures.
export const name = "Two hundred rows are sorted, and more are shown in part without losing a mark";

export async function run(kit) {
  const { expect } = kit;
  const page = await kit.open();
  const ward = await makeWard(kit, page, ["Hargreaves"]);
  const many = (from, count) =>
    call(page, "POST", `/api/patients/lists/${ward.list}/entries`, {
      patients: Array.from({ length: count }, (_, i) => ({
        identity: { family: `Sample${1000 + ((i * 7919) % 1000)}`, given: `N${from + i}`, born: "1950-01-01", mrn: `MANY-${from + i}` },
        bed: `C-${from + i}`,
      })),
      again: true,
    });
  await many(1, 198);
  await page.goto(kit.base + ward.listPath);
  await page.locator("tr[data-entry]").nth(198).waitFor();
  await sorted(kit, page);

  await many(300, 60);
  await page.reload();
  await page.getByRole("table").waitFor();
  await page.locator("tr[data-entry]").first().waitFor();
  const inDocument = await page.locator("tr[data-entry]").count();
  expect(inDocument < 120, `${inDocument} rows are in the document`);
  expect.equal(await page.getByRole("table").getAttribute("aria-rowcount"), "260");
  await farMark(kit, page, ward);
}

// sorted puts the rows in the order of the names, and turns them round.
async function sorted({ expect }, page) {
  const names = () => page.locator("tr[data-entry] [data-open]").allTextContents();
  const head = page.getByRole("columnheader", { name: "Patient" });
  for (const [way, compare] of [["ascending", (a, b) => (a < b ? -1 : 1)], ["descending", (a, b) => (a < b ? 1 : -1)]]) {
    await head.getByRole("button").click();
    await page.locator(`th[aria-sort="${way}"]`).filter({ hasText: "Patient" }).waitFor();
    const shown = await names();
    expect.deepEqual(shown, shown.toSorted(compare), `the rows are not ${way}`);
  }
}

// A mark in a row that is not in the document is counted and gone to.
async function farMark({ expect, ...kit }, page, ward) {
  const other = await kit.open();
  await kit.signIn(other, "resident");
  const { entries } = await call(other, "GET", `/api/patients/lists/${ward.list}`);
  const last = entries.at(-1);
  await call(other, "PUT", `/api/patients/entries/${last.id}/fields/summary`, { base: 9e9, value: "Far down" });
  await page.getByText("1 out of view").waitFor();
  expect.equal(await page.locator(`tr[data-entry="${last.id}"]`).count(), 0);
  await page.locator("h1").focus();
  await page.keyboard.press("n");
  await expect.eventually(
    () => page.evaluate((id) => document.activeElement?.getAttribute("data-mark") === `${id} summary`, last.id),
    "the mark has not the focus",
  );
}
