import { allRead, call, makeWard } from "../ward.mjs";

// Rows out of view are not laid out. They stay rows of a table in all else.
export const name = "Rows out of view are read, found and printed like all others, and no word is wider than its column";

const many = 90;

export async function run(kit) {
  const { expect } = kit;
  const page = await kit.open();
  const ward = await makeWard(kit, page, ["Hargreaves"]);
  await call(page, "POST", `/api/patients/lists/${ward.list}/entries`, {
    patients: Array.from({ length: many }, (_, i) => ({
      identity: { family: `Sample${i}`, given: "Test", born: "1950-01-01", mrn: `STEADY-${i}` },
      bed: `C-${String(i).padStart(2, "0")}`,
    })),
    again: true,
  });
  await page.goto(kit.base + ward.listPath);
  await page.locator("tr[data-entry]").nth(many).waitFor();
  await allRead(page);
  await aligned(kit, page);
  await page.getByRole("button", { name: "Patient", exact: true }).click();
  await page.locator("table[data-steady] tr[data-entry]").nth(many).waitFor();
  await aligned(kit, page);
  await isTable(kit, page);
  await found(kit, page);
  await printed(kit, page);
  await wideWord(kit, page, ward);
  await largerText(kit, page);
}

// lines are the edges of the cells of the head and of a row.
const lines = (page, at) =>
  page.evaluate((i) => {
    const table = document.querySelector("main table");
    const edges = (row) =>
      [...row.cells].map((cell) => cell.getBoundingClientRect()).map((box) => [Math.round(box.left), Math.round(box.right)]);
    return { head: edges(table.tHead.rows[0]), row: edges(table.querySelectorAll("tr[data-entry]")[i]) };
  }, at);

async function aligned({ expect }, page) {
  for (const at of [0, many]) {
    const { head, row } = await lines(page, at);
    expect.deepEqual(row, head, `row ${at} is not under its heads`);
    const apart = row.filter(([left], i) => i > 0 && left !== row[i - 1][1]);
    expect.none(apart.map(String), `cells of row ${at} do not begin where the one before ends`);
  }
}

// A screen reader is given every row with its cells.
async function isTable({ expect }, page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Accessibility.enable");
  const columns = await page.locator("thead th").count();
  // The two edges of the list are rows of one cell; each row has a box to choose it.
  const want = { table: 1, columnheader: columns, rowheader: 2 * (many + 1), cell: 2 + 1 + (many + 1) * (1 + columns - 2) };
  await expect.eventually(async () => {
    const { nodes } = await session.send("Accessibility.getFullAXTree");
    const count = (role) => nodes.filter((node) => !node.ignored && node.role?.value === role).length;
    expect.deepEqual(Object.fromEntries(Object.keys(want).map((role) => [role, count(role)])), want);
    return true;
  }, "the rows are not given as a table's");
  await session.detach();
}

async function found({ expect }, page) {
  const at = await page.evaluate((text) => {
    if (!window.find(text)) return undefined;
    const row = getSelection().anchorNode.parentElement.closest("tr");
    getSelection().removeAllRanges();
    return [...document.querySelectorAll("tr[data-entry]")].indexOf(row);
  }, "STEADY-44");
  expect(at > 20, `the browser found what is out of view at ${at}`);
}

// PAL-0240: somebody else writes a long word; the column grows for it.
async function wideWord({ expect, ...kit }, page, ward) {
  const other = await kit.open();
  await kit.signIn(other, "resident");
  const { entries } = await call(other, "GET", `/api/patients/lists/${ward.list}`);
  const word = "Pneumonoultramicroscopic";
  await call(other, "PUT", `/api/patients/entries/${entries.at(-1).id}/fields/summary`, { base: 9e9, value: word });
  const cell = page.locator("td", { hasText: word }).first();
  await cell.waitFor();
  expect.equal(await cell.evaluate((td) => td.scrollWidth > td.clientWidth), false, "the word is wider than its column");
  await aligned({ expect }, page);
}

// Only the text grows, as by the browser's own setting: the columns grow with it.
async function largerText({ expect }, page) {
  await page.getByRole("button", { name: "Patient", exact: true }).click();
  await page.locator("table[data-steady]:not(:has([data-later]))").waitFor();
  await page.evaluate(() => {
    const larger = new CSSStyleSheet();
    larger.replaceSync("main table * { font-size: 24px !important; line-height: 1.4 !important }");
    document.adoptedStyleSheets.push(larger);
  });
  await page.locator("main table:not([data-steady])").waitFor();
  await aligned({ expect }, page);
  const wide = await page.evaluate(() =>
    [...document.querySelectorAll("tr[data-entry] > *")].filter((cell) => cell.scrollWidth > cell.clientWidth + 1).map((cell) => cell.textContent),
  );
  expect.none(wide, "words are wider than their columns");
}

async function printed({ expect }, page) {
  await page.emulateMedia({ media: "print" });
  const shown = await page.evaluate(() => getComputedStyle(document.querySelector("tr[data-entry]")).display);
  expect.equal(shown, "table-row");
  await page.emulateMedia({ media: null });
}
