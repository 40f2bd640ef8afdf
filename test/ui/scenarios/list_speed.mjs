import { call, makeWard } from "../ward.mjs";

// Many rows. Times are measured and told; only what is far off fails, as other
// work may share the machine.
export const name = "Two hundred rows are sorted at once, and more are shown in part without losing a mark";

export async function run(kit) {
  const { expect } = kit;
  const page = await kit.open();
  const ward = await makeWard(kit, page, ["Hargreaves"]);
  const many = (from, count) =>
    call(page, "POST", `/api/patients/lists/${ward.list}/entries`, {
      patients: Array.from({ length: count }, (_, i) => ({
        identity: { family: `Sample${(i * 7919) % 1000}`, given: `N${from + i}`, born: "1950-01-01", mrn: `MANY-${from + i}` },
        bed: `C-${from + i}`,
      })),
      again: true,
    });
  await many(1, 198);
  await page.goto(kit.base + ward.listPath);
  await page.locator("tr[data-entry]").nth(198).waitFor();
  const times = [];
  for (let i = 0; i < 6; i++) times.push(await sorted(page));
  const median = times.toSorted((a, b) => a - b)[3];
  const plain = await reordered(page);
  process.stdout.write(
    `     199 rows sorted and painted in ${Math.round(median)} ms (median of ${times.length});` +
      ` the browser alone takes ${Math.round(plain)} ms to turn them round\n`,
  );
  expect(median < Math.max(1000, 10 * plain), `sorting took ${median} ms, the browser alone ${plain} ms`);
  await page.reload();

  await many(300, 60);
  await page.reload();
  await page.getByRole("table").waitFor();
  await page.locator("tr[data-entry]").first().waitFor();
  const inDocument = await page.locator("tr[data-entry]").count();
  expect(inDocument < 120, `${inDocument} rows are in the document`);
  expect.equal(await page.getByRole("table").getAttribute("aria-rowcount"), "260");
  await farMark(kit, page, ward);
}

// reordered gives how long the browser takes for the rows without us.
function reordered(page) {
  return page.evaluate(async () => {
    const body = document.querySelector("tbody");
    const rows = [...body.querySelectorAll("tr[data-entry]")].reverse();
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const began = performance.now();
    for (const row of rows) body.insertBefore(row, body.lastChild);
    await frame();
    await frame();
    return performance.now() - began;
  });
}

// sorted clicks a head and gives how long it takes until the rows are painted.
function sorted(page) {
  return page.evaluate(async () => {
    const button = [...document.querySelectorAll("thead th button")].find((b) => /Patient/.test(b.textContent));
    const order = () => [...document.querySelectorAll("tr[data-entry]")].map((row) => row.dataset.entry).join();
    const before = order();
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const began = performance.now();
    button.click();
    while (order() === before && performance.now() - began < 5000) await frame();
    await frame();
    return performance.now() - began;
  });
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
