// The way of a newcomer: from the demo's first page to a filled list, by
// visible buttons alone.
export const name = "A newcomer comes from the first page to a filled list in at most 12 clicks";

export async function run({ base, open, expect, shot, sweep }) {
  const page = await open({ path: "/" });
  let clicks = 0;
  const click = async (target) => {
    clicks += 1;
    await target.click();
  };
  const button = (text) => page.getByRole("button", { name: text });

  await click(page.getByRole("link", { name: /patients/i }).first());
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await sweep(page, "sign-in");
  // The owner is the first of the people offered.
  await click(button(/owner/i).first());

  await page.getByRole("heading", { name: "Where do your patients come from?" }).waitFor();
  await sweep(page, "first-run");
  await click(button("Use EHR mode"));

  await page.getByRole("heading", { name: "Connect to a record system" }).waitFor();
  await button(/^Connect to/).first().waitFor();
  await sweep(page, "connect");
  await click(button(/^Connect to/).first());
  await page.getByRole("heading", { name: "Connected", exact: true }).waitFor();
  expect.equal(await page.locator('[data-outcome="failed"]').count(), 0);
  expect.equal(await page.locator("[data-step]").count(), 5);
  await sweep(page, "connected");
  await click(button("Go on to the lists"));

  await page.getByRole("heading", { name: "Make your first list" }).waitFor();
  await sweep(page, "first-list");
  await click(button("Make list and add patients"));
  const dialog = page.getByRole("dialog", { name: "Add patients" });
  await click(dialog.getByRole("button", { name: "Wilson" }));
  await dialog.getByText("WILSON, Margaret").first().waitFor();
  await click(dialog.getByRole("checkbox").nth(0));
  await click(dialog.getByRole("checkbox").nth(1));
  await click(dialog.getByRole("button", { name: /^Add 2/ }));
  await click(dialog.getByRole("button", { name: "Done" }));
  await expect.eventually(
    async () => (await page.getByText("WILSON, Margaret").count()) >= 2,
    "both patients are on the list",
  );
  await shot(page, "filled-list");
  expect(clicks <= 12, `a filled list took ${clicks} clicks`);

  // Nothing of a patient is in the address, nor in the title of the window.
  expect.doesNotMatch(page.url(), /wilson|margaret|7100118/i);
  expect.doesNotMatch(await page.title(), /wilson|margaret/i);
  expect(page.url().startsWith(base));

  // Who comes back is where they were.
  await page.goto(`${base}/patients/`);
  await page.getByText("WILSON, Margaret").first().waitFor();
}
