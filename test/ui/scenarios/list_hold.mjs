import { allRead, call, makeWard } from "../ward.mjs";

// Several people at once: rows hold still, and what is typed is not lost.
export const name = "A row does not move under a finger, a conflict shows both texts, and marks are one's own";

export async function run(kit) {
  const { expect } = kit;
  const owner = await kit.open();
  const ward = await makeWard(kit, owner, ["Hargreaves", "Winterbourne", "Haddad", "Okonkwo", "Ramsbottom", "Merriweather"]);
  await owner.goto(kit.base + ward.listPath);
  const other = await kit.open();
  await kit.signIn(other, "resident");
  await other.goto(kit.base + ward.listPath);
  for (const page of [owner, other]) {
    await page.locator("tr[data-entry]").nth(5).waitFor();
    await allRead(page);
  }
  await rowsHold(kit, owner, other, ward);
  await conflict(kit, owner, other);
  await marks(kit, owner, other);
  await removed(kit, owner, other);
  expect.equal(kit.faults.length, 0);
}

const row = (page, i) => page.locator("tr[data-entry]").nth(i);

async function rowsHold({ expect }, owner, other, ward) {
  const before = await row(owner, 4).boundingBox();
  await owner.mouse.move(before.x + 500, before.y + 20);
  await owner.mouse.down();
  await call(other, "POST", `/api/patients/lists/${ward.list}/entries`, {
    patients: [{ identity: { family: "Nightingale", given: "Test", born: "1960-01-01", mrn: "HOLD-1" }, bed: "A-00" }],
  });
  await owner.getByRole("button", { name: "1 new · Show" }).waitFor();
  expect.deepEqual(await row(owner, 4).boundingBox(), before, "the row moved under the pointer");
  await owner.mouse.up();
  expect.equal(await owner.getByText("NIGHTINGALE, Test").count(), 0);
  await owner.getByRole("button", { name: "1 new · Show" }).click();
  await row(owner, 0).getByText("NIGHTINGALE, Test").waitFor();

  // A bed that changes says so, and moves nobody either.
  const second = await row(owner, 1).getAttribute("data-entry");
  await call(other, "PUT", `/api/patients/entries/${second}/fields/bed`, { base: 9e9, value: "Z-99" });
  await owner.getByRole("button", { name: "Order changed · Re-sort" }).waitFor();
  expect.equal(await row(owner, 1).getAttribute("data-entry"), second);
  await owner.getByRole("button", { name: "Order changed · Re-sort" }).click();
  const last = owner.locator("tr[data-entry]").last();
  await expect.eventually(async () => (await last.getAttribute("data-entry")) === second, "the list is not in order again");
}

async function conflict({ expect, focusIn }, owner, other) {
  const cell = (page) => row(page, 2).locator('[data-cell$=" summary"]');
  const entry = await row(owner, 2).getAttribute("data-entry");
  await other.reload();
  await other.locator(`tr[data-entry="${entry}"]`).waitFor();
  await cell(owner).click();
  await focusIn(owner.getByRole("textbox", { name: "One-liner" }));
  await owner.keyboard.type("Mine: home on Friday");
  const theirs = other.locator(`tr[data-entry="${entry}"] [data-cell$=" summary"]`);
  await theirs.click();
  await focusIn(other.getByRole("textbox", { name: "One-liner" }));
  await other.keyboard.type("Theirs: stays");
  await other.keyboard.press("Enter");
  await owner.locator(`tr[data-entry="${entry}"] [data-mark$=" summary"]`).waitFor();
  await owner.keyboard.press("Enter");
  const dialog = owner.getByRole("dialog");
  await dialog.getByText("Mine: home on Friday").waitFor();
  await dialog.getByText("Theirs: stays").waitFor();
  // Deciding nothing keeps what was typed.
  await focusIn(dialog);
  await owner.keyboard.press("Escape");
  const field = owner.getByRole("textbox", { name: "One-liner" });
  expect.equal(await field.inputValue(), "Mine: home on Friday");
  await field.press("Enter");
  await owner.getByRole("button", { name: "Keep mine" }).click();
  await expect.eventually(async () => /Mine: home on Friday/.test(await cell(owner).innerText()), "mine was not kept");
  await other.locator(`tr[data-entry="${entry}"]`).getByText("Mine: home on Friday").waitFor();
}

// PAL-0880…0980: marks of what others changed, taken away for oneself alone.
async function marks({ expect }, owner, other) {
  const entry = await row(other, 2).getAttribute("data-entry");
  const mark = other.locator(`tr[data-entry="${entry}"] [data-mark$=" summary"]`);
  await mark.waitFor();
  await mark.click();
  await other.getByRole("button", { name: "Mark as seen" }).click();
  await mark.waitFor({ state: "detached" });
  const first = await row(owner, 0).getAttribute("data-entry");
  await call(owner, "PUT", `/api/patients/entries/${first}/fields/severity`, { base: 9e9, value: "watcher" });
  await call(other, "PUT", `/api/patients/entries/${first}/fields/contingency`, { base: 9e9, value: "If fever, call" });
  await other.locator("[data-mark]").first().waitFor();
  await other.getByRole("button", { name: "Mark all seen" }).click();
  await other.getByRole("dialog").getByRole("button", { name: "Mark all seen" }).click();
  await expect.eventually(async () => (await other.locator("[data-mark]").count()) === 0, "marks are left");
  await other.getByRole("button", { name: "Undo" }).click();
  await other.locator("[data-mark]").first().waitFor();
  await owner.locator("[data-mark]").first().waitFor(); // one's own looking takes no marks of others
}

// Who left stays visible until it is seen, in its place.
async function removed({ expect }, owner, other) {
  const gone = await row(owner, 3).getAttribute("data-entry");
  const below = owner.locator(`tr[data-entry="${await row(owner, 4).getAttribute("data-entry")}"]`);
  const before = await below.boundingBox();
  await other.locator(`tr[data-entry="${gone}"]`).getByRole("button", { name: /^Actions for/ }).click();
  await other.getByRole("menuitem", { name: "Remove" }).click();
  // What takes it back stays while the pointer is on it.
  await other.getByRole("button", { name: "Undo" }).hover();
  await owner.getByText("1 patient left").waitFor();
  expect.equal(await owner.locator(`tr[data-entry="${gone}"]`).count(), 0);
  const after = await below.boundingBox();
  expect(Math.abs(after.y - before.y) <= before.height + 200 && after.y <= before.y, "the rows below jumped down");
  await owner.getByRole("button", { name: "Show", exact: true }).click();
  await owner.getByText(/removed by Resident/).first().waitFor();
  await other.getByRole("button", { name: "Undo" }).click();
  await other.locator(`tr[data-entry="${gone}"]`).waitFor();
}
