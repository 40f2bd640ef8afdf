import { makeWard } from "../ward.mjs";

// A bad day: the network at the bedside goes, before all of the program has
// been fetched.
export const name = "Without a network the list stays, what cannot be fetched says so, and comes when the network is back";

export async function run(kit) {
  const { expect } = kit;
  const page = await kit.open();
  const ward = await makeWard(kit, page, ["Hargreaves", "Haddad"]);
  await page.goto(kit.base + ward.listPath);
  const rows = page.locator("tr[data-entry]");
  await rows.nth(1).waitFor();
  const context = page.context();
  const faults = kit.faults.length;
  const lost = page.getByRole("status").filter({ hasText: "No connection since" });
  await context.setOffline(true);
  await lost.waitFor();

  // A dialog that was never open: the list stays, and the dialog comes later.
  await page.getByRole("button", { name: "Add patient" }).click();
  const alert = page.getByRole("alert").filter({ hasText: "The server cannot be reached" });
  await alert.waitFor();
  expect.equal(await rows.count(), 2, "the list is gone");
  expect.none(await kit.axe(page), "axe on a list without a network");
  await kit.shot(page, "dialog");
  await context.setOffline(false);
  await lost.waitFor({ state: "detached" });
  await alert.getByRole("button", { name: "Try again" }).click();
  await kit.escape(page, page.getByRole("dialog", { name: "Add patients" }));

  // A page that was never open: the frame stays, so that there is a way back.
  await context.setOffline(true);
  await page.getByRole("link", { name: /HARGREAVES/ }).click();
  await alert.waitFor();
  await page.getByRole("banner").getByRole("link", { name: "Lists" }).waitFor();
  await kit.shot(page, "page");
  await context.setOffline(false);
  await alert.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("heading", { level: 1, name: /HARGREAVES/ }).waitFor();
  await lost.waitFor({ state: "detached" });

  // A patient's page and a round say so too.
  for (const part of ["patient", "round"]) {
    if (part === "round") {
      await page.goto(`${kit.base}${ward.listPath}/round`);
      await page.getByRole("heading", { level: 1 }).waitFor();
    }
    await context.setOffline(true);
    await lost.waitFor();
    await kit.shot(page, part);
    expect.equal(await lost.count(), 1, `on a ${part} it is no longer said that there is no network`);
    expect.none(await kit.axe(page), `axe on a ${part} without a network`);
    await context.setOffline(false);
    await lost.waitFor({ state: "detached" });
  }

  // That something was not fetched is on the console; nothing else is.
  const said = kit.faults.splice(faults);
  expect.none(said.filter((text) => !/Unable to preload|dynamically imported module/.test(text)), "the pages had faults");
}
