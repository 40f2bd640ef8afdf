import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { session, show } from "../test/render";
import { json, problem, serve } from "../test/server";
import { takeToken, WelcomePage } from "./WelcomePage";

it("takes the token out of the address", () => {
  history.replaceState(null, "", "/patients/welcome#token-of-43");
  expect(takeToken()).toBe("token-of-43");
  expect(location.href).not.toContain("token-of-43");
});

it("makes the first account, once all is filled in", async () => {
  const calls = serve({ "POST /api/session/first": () => json(session) });
  const { went } = await show(<WelcomePage token="tok" first />, { path: "/welcome" });
  const button = screen.getByRole("button", { name: "Make account and sign in" });
  await userEvent.type(await screen.findByLabelText(/Your name/), "Ward owner");
  await userEvent.type(await screen.findByLabelText(/User name/), "owner");
  await userEvent.type(await screen.findByLabelText(/Password/), "too short");
  expect(button).toBeDisabled();
  await userEvent.type(await screen.findByLabelText(/Password/), " no more");
  await userEvent.click(button);
  expect(calls[0]?.body).toEqual({
    token: "tok",
    name: "Ward owner",
    username: "owner",
    password: "too short no more",
  });
  expect(went.at(-1)).toBe("/");
});

it("asks who was invited for a password only", async () => {
  await show(<WelcomePage token="tok" first={false} />);
  expect(screen.queryByLabelText(/User name/)).not.toBeInTheDocument();
  expect(screen.getByRole("heading", { name: "Choose your password" })).toBeInTheDocument();
});

it("shows what is wrong at the field where it is wrong", async () => {
  serve({
    "POST /api/session/first": () => problem(422, "invalid", { errors: { password: "is easy to guess" } }),
  });
  await show(<WelcomePage token="tok" first={false} />);
  await userEvent.type(await screen.findByLabelText(/Password/), "passwordpassword");
  await userEvent.click(await screen.findByRole("button", { name: "Set password and sign in" }));
  expect(await screen.findByText(/This is easy to guess/)).toBeInTheDocument();
  expect(screen.getByLabelText(/Password/)).toBeInvalid();
});
