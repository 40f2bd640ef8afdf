// Makes the pictures of the documents (docs/images) from the running program:
// make pictures
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { launch, makeKit } from "./kit.mjs";
import { startDemo } from "./server.mjs";
import { call, makeWard, openPatient } from "./ward.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const out = `${root}docs/images/`;
await mkdir(out, { recursive: true });

// Sample patients who are in a bed now, and some words of the team about them.
const names = ["Kim Ji-woo", "Núñez", "佐藤", "Al-Masri", "黃美玲", "Wilson", "陳大文"];
const words = [
  { severity: "stable", summary: "Appendectomy day 1, drinking" },
  { severity: "watcher", summary: "NSTEMI, cath on Monday", todo: "Repeat troponin at 18:00" },
  { severity: "stable", summary: "Hip fracture, day 5, walks with frame", todo: "Family meeting about rehab" },
  { severity: "unstable", summary: "Sepsis, rising pulse", todo: "Lactate every 4 h" },
  { severity: "watcher", summary: "Heart failure, losing 1 kg a day" },
  { severity: "stable", summary: "New insulin, teaching under way", todo: "Ask the diabetes nurse" },
  { severity: "watcher", summary: "COPD, on 2 L of oxygen" },
];

const settled = (page) => page.waitForTimeout(1500); // for fonts, streams and toasts
const shot = async (page, name, options = {}) => {
  await settled(page);
  await page.mouse.move(0, 0);
  await page.screenshot({ path: `${out}${name}.png`, ...options });
};

async function firstRun(kit) {
  const page = await kit.open();
  await page.setViewportSize({ width: 1280, height: 720 });
  await page.goto(`${kit.base}/patients/`);
  await page.getByRole("button", { name: /^Charge nurse/ }).click();
  await page.getByRole("button", { name: "Use EHR mode" }).waitFor();
  await shot(page, "first-run", { clip: { x: 120, y: 0, width: 1040, height: 420 } });
  await page.getByRole("button", { name: "Use EHR mode" }).click();
  await page.getByRole("button", { name: /^Connect to Demo hospital \(R4\)/ }).click();
  await page.getByRole("button", { name: "Go on to the lists" }).waitFor();
  await shot(page, "connect", { clip: { x: 120, y: 0, width: 1040, height: 580 } });
}

async function atWork(kit) {
  const page = await kit.open();
  await page.setViewportSize({ width: 1280, height: 720 });
  const ward = await makeWard(kit, page, names);
  for (const [i, { severity, summary, todo }] of words.entries()) {
    const entry = `/api/patients/entries/${ward.entries[i].id}`;
    await call(page, "PUT", `${entry}/fields/severity`, { base: 0, value: severity });
    await call(page, "PUT", `${entry}/fields/summary`, { base: 0, value: summary });
    if (todo) await call(page, "POST", `${entry}/todos`, { text: todo });
  }
  await page.goto(kit.base + ward.listPath);
  await page.locator("tr[data-entry]").nth(names.length - 1).waitFor();
  const asked = async () => (await call(page, "GET", `/api/patients/lists/${ward.list}`)).refresh.running;
  await kit.expect.eventually(async () => !(await asked()), "cells are still asked for");
  await shot(page, "list");
  await page.getByRole("button", { name: "Add patient" }).first().click();
  await page.getByLabel(/^Name, MRN/).fill("Khan");
  await page.keyboard.press("Enter");
  await page.getByText("2 found").first().waitFor();
  await shot(page, "add");
  await openPatient(kit, page, ward, 3);
  await shot(page, "patient");
  await page.setViewportSize({ width: 390, height: 780 });
  await page.goto(kit.base + ward.roundPath);
  await page.getByRole("heading").first().waitFor();
  const start = page.getByRole("button", { name: /^(Start|Begin)/ });
  if ((await start.count()) > 0) await start.first().click();
  await shot(page, "round");
}

const browser = await launch();
try {
  for (const walk of [firstRun, atWork]) {
    const server = await startDemo(`${root}bin/wardbridge`);
    const kit = makeKit({ browser, server, name: "pictures", out: `${root}test/ui/out/` });
    try {
      await walk(kit);
    } finally {
      await kit.close();
      await server.stop();
    }
  }
} finally {
  await browser.close();
}
process.stdout.write(`pictures: ${out}\n`);
