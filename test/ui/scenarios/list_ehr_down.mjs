import { allRead, askAgain, call } from "../ward.mjs";
import { startDemo } from "../server.mjs";
import { fileURLToPath } from "node:url";

// A bad day: the record system is gone.
export const name = "With the record system gone the list opens with all its rows, and values say how old they are";

export async function run(kit) {
  const { expect } = kit;
  const bin = process.env.WARDBRIDGE_BIN ?? fileURLToPath(new URL("../../../bin/wardbridge", import.meta.url));
  const hospital = await startDemo(bin);
  try {
    const page = await kit.open();
    await kit.signIn(page, "owner");
    const ward = await wardOf(page, `${hospital.base}/stores/demo-r4/fhir`);
    await page.goto(kit.base + ward.path);
    await page.locator("tr[data-entry]").nth(2).waitFor();
    const value = page.locator("tr[data-entry]").first().locator("td").filter({ hasText: /\d+\/\d+/ });
    await value.first().waitFor();
    await allRead(page);
    const before = await page.locator("tr[data-entry]").allInnerTexts();
    await hospital.halt();
    await askAgain(kit, page, page.getByText(/Last read .*All patients stay on the list/));
    await page.reload();
    await page.locator("tr[data-entry]").nth(2).waitFor();
    expect.equal((await page.locator("tr[data-entry]").count()), before.length, "rows are missing");
    await page.getByText(/All patients stay on the list/).waitFor();
    await value.first().waitFor();
    for (const text of await page.locator("tr[data-entry]").allInnerTexts()) {
      expect.match(text, /as of/, "a row does not say how old its values are");
    }
    expect.none(await kit.axe(page), "axe on the list with its record system gone");
    await kit.shot(page, "down");

    // The patient's page has the same last values, with their age.
    await page.locator("tr[data-entry]").first().getByRole("link").first().click();
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.getByRole("region", { name: "Vital signs" }).getByText("Last seen by the list").waitFor();
    expect.none(await kit.axe(page), "axe on a patient's page with the record system gone");
    await kit.shot(page, "patient");
  } finally {
    await hospital.stop();
  }
}

async function wardOf(page, link) {
  const { spaces } = await call(page, "GET", "/api/session");
  const space = spaces[0].id;
  await call(page, "POST", `/api/patients/spaces/${space}/connections`, { name: "Hospital", link, save: true });
  const list = await call(page, "POST", `/api/patients/spaces/${space}/lists`, { name: "Ward A" });
  const { found } = await call(page, "POST", `/api/patients/spaces/${space}/search`, { text: "a" });
  const patients = found
    .filter((one) => one.location)
    .slice(0, 4)
    .map(({ subject, identity }, i) => ({ subject, identity, bed: `A-${i + 1}` }));
  await call(page, "POST", `/api/patients/lists/${list.id}/entries`, { patients });
  return { path: `/patients/s/${space}/l/${list.id}` };
}
