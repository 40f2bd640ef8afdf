// The first run by keyboard alone, with the focus to be seen at every stop.
export const name = "The first run can be done by keyboard alone, and says where one is";

export async function run({ open, expect, shot, escape }) {
  const page = await open();
  await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();

  const focused = () =>
    page.evaluate(() => {
      const at = document.activeElement;
      return { text: at?.getAttribute("aria-label") ?? at?.textContent ?? "", tag: at?.tagName ?? "" };
    });
  // go presses Tab until the focus is on what has this text.
  async function go(text) {
    const seen = [];
    for (let i = 0; i < 40; i += 1) {
      await page.keyboard.press("Tab");
      const at = await focused();
      seen.push(at.text.slice(0, 40));
      if (text.test(at.text)) {
        const outlined = await page.evaluate(() => {
          const s = getComputedStyle(document.activeElement);
          const after = getComputedStyle(document.activeElement, "::after");
          return s.outlineStyle !== "none" || s.boxShadow !== "none" || after.borderStyle !== "none";
        });
        expect(outlined, `the focus on ${at.text} is to be seen`);
        return;
      }
    }
    throw new Error(`Tab does not come to ${text}: ${seen.join(" | ")}`);
  }
  const arrived = (title) =>
    expect.eventually(async () => {
      const at = await focused();
      return at.tag === "H1" && at.text === title;
    }, `the focus is on the heading ${title}`);

  await go(/Owner/);
  await page.keyboard.press("Enter");
  await arrived("Where do your patients come from?");
  await go(/^Use EHR mode$/);
  await page.keyboard.press("Enter");
  await arrived("Connect to a record system");
  await page.getByRole("button", { name: /^Connect to/ }).first().waitFor();
  await go(/^Connect to/);
  await page.keyboard.press("Enter");
  await expect.eventually(async () => (await focused()).text === "Go on to the lists", "the way on has the focus");
  await page.keyboard.press("Enter");
  await arrived("Make your first list");
  await go(/^Make list/);
  await page.keyboard.press("Enter");
  await escape(page, page.getByRole("dialog", { name: "Add patients" }));
  await expect.eventually(async () => (await focused()).tag !== "BODY", "the focus is somewhere after the dialog");

  // The first stop of every page leads past the bar.
  await page.reload();
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  await page.keyboard.press("Tab");
  expect.match((await focused()).text, /Skip to the content/);
  await shot(page, "skip");
  await page.keyboard.press("Enter");
  expect.equal(await page.evaluate(() => document.activeElement?.id), "content");
}
