import { call, makeWard } from "../ward.mjs";

// Rounds: by keyboard, by thumb, and together.
export const name = "A round goes by keyboard and on a narrow phone, and people on it see each other's progress";

export async function run(kit) {
  const { expect } = kit;
  const page = await kit.open();
  const ward = await makeWard(kit, page, ["Hargreaves", "Winterbourne", "Haddad", "Okonkwo"]);
  await page.goto(kit.base + ward.roundPath);
  await page.getByRole("button", { name: "Start round" }).waitFor();
  await kit.sweep(page, "start");
  await page.getByRole("button", { name: "Start round" }).press("Enter");
  await atPatient(page, /HARGREAVES/);
  await kit.expect.eventually(async () => (await page.locator('[aria-busy="true"]').count()) === 0, "still loading");
  await kit.sweep(page, "patient");

  // By keyboard alone.
  await page.keyboard.press("s");
  await atPatient(page, /WINTERBOURNE/);
  await page.getByText("1 of 4 seen").first().waitFor();
  await page.keyboard.press("ArrowRight");
  await atPatient(page, /HADDAD/);
  await page.keyboard.press("ArrowLeft");
  await atPatient(page, /WINTERBOURNE/);

  await byThumb(kit, page, ward);
  await whoIsLeft(kit, page, ward);
}

const atPatient = (page, heading) => page.getByRole("heading", { level: 1, name: heading }).waitFor();

// A second person, on a phone of 320 px, goes on where the round stands; the
// first sees it without doing anything.
async function byThumb(kit, first, ward) {
  const { expect } = kit;
  const phone = await kit.open({ width: 320, height: 640 });
  await kit.signIn(phone, "ward nurse");
  await phone.goto(kit.base + ward.roundPath);
  await atPatient(phone, /WINTERBOURNE/);
  const small = await phone.evaluate(() =>
    [...document.querySelectorAll("nav button, nav a")]
      .filter((e) => e.offsetParent !== null)
      .map((e) => ({ text: e.textContent, box: e.getBoundingClientRect() }))
      .filter(({ box }) => box.height < 44 || box.width < 44)
      .map(({ text, box }) => `${text}: ${box.width} × ${box.height}`),
  );
  expect.none(small, "targets below 44 px");
  const over = await phone.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(over <= 0, `${over} px too wide`);
  await kit.shot(phone, "phone");
  await phone.getByRole("button", { name: "Seen", exact: true }).tap();
  await first.getByText("2 of 4 seen").first().waitFor();
  await atPatient(phone, /HADDAD/);
  await phone.getByRole("textbox", { name: "New note" }).fill("Family informed");
  await phone.getByRole("button", { name: "Save note" }).tap();
  await phone.getByRole("article").filter({ hasText: "Family informed" }).waitFor();
}

// At the end stand those whom nobody saw; a reload goes on with the round.
async function whoIsLeft(kit, page, ward) {
  const { expect } = kit;
  await page.reload();
  await atPatient(page, /HADDAD/);
  await page.keyboard.press("s");
  await atPatient(page, /OKONKWO/);
  await page.keyboard.press("ArrowRight");
  await page.getByRole("heading", { name: "Not seen yet" }).waitFor();
  expect.equal(await page.getByRole("region", { name: "Patient", exact: true }).count(), 0);
  await page.getByRole("button", { name: /OKONKWO/ }).waitFor();
  await kit.sweep(page, "left");
  await page.getByRole("button", { name: "End round" }).click();
  const ask = page.getByRole("alertdialog");
  await ask.getByText("1 patient was not seen").waitFor();
  await ask.getByRole("button", { name: "End round" }).click();
  await page.getByRole("table").waitFor();
  const view = await call(page, "GET", `/api/patients/lists/${ward.list}`);
  expect.equal(view.round, undefined);
}
