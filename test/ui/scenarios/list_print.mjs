import { readFile } from "node:fs/promises";
import { pagesOf } from "../pdf.mjs";
import { call, makeWard } from "../ward.mjs";

// On paper and in a file.
export const name = "Eighteen patients fit on two A4 pages with a head on each, and a file is fetched with its purpose said";

export async function run(kit) {
  const { expect } = kit;
  const page = await kit.open();
  const ward = await makeWard(kit, page, ["Hargreaves", "Winterbourne", "Haddad"]);
  await eighteen(page, ward);
  await page.goto(`${kit.base}${ward.listPath}`);
  await page.getByRole("button", { name: "More for this list" }).click();
  await page.getByRole("menuitem", { name: "Print" }).click();
  await page.getByRole("heading", { name: "Print" }).waitFor();
  await page.evaluate(() => {
    window.print = () => document.body.setAttribute("data-printed", "yes");
  });

  // A purpose is asked once a day, and the print is recorded before it is made.
  const go = page.getByRole("button", { name: "Print", exact: true });
  expect(await go.isDisabled(), "printing needs no purpose");
  await page.getByRole("combobox", { name: "Purpose" }).fill("Ward round");
  await page.route("**/prints", (route) => route.fulfill({ status: 503, contentType: "application/problem+json", body: "{}" }));
  await go.click();
  await page.getByText(/Not printed/).first().waitFor();
  expect.equal(await page.locator("body[data-printed]").count(), 0, "it printed without a record");
  await page.unroute("**/prints");
  await go.click();
  await page.locator("body[data-printed]").waitFor();
  const { known } = await call(page, "GET", "/api/patients/purpose");
  expect.equal(known, true);
  await kit.sweep(page, "pocket", { sideways: true });

  for (const [format, most] of [["A4", 2], ["Letter", 3]]) {
    const pages = pagesOf(await page.pdf({ format }));
    expect(pages.length <= most, `18 patients are on ${pages.length} pages of ${format}`);
    for (const [i, text] of pages.entries()) {
      for (const part of ["Ward A", "3 East", "18 patients", "by ", "DESTROY AFTER SHIFT", `Page ${i + 1} of ${pages.length}`]) {
        expect(text.includes(part), `page ${i + 1} of ${format} does not say ${part}: ${text.slice(0, 300)}`);
      }
    }
    const all = pages.join(" ");
    for (const part of ["HARGREAVES, Beatrice", "Born 03-Nov-1966", "PATIENT15, Sample", "Mark the edge"]) {
      expect(all.includes(part), `the paper does not say ${part}`);
    }
  }
  await page.getByRole("radio", { name: "Table, across" }).check();
  const across = pagesOf(await page.pdf({ preferCSSPageSize: true }));
  expect(across.every((text) => text.includes("DESTROY AFTER SHIFT")));
  const row = await page.getByRole("row", { name: /HARGREAVES/ }).innerText();
  for (const part of ["75 /min (14-Jan-2026", "120/73 mmHg (", "98 % (", "36.8 °C (", "Cellulitis, Moderate (since"]) {
    expect(row.includes(part), `the paper does not say ${part}: ${row}`);
  }
  await file(kit, page, ward);
}

async function eighteen(page, ward) {
  const patients = Array.from({ length: 15 }, (_, i) => ({
    identity: { family: `Patient${i + 1}`, given: "Sample", born: `19${40 + i}-03-0${(i % 9) + 1}`, gender: "female", mrn: `PRINT-${i}` },
    bed: `B-${String(i + 1).padStart(2, "0")}`,
  }));
  const { entries } = await call(page, "POST", `/api/patients/lists/${ward.list}/entries`, { patients });
  for (const [i, entry] of [...ward.entries, ...entries].entries()) {
    const put = (column, value) => call(page, "PUT", `/api/patients/entries/${entry.id}/fields/${column}`, { base: 9e9, value });
    await put("severity", ["unstable", "watcher", "stable"][i % 3]);
    await put("summary", "72 y, cellulitis of the left leg, day 2 of antibiotics, afebrile, wants to go home");
    await call(page, "POST", `/api/patients/entries/${entry.id}/todos`, { text: "Mark the edge of the redness" });
    await call(page, "POST", `/api/patients/entries/${entry.id}/todos`, { text: "Bloods at 14:00" });
  }
}

async function file({ expect, base }, page, ward) {
  await page.goto(base + ward.listPath);
  await page.getByRole("button", { name: "More for this list" }).click();
  await page.getByRole("menuitem", { name: "Export" }).click();
  await page.getByRole("radio", { name: "CSV" }).check();
  await page.getByRole("checkbox", { name: "De-identified" }).check();
  const download = page.waitForEvent("download");
  await page.getByRole("dialog").getByRole("button", { name: "Export" }).click();
  const path = await (await download).path();
  const text = await readFile(path, "utf8");
  expect(text.startsWith("\uFEFF"), "the file has no byte order mark");
  expect(!/Hargreaves|PRINT-1|1966/i.test(text), "a de-identified file names someone");
  expect.match(text, /cellulitis/);
}
