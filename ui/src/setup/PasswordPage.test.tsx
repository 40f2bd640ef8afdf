import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { person, session, show } from "../test/render";
import { json, problem, serve } from "../test/server";
import PasswordPage from "./PasswordPage";

const local = { session: { person: { ...person, username: "owner" } } };

async function fill(old: string, password: string) {
  await userEvent.click(await screen.findByLabelText(/Current password/));
  await userEvent.paste(old);
  await userEvent.click(await screen.findByLabelText(/New password/));
  await userEvent.paste(password);
}

it("changes the password, which can be pasted and read", async () => {
  const calls = serve({ "PUT /api/session/password": () => json(null, 204) });
  const { went } = await show(<PasswordPage />, { ...local, path: "/password" });
  await fill("three ferries at dawn", "too short");
  expect(screen.getByRole("button", { name: "Change password" })).toBeDisabled();
  await userEvent.type(await screen.findByLabelText(/New password/), " no more");
  expect(screen.getByLabelText(/New password/)).toHaveAttribute("type", "password");
  await userEvent.click(await screen.findByLabelText("Show what is typed"));
  expect(screen.getByLabelText(/New password/)).toHaveAttribute("type", "text");
  await userEvent.click(await screen.findByRole("button", { name: "Change password" }));
  expect(calls).toEqual([
    {
      method: "PUT",
      url: "/api/session/password",
      body: { old: "three ferries at dawn", password: "too short no more" },
    },
  ]);
  expect(await screen.findByText(/^Your password is changed/, { selector: "section *" })).toBeVisible();
  expect(went.at(-1)).toBe("/");
});

it("says at the field that the old one is wrong, and stays", async () => {
  serve({
    "PUT /api/session/password": () => problem(422, "invalid", { errors: { old: "is not your password" } }),
  });
  const { went } = await show(<PasswordPage />, { ...local, locale: "zh-TW", path: "/password" });
  await userEvent.type(await screen.findByLabelText(/目前的密碼/), "no");
  await userEvent.type(await screen.findByLabelText(/新密碼/), "four ferries at dusk");
  await userEvent.click(await screen.findByRole("button", { name: "變更密碼" }));
  expect(await screen.findByText("這不是您的密碼。")).toBeInTheDocument();
  expect(screen.getByLabelText(/目前的密碼/)).toBeInvalid();
  expect(screen.getByLabelText(/新密碼/)).toBeValid();
  expect(went).toEqual(["/password"]);
});

it.each([
  ["signs in elsewhere", { person }],
  [
    "is where there are no local accounts",
    { ...local.session, session: { ...session, signIn: { ...session.signIn, local: false } } },
  ],
])("tells who %s that there is no password here", async (_, around) => {
  await show(<PasswordPage />, { session: around });
  expect(screen.getByText(/You have no password here/)).toBeInTheDocument();
  expect(screen.queryByLabelText(/password/i)).not.toBeInTheDocument();
});
