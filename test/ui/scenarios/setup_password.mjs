// Changing one's own password: pasted, in both languages, with a mistake first;
// another browser of the same person is signed out.
export const name = "A person changes the password, and is signed out everywhere else";

const first = "correct horse battery";
const second = "nine lamps in a row";

export async function run({ base, open, expect, signIn, sweep, focusIn }) {
  const owner = await open();
  await signIn(owner, "owner");
  await owner.getByRole("heading", { level: 1 }).waitFor();
  const { path } = await owner.evaluate(async () => {
    const answer = await fetch("/api/people", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ name: "Night physician", username: "night" }),
    });
    return answer.json();
  });
  await owner.getByRole("button", { name: /^Account/ }).click();
  await owner.getByRole("menuitem", { name: "Sign out" }).waitFor();
  expect.equal(await owner.getByRole("menuitem", { name: "Change password" }).count(), 0, "the demo's people have none");

  const page = await open({ path });
  await page.getByLabel("Password", { exact: false }).first().fill(first);
  await page.getByLabel("Show what is typed").check();
  expect.equal(await page.locator('input[name="password"]').getAttribute("type"), "text");
  await page.getByRole("button", { name: "Set password and sign in" }).click();
  await page.getByRole("heading", { level: 1, name: "Care teams" }).waitFor();

  const enter = async (where, password) => {
    await where.getByText("Sign in with an account").click();
    await where.getByLabel(/^User name/).fill("night");
    await where.getByLabel(/^Password/).fill(password);
    await where.getByRole("button", { name: "Sign in", exact: true }).click();
  };
  const phone = await open({ width: 390 });
  await enter(phone, first);
  await phone.getByRole("heading", { level: 1, name: "Care teams" }).waitFor();

  // By keyboard alone, from the menu to the end; the passwords are pasted.
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const paste = async (text) => {
    await page.evaluate((it) => navigator.clipboard.writeText(it), text);
    await press("Control+v");
  };
  await page.getByRole("button", { name: /^Account/ }).focus();
  await press("Enter");
  await focusIn(page.getByRole("menu"));
  await page.getByRole("menuitem", { name: "Change password" }).focus();
  await press("Enter");
  await page.getByRole("heading", { level: 1, name: "Change password" }).waitFor();
  await page.getByLabel(/^Current password/).focus();
  await paste("not what it is");
  await press("Tab");
  await paste(second);
  await press("Enter");
  await page.getByText("This is not your password.").waitFor();
  await sweep(page, "wrong");
  await page.getByLabel(/^Current password/).focus();
  await press("Control+a");
  await paste(first);
  await press("Enter");
  await page.getByText("Your password is changed. You are signed out everywhere else.").first().waitFor();
  await page.getByRole("heading", { level: 1, name: "Care teams" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { level: 1, name: "Care teams" }).waitFor();

  await phone.reload();
  await enter(phone, first);
  await phone.getByText("User name or password is wrong.").waitFor();
  await phone.getByLabel(/^Password/).fill(second);
  await phone.getByRole("button", { name: "Sign in", exact: true }).click();
  await phone.getByRole("heading", { level: 1, name: "Care teams" }).waitFor();

  await phone.getByRole("button", { name: /^Account/ }).click();
  const kept = phone.waitForResponse((answer) => answer.request().method() === "PUT" && answer.url().endsWith("/prefs"));
  await phone.getByRole("menuitemradio", { name: "繁體中文" }).click();
  await kept;
  await phone.goto(`${base}/patients/password`);
  await phone.getByRole("heading", { level: 1, name: "變更密碼" }).waitFor();
  await sweep(phone, "zh");
}
