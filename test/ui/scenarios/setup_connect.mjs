// Connecting by a link: what goes wrong is said step by step, what is missing
// is asked for, and a connection can be tested, used and removed.
import { readFile } from "node:fs/promises";

export const name = "A link is tried in five steps that say what is wrong, what is needed and what is missing";

const button = (page, text) => page.getByRole("button", { name: text }).first();

export async function run({ open, expect, signIn, server, sweep, shot, escape }) {
  const demo = JSON.parse(await readFile(`${server.data}/demo.json`, "utf8"));
  const page = await open();
  await signIn(page, "owner");
  await button(page, "Use EHR mode").click();
  const link = page.getByLabel(/^Link/);
  await link.waitFor();
  const connect = page.getByRole("button", { name: "Connect", exact: true });
  const outcome = (step) => page.locator(`[data-step="${step}"]`).getAttribute("data-outcome");
  const ended = (title) => page.getByRole("heading", { level: 2, name: title, exact: true }).waitFor();

  // Nobody answers there.
  await link.fill("http://127.0.0.1:1/fhir");
  await connect.click();
  await ended("It did not work");
  expect.equal(await outcome("reachable"), "failed");
  expect.equal(await outcome("search"), "skipped");
  expect.equal(await page.getByText("not tried").count(), 4);
  await sweep(page, "failed");
  await button(page, "Copy report").click();
  await expect.eventually(async () => {
    const report = await page.evaluate(() => navigator.clipboard.readText());
    return /^Link: http:\/\/127\.0\.0\.1:1\/fhir$/m.test(report) && /\[ehr-down\]/.test(report);
  }, "the report is not on the clipboard");

  // Something answers, but it is no record system.
  await link.fill(`${server.base}/patients`);
  await connect.click();
  await expect.eventually(async () => (await outcome("statement")) === "failed", "a page is not taken for a statement");

  // A record system that wants to know who asks: what is missing is marked, and
  // what was typed stays.
  await link.fill(`${demo.endpoints.stu3}/metadata`);
  await page.getByText(`Will be used as ${demo.endpoints.stu3}`).waitFor();
  await page.getByLabel(/^Connection name/).fill("Sample hospital");
  await connect.click();
  await page.getByText("The record system asks for this.").first().waitFor();
  expect.equal(await outcome("token"), "failed");
  await sweep(page, "needs");
  await page.getByLabel("Client ID").fill(demo.client_id);
  await page.getByLabel("Client secret or password").fill(demo.client_secret);
  await page.getByLabel("Tenant").fill(demo.tenants.stu3);
  await connect.click();
  await ended("Connected");
  for (const step of ["reachable", "statement", "version", "token", "search"]) {
    expect.equal(await outcome(step), "ok", step);
  }
  await page.getByText("FHIR 3.0").waitFor();
  await shot(page, "connected");

  // The settings know it, test it, and let go of it after asking.
  await button(page, /^Account/).click();
  await page.getByRole("menuitem", { name: "Settings" }).click();
  const card = page.getByRole("region", { name: "Sample hospital" });
  await card.getByText("Sample hospital STU3").waitFor();
  await card.getByRole("button", { name: "Test" }).click();
  await expect.eventually(
    async () => (await card.locator('[data-outcome="ok"]').count()) === 5,
    "the test goes through five steps",
  );
  await sweep(page, "settings");
  await card.getByRole("button", { name: "Remove" }).click();
  const sure = page.getByRole("alertdialog", { name: "Remove Sample hospital?" });
  await sure.waitFor();
  await shot(page, "sure");
  await escape(page, sure);
  await expect.eventually(
    () => page.evaluate(() => document.activeElement?.textContent === "Remove"),
    "the focus is back where it was",
  );
  await card.getByRole("button", { name: "Remove" }).click();
  await sure.getByRole("button", { name: "Remove connection" }).click();
  await card.waitFor({ state: "detached" });
  await page.getByText("No record system is connected.").waitFor();
}
