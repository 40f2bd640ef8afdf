import { call, makeWard } from "../ward.mjs";

// The list on a phone: the sheet with the other lists, by finger and by keys.
export const name = "On a phone the other lists come up as a sheet that keeps the focus and gives it back";

export async function run(kit) {
  const { expect } = kit;
  const owner = await kit.open();
  const ward = await makeWard(kit, owner, ["Hargreaves", "Haddad"]);
  const names = ["Nights", "病房 7 with a name that does not fit on one line of a phone", "Weekend"];
  for (const text of names) await call(owner, "POST", `/api/patients/spaces/${ward.space}/lists`, { name: text });

  const page = await kit.open({ width: 320, height: 640, path: ward.listPath });
  await kit.signIn(page, "owner");
  const opener = page.getByRole("button", { name: "Other lists. This one is Ward A" });
  await opener.waitFor();
  await big(expect, opener, "the button that opens it");
  const sheet = page.getByRole("dialog", { name: "Lists" });
  const closed = () => sheet.waitFor({ state: "detached" });
  const focused = (locator) => expect.eventually(() => locator.evaluate((e) => e === document.activeElement), "it has the focus");

  // By keys alone. However far one tabs, the page below is out of reach.
  await opener.focus();
  await page.keyboard.press("Enter");
  await sheet.getByRole("link", { name: /Weekend/ }).waitFor();
  await focused(sheet.getByRole("link", { name: /Ward A/ }));
  const reached = new Set();
  for (let i = 0; i < 14; i++) {
    await page.keyboard.press("Tab");
    reached.add(await page.evaluate(() => {
      const at = document.activeElement;
      return at === document.body ? "" : at.closest("dialog") ? at.textContent || at.ariaLabel : `below: ${at.outerHTML.slice(0, 80)}`;
    }));
  }
  reached.delete("");
  expect.none([...reached].filter((r) => r.startsWith("below")), "the page below the sheet was reached");
  expect.equal(reached.size, names.length + 3, `reached: ${[...reached].join(" | ")}`);
  await page.keyboard.press("Escape");
  await closed();
  await focused(opener);

  await page.keyboard.press("Enter");
  await sheet.getByRole("link", { name: /Nights/ }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Nights" }).waitFor();
  await closed();
  await focused(page.getByRole("heading", { level: 1, name: "Nights" }));

  // By finger: every target is big enough, the page behind closes it, and so
  // does the button.
  const here = page.getByRole("button", { name: "Other lists. This one is Nights" });
  await here.tap();
  await sheet.getByRole("link", { name: /Weekend/ }).waitFor();
  await kit.settled(page);
  for (const target of await sheet.getByRole("link").all()) await big(expect, target, await target.textContent());
  await big(expect, sheet.getByRole("button", { name: "Close" }), "the button that closes it");
  const box = await sheet.boundingBox();
  expect(Math.abs(box.y + box.height - 640) < 1 && box.width === 320, `the sheet is at ${JSON.stringify(box)}, not at the bottom`);
  for (const width of [320, 430]) {
    await page.setViewportSize({ width, height: 740 });
    for (const theme of kit.themes) {
      await page.emulateMedia({ colorScheme: theme === "dark" ? "dark" : "light", contrast: theme === "contrast" ? "more" : "no-preference" });
      await kit.settled(page);
      expect.none(await kit.axe(page), `axe on the sheet in ${theme} at ${width} px`);
      await page.screenshot({ path: kit.picture(`sheet-${theme}-${width}`) });
    }
  }
  await page.touchscreen.tap(160, 40);
  await closed();
  await here.tap();
  await sheet.getByRole("button", { name: "Close" }).tap();
  await closed();
  await here.tap();
  await sheet.getByRole("link", { name: "All lists …" }).tap();
  await page.getByRole("heading", { level: 1, name: "Lists" }).waitFor();

  // Nowhere on the pages that a phone shows is there a button too small for a
  // finger.
  for (const path of [ward.listPath, ward.patientPath(0), ward.roundPath, `/patients/s/${ward.space}/lists`, `/patients/s/${ward.space}/settings`]) {
    await page.goto(kit.base + path);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await expect.eventually(async () => (await page.locator('[aria-busy="true"]').count()) === 0, "still loading");
    expect.none(await small(page), `too small for a finger on ${path.replace(/[0-9a-z]{16}/g, "…")}`);
  }
}

async function big(expect, locator, what) {
  const box = await locator.boundingBox();
  expect(box.width >= 44 && box.height >= 44, `${what} is ${box.width} × ${box.height} px`);
}

// small are the buttons and fields under 44 px in height that can be seen.
function small(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll("button, select, input:not([type=checkbox], [type=radio]), [role=button]")]
      .map((e) => [e, e.getBoundingClientRect()])
      .filter(([e, box]) => box.width > 1 && box.height < 43.5 && e.checkVisibility())
      .map(([e, box]) => `${Math.round(box.width)} × ${Math.round(box.height)}: ${e.outerHTML.slice(0, 140)}`),
  );
}
