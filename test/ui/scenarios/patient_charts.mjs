import { makeWard, openPatient } from "../ward.mjs";

// Charts without a pointer, and the same data as a table.
export const name = "Charts are read by keyboard along one line, and as a table";

export async function run(kit) {
  const { expect } = kit;
  const page = await kit.open({ locale: "en-GB" });
  const ward = await makeWard(kit, page, ["Hargreaves"]);
  await openPatient(kit, page, ward, 0);
  const line = page.getByRole("slider", { name: /Focus line/ });
  await line.focus();
  await page.keyboard.press("End");
  const last = await line.getAttribute("aria-valuetext");
  for (const part of ["Heart rate", "/min", "Blood pressure", "mmHg", "Oxygen saturation"]) {
    expect(last.includes(part), `the line does not read ${part}: ${last}`);
  }
  await page.keyboard.press("ArrowLeft");
  const before = await line.getAttribute("aria-valuetext");
  expect.notEqual(before, last);

  // GTAB-057, 147: one line through all graphs, at one place.
  const places = await page.evaluate(() =>
    [...document.querySelectorAll("svg[role=img]")].map((svg) => {
      const lines = [...svg.querySelectorAll("line")].filter((l) => l.getAttribute("y1") === "0");
      return lines.map((l) => Math.round(svg.getBoundingClientRect().left + Number(l.getAttribute("x1"))));
    }),
  );
  expect(places.length >= 5, `${places.length} graphs`);
  expect.equal(new Set(places.flat()).size, 1, `the lines stand at ${JSON.stringify(places)}`);
  expect(places.every((p) => p.length === 1));

  // A pointer moves the same line.
  const graph = page.getByRole("img", { name: /^Heart rate/ });
  await graph.hover({ position: { x: 60, y: 40 } });
  await expect.eventually(async () => (await line.getAttribute("aria-valuetext")) !== before, "the pointer did not move it");
  await kit.shot(page, "line");

  // Ranges are fixed, and the window shifts.
  await page.getByRole("radio", { name: "7 days" }).check();
  const span = page.getByRole("status").filter({ hasText: " to " });
  const first = await span.innerText();
  await page.getByRole("radio", { name: "24 h" }).check();
  await page.getByRole("button", { name: "Earlier", exact: true }).click();
  expect.notEqual(await span.innerText(), first);
  await page.getByRole("button", { name: "Later", exact: true }).click();

  await page.getByRole("radio", { name: "All" }).check();
  const drawn = await page.evaluate(() => document.querySelectorAll('svg[role=img] path[class*="pressure"]').length);
  await page.getByRole("button", { name: "View as table" }).click();
  const table = page.getByRole("table", { name: /Vital signs/ });
  await table.waitFor();
  const pressures = await table.getByText(/^\d+\/\d+$/).count();
  expect.equal(pressures, drawn, "the table has not the blood pressures of the graph");
  await kit.sweep(page, "table");
}
