// What becomes of a page whose session ends: it is covered, it keeps what was
// typed, and it goes on when the same person is back.
export const name = "A session that ends covers the page and loses nothing";

export async function run({ open, expect, signIn, base, shot, axe, focusIn }) {
  const page = await open();
  await signIn(page, "owner");
  await page.getByRole("button", { name: "Use manual mode" }).click();
  const field = page.getByLabel(/^Name/);
  await field.waitFor();
  await field.fill("Half a name");

  // The session ends elsewhere: another window signs out.
  const status = await page.evaluate(() => fetch("/api/session", { method: "DELETE" }).then((r) => r.status));
  expect(status < 300, `sign-out answered ${status}`);
  await page.getByRole("button", { name: "Make list and add patients" }).click();
  const cover = page.getByRole("dialog", { name: "Sign in again" });
  await cover.waitFor();
  await shot(page, "expired");
  expect.none(await axe(page), "axe on the cover");
  expect.equal(await field.isVisible(), false, "what is under the cover is not to be seen");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await cover.waitFor(); // the browser closes it on the second Escape, and it opens again at once

  // The same person is back: the call that was refused goes out again.
  await cover.getByRole("button", { name: /owner/i }).click();
  await cover.waitFor({ state: "detached" });
  await page.waitForURL(/\/l\/[^/]+/);
  await page.getByText("Half a name").first().waitFor();

  // It ends while a dialog is open: who has a keyboard alone, or hears the
  // page, comes back all the same, and to where they were.
  const adding = page.getByRole("dialog", { name: "Add patients" });
  const family = adding.getByLabel("Family name");
  await family.fill("Half a patient");
  await page.evaluate(() => fetch("/api/session", { method: "DELETE" }));
  await adding.getByLabel("Given name").fill("Ada");
  const owner = cover.getByRole("button", { name: /owner/i });
  await owner.waitFor();
  await focusIn(cover);
  await cover.getByRole("button", { name: /member/i }).first().focus();
  await page.keyboard.press("Shift+Tab");
  await focusIn(owner);
  await page.keyboard.press("Enter");
  await cover.waitFor({ state: "detached" });
  expect.equal(await family.inputValue(), "Half a patient");
  await focusIn(adding);

  // Nobody is there: the clock runs, the screen locks, and the session is over.
  const idle = await open();
  await idle.clock.install();
  await idle.reload();
  await signIn(idle, "owner");
  await idle.getByText("Half a name").first().waitFor();
  await idle.clock.fastForward("16:00");
  const locked = idle.getByRole("dialog", { name: "Locked because nobody was here" });
  await locked.waitFor();
  await expect.eventually(async () => {
    const session = await idle.evaluate(() => fetch("/api/session").then((r) => r.json()));
    return session.person === undefined;
  }, "the session is over");
  expect.equal(await idle.getByText("Half a name").first().isVisible(), false);
  await shot(idle, "locked");

  // Somebody else signs in: they begin anew, and see nothing of before.
  await locked.getByRole("button", { name: /auditor/i }).click();
  await idle.getByRole("heading", { level: 1, name: "Who did what" }).waitFor();
  expect.equal(await idle.evaluate(() => Object.keys(sessionStorage).length), 0);

  // There is no service worker, and no address of ours holds more than ids.
  expect.equal(await idle.evaluate(async () => (await navigator.serviceWorker?.getRegistrations())?.length ?? 0), 0);
  expect(idle.url().startsWith(base));
}
