import { call } from "../ward.mjs";

// The pages round the lists: members, settings, lists manager, audit, care
// teams; each in three themes and three widths, each for who may not as well.
export const name = "Owners set a care team up; others see what they may, and ask for the rest";

const button = (page, text) => page.getByRole("button", { name: text }).first();
const heading = (page, text) => page.getByRole("heading", { level: 1, name: text });

async function choose(page, text) {
  await button(page, /^Account/).click();
  await page.getByRole("menuitem", { name: text }).click();
}

export async function run({ base, open, expect, signIn, axe, sweep, shot, escape }) {
  const member = await open();
  await signIn(member, "member");
  await heading(member, "Where do your patients come from?").waitFor();
  await member.getByText(/has to set it up first\. Ask Charge nurse/).waitFor();
  expect.equal(await member.getByRole("button", { name: /mode$/ }).count(), 0, "a member chooses no mode");
  await shot(member, "first-run-member");

  const owner = await open();
  await signIn(owner, "owner");
  await button(owner, "Use manual mode").click();
  await heading(owner, "Make your first list").waitFor();
  await owner.getByLabel(/^Name/).fill("病房 7 – nights");
  await button(owner, "Make list and add patients").click();
  await escape(owner, owner.getByRole("dialog", { name: "Add patients" }));

  await owner.getByRole("link", { name: "Lists", exact: true }).click();
  await heading(owner, "Lists").waitFor();
  await owner.getByLabel(/^Name/).last().fill("Weekend");
  await owner.getByRole("button", { name: "Make list" }).click();
  await escape(owner, owner.getByRole("dialog", { name: "Add patients" }));
  await owner.getByRole("link", { name: "Lists", exact: true }).click();
  const row = (text) => owner.getByRole("row").filter({ hasText: text });
  await row("Weekend").waitFor();
  await sweep(owner, "lists");

  // Another owner is faster: both texts show, and nothing is replaced unseen.
  const [, space] = /\/s\/([^/]+)/.exec(owner.url());
  const conflict = owner.getByRole("dialog", { name: "Someone changed this while you were typing" });
  const faster = async (name, patch) => {
    const { lists } = await call(owner, "GET", `/api/patients/spaces/${space}/lists`);
    const { id, version } = lists.find((list) => list.name === name);
    await call(owner, "PATCH", `/api/patients/lists/${id}`, { version, ...patch });
  };
  await row("Weekend").getByRole("button", { name: /^Rename/ }).click();
  await owner.getByRole("textbox", { name: "Name" }).first().fill("Weekends");
  await faster("Weekend", { name: "Saturdays" });
  await owner.getByRole("button", { name: "Save" }).click();
  await conflict.getByText("Saturdays").waitFor();
  await sweep(owner, "rename-conflict");
  await conflict.getByRole("button", { name: "Take theirs" }).click();
  await row("Saturdays").getByRole("button", { name: /^Rename/ }).click();
  await owner.getByRole("textbox", { name: "Name" }).first().fill("Weekend");
  await owner.keyboard.press("Enter");
  await row("Weekend").getByRole("link").waitFor();

  // Which beds there are says an owner; those without a patient show.
  await row("Weekend").getByRole("button", { name: /^Beds/ }).click();
  const beds = owner.getByRole("dialog", { name: "Beds of Weekend" });
  await beds.getByRole("textbox").fill("B-2\nB-10\nB-1\nB-2");
  await beds.getByText("3 beds").waitFor();
  await sweep(owner, "beds");
  await faster("Weekend", { beds: ["B-1", "C-7"] });
  await beds.getByRole("button", { name: "Save" }).click();
  await conflict.getByText("C-7").waitFor();
  await sweep(owner, "beds-conflict");
  await conflict.getByRole("button", { name: "Keep mine" }).click();
  await beds.waitFor({ state: "detached" });
  await row("Weekend").getByRole("link").click();
  await heading(owner, "Weekend").or(owner.getByRole("button", { name: /Weekend/ })).first().waitFor();
  await owner.getByText("B-10").first().waitFor();
  await shot(owner, "beds-unoccupied");
  await owner.getByRole("link", { name: "Lists", exact: true }).click();

  await row("Weekend").getByRole("button", { name: /^Rename/ }).click();
  await owner.getByRole("row").getByRole("textbox", { name: "Name" }).fill("Weekends");
  await owner.keyboard.press("Enter");
  await row("Weekends").getByRole("button", { name: /first/ }).click();
  await expect.eventually(
    async () => (await row("Weekends").getByRole("button", { name: /first/ }).getAttribute("aria-pressed")) === "true",
    "the renamed list opens first",
  );
  await row("Weekends").getByRole("button", { name: /^Move up/ }).click();
  await expect.eventually(
    async () => (await owner.getByRole("rowheader").first().textContent())?.includes("Weekends"),
    "the list moved up",
  );
  await row("Weekends").getByRole("button", { name: /^Delete/ }).click();
  await row("Weekends").waitFor({ state: "detached" });
  await button(owner, "Undo").click();
  await row("Weekends").waitFor();
  await row("Weekends").getByRole("button", { name: /^Delete/ }).click();
  await button(owner, "Restore Weekends").waitFor();
  await sweep(owner, "lists-deleted");

  await button(owner, /^Account/).click();
  await owner.getByRole("menu").waitFor();
  expect.none(await axe(owner), "axe on the open menu");
  await escape(owner, owner.getByRole("menu"));
  await choose(owner, "Members and access");
  await heading(owner, "Members and access").waitFor();
  await owner.getByRole("rowheader", { name: /Charge nurse/ }).waitFor();
  expect.equal(await owner.getByText("The only owner").count(), 1, "the last owner stays");
  await sweep(owner, "members");

  await choose(owner, "Settings");
  await heading(owner, "Settings").waitFor();
  await sweep(owner, "settings");
  await owner.getByLabel("Lock the screen").selectOption("5");
  await button(owner, "Save").click();
  await owner.getByText("Saved.").first().waitFor();

  await choose(owner, "Audit");
  await heading(owner, "Who did what").waitFor();
  await owner.getByRole("cell", { name: /Changed settings/ }).first().waitFor();
  await owner.getByRole("cell", { name: /Deleted a list/ }).first().waitFor();
  await sweep(owner, "audit");

  await owner.goto(owner.url().replace(/\/s\/.*/, "/spaces"));
  await heading(owner, "Care teams").waitFor();
  await sweep(owner, "spaces");

  // A new person: a link that works once, a password, and asking to be let in.
  await owner.goto(`${base}/patients/`);
  await choose(owner, "Members and access");
  await owner.getByLabel("Name", { exact: false }).last().waitFor();
  await owner.getByRole("textbox", { name: "Name", exact: true }).fill("Night physician");
  await owner.getByRole("textbox", { name: "User name" }).fill("night.physician");
  await owner.getByRole("button", { name: "Make account" }).click();
  const link = await owner.getByLabel("One-time link for Night physician").inputValue();
  const path = new URL(link).pathname + new URL(link).hash;
  const guest = await open({ path });
  await heading(guest, "Choose your password").waitFor();
  expect.doesNotMatch(guest.url(), /#./, "the token is out of the address");
  await guest.getByLabel(/^Password/).fill("correct horse battery");
  await guest.getByRole("button", { name: "Set password and sign in" }).click();
  await heading(guest, "Care teams").waitFor();
  await sweep(guest, "no-team");
  await guest.getByRole("button", { name: "Ask for access" }).click();
  await guest.getByText("You have asked. An owner decides.").waitFor();
  await owner.reload();
  await owner.getByText(/Night physician asks to be Member/).waitFor();
  await sweep(owner, "request");
  await owner.getByRole("button", { name: "Let in: Night physician" }).click();
  await owner.getByRole("combobox", { name: "Role of Night physician" }).waitFor();
  await guest.reload();
  await guest.getByRole("link", { name: /^Ward/ }).first().click();
  await guest.getByRole("heading", { name: /nights/ }).waitFor();
  const again = await open({ path });
  await again.getByLabel(/^Password/).fill("correct horse battery");
  await again.getByRole("button", { name: "Set password and sign in" }).click();
  await again.getByText("This link was used or is too old. Ask for a new one.").waitFor();

  // An auditor sees who did what, and no list.
  const auditor = await open();
  await signIn(auditor, "auditor");
  await heading(auditor, "Who did what").waitFor();
  expect.equal(await auditor.getByRole("link", { name: "Lists", exact: true }).count(), 0);

  // A member reads the settings and cannot change them, but their own.
  await member.reload();
  await member.getByRole("heading", { level: 1 }).first().waitFor();
  await member.getByRole("link", { name: "Lists", exact: true }).click();
  await member.getByRole("button", { name: /^Rename/ }).first().waitFor();
  expect.equal(await member.getByRole("button", { name: /^Beds/ }).count(), 0, "a member types no beds");
  await choose(member, "Settings");
  await heading(member, "Settings").waitFor();
  expect(await member.getByLabel("Lock the screen").isDisabled());
  await member.getByLabel("Language").selectOption("zh-TW");
  await heading(member, "設定").waitFor();
  expect.equal(await member.evaluate(() => document.documentElement.lang), "zh-TW");
  await sweep(member, "settings-zh");
  await member.getByLabel("色彩").selectOption("dark");
  await expect.eventually(
    () => member.evaluate(() => document.documentElement.style.colorScheme === "dark"),
    "the dark theme is chosen",
  );
}
