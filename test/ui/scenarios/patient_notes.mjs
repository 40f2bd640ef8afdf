import { call, makeWard, openPatient } from "../ward.mjs";

// Notes: what is typed is never lost, and never taken for anything but text.
export const name = "A note survives an expired session, and HTML, emoji and Arabic stay as they were typed";

const odd = '<img src=x onerror="document.title=1"><script>document.title=2</script><b>bold</b> 🩺👩🏽‍⚕️ ملاحظة التمريض';

export async function run(kit) {
  const { expect } = kit;
  const page = await kit.open();
  const ward = await makeWard(kit, page, ["Hargreaves"]);
  await openPatient(kit, page, ward, 0);
  const title = await page.title();
  const box = page.getByRole("textbox", { name: "New note" });

  await box.fill(odd);
  await page.getByRole("button", { name: "Save note" }).click();
  const note = page.getByRole("article").filter({ hasText: "ملاحظة التمريض" });
  await note.waitFor();
  expect((await note.innerText()).includes(odd), "the note is not as it was typed");
  expect.equal(await note.locator("img, b, script").count(), 0);
  expect.equal(await page.title(), title);
  await kit.shot(page, "odd");

  await expire(kit, page, ward, box);
  await amend(kit, page);
  await draftComesBack(kit, page, ward);
}

// The session ends in the middle of a note: the page is covered, the same
// person signs in, and the note is there, and is saved.
async function expire({ expect, sweep }, page, ward, box) {
  // It is saving the note that is refused, and not an earlier keeping of the
  // draft: that would cover the page in the middle of the typing.
  await page.route("**/api/patients/drafts**", (route) => route.abort());
  await box.pressSequentially("Wound dry, ");
  await page.context().clearCookies();
  await box.pressSequentially("dressing changed");
  await page.getByRole("button", { name: "Save note" }).click();
  const cover = page.getByRole("dialog", { name: "Sign in again" });
  await cover.waitFor();
  await sweep(page, "expired");
  await cover.getByRole("button", { name: /charge nurse/i }).click();
  await cover.waitFor({ state: "detached" });
  await page.unroute("**/api/patients/drafts**");
  await page.getByRole("article").filter({ hasText: "Wound dry, dressing changed" }).waitFor();
  await expect.eventually(async () => (await box.inputValue()) === "", "the box is not empty again");
  const { notes } = await call(page, "GET", `/api/patients/entries/${ward.entries[0].id}`);
  expect.equal(notes.filter((n) => n.text === "Wound dry, dressing changed").length, 1);
}

// Its author changes a note and deletes it; that there was one stays.
async function amend({ expect }, page) {
  const note = page.getByRole("article").filter({ hasText: "Wound dry" });
  await note.getByRole("button", { name: "Pin", exact: true }).click();
  await note.getByText("Pinned").waitFor();
  await note.getByRole("button", { name: "Edit", exact: true }).click();
  const pinned = page.getByRole("article").filter({ hasText: "Pinned" });
  await pinned.getByRole("textbox").fill("Wound moist, dressing changed");
  await pinned.getByRole("button", { name: "Save" }).click();
  const changed = page.getByRole("article").filter({ hasText: "Wound moist" });
  await changed.waitFor();
  await changed.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText(/Note by .*: deleted/).waitFor();
  expect.equal(await page.getByText("Wound moist").count(), 0);
}

// What was typed and not saved is on the server for its author, in whatever
// browser.
async function draftComesBack(kit, page, ward) {
  await page.getByRole("textbox", { name: "New note" }).fill("Half a sen");
  await page.getByText("Draft kept", { exact: true }).waitFor();
  const other = await kit.open();
  await kit.signIn(other, "owner");
  await openPatient(kit, other, ward, 0);
  await kit.expect.eventually(
    async () => (await other.getByRole("textbox", { name: "New note" }).inputValue()) === "Half a sen",
    "the draft did not come back",
  );
}
