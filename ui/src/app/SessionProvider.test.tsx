import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { api, gate } from "../common/api";
import { useSession } from "../common/session";
import { session, show } from "../test/render";
import { json, problem, serve } from "../test/server";
import { browserExit, SessionProvider } from "./SessionProvider";

const other = { ...session, person: { ...session.person, id: "p2", name: "Someone else" } };
const nobody = { ...session, person: undefined, signIn: { ...session.signIn, local: true } };

// A Page is something with a text in it that nobody has saved.
function Page() {
  const [text, setText] = useState("");
  const { person, reload, signOut } = useSession();
  return (
    <>
      <p>{person.name}</p>
      <input aria-label="note" value={text} onChange={(e) => setText(e.target.value)} />
      <button type="button" onClick={() => void api.addNote({ entry: "e1", text }).catch(() => {})}>
        save
      </button>
      <button type="button" onClick={() => void signOut()}>
        leave
      </button>
      <button type="button" onClick={() => void reload()}>
        reload
      </button>
    </>
  );
}

const provider = (
  <SessionProvider>
    <Page />
  </SessionProvider>
);

beforeEach(() => {
  sessionStorage.clear();
  vi.spyOn(browserExit, "leave").mockImplementation(() => {});
});
afterEach(() => gate.open(false));

async function signInAs(name: string) {
  await userEvent.type(await screen.findByLabelText(/User name/), name);
  await userEvent.type(await screen.findByLabelText(/Password/), "a long pass phrase");
  await userEvent.click(await screen.findByRole("button", { name: "Sign in" }));
}

it("asks who is not signed in to sign in, and then shows the page", async () => {
  const calls = serve({ "GET /api/session": () => json(nobody), "POST /api/session": () => json(session) });
  await show(provider);
  await screen.findByRole("heading", { name: "Sign in" });
  await signInAs("owner");
  expect(await screen.findByText("Ward owner")).toBeInTheDocument();
  expect(calls.at(-1)?.body).toEqual({ username: "owner", password: "a long pass phrase" });
});

it("says why a sign-in was refused, and keeps the name that was typed", async () => {
  serve({
    "GET /api/session": () => json(nobody),
    "POST /api/session": () => problem(401, "wrong-password"),
  });
  await show(provider);
  await screen.findByRole("heading", { name: "Sign in" });
  await signInAs("owner");
  expect(await screen.findByRole("alert")).toHaveTextContent("User name or password is wrong.");
  expect(screen.getByLabelText(/User name/)).toHaveValue("owner");
});

it("covers the page when the session is over, and sends the text when the same person is back", async () => {
  let signedIn = false;
  const calls = serve({
    "GET /api/session": () => json(session),
    "POST /api/session": () => {
      signedIn = true;
      return json(session);
    },
    "POST /api/patients/entries/e1/notes": () =>
      signedIn ? json({ id: "n1" }) : problem(401, "not-signed-in"),
  });
  await show(provider);
  await userEvent.type(await screen.findByLabelText("note"), "half a thought");
  await userEvent.click(await screen.findByText("save"));
  await screen.findByRole("dialog", { name: "Sign in again" });
  expect(screen.getByLabelText("note")).not.toBeVisible();
  await signInAs("owner");
  await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
  expect(screen.getByLabelText("note")).toHaveValue("half a thought");
  await waitFor(() => expect(calls.filter((c) => c.url.endsWith("/notes"))).toHaveLength(2));
  expect(calls.at(-1)?.body).toEqual({ text: "half a thought" });
});

it("begins anew when somebody else signs in: nothing of the one before is kept or sent", async () => {
  const calls = serve({
    "GET /api/session": () => json(session),
    "POST /api/session": () => json(other),
    "POST /api/patients/entries/e1/notes": () => problem(401, "not-signed-in"),
  });
  sessionStorage.setItem("wb-draft:note:e1", JSON.stringify({ text: "secret", base: 0 }));
  await show(provider);
  await userEvent.click(await screen.findByText("save"));
  await screen.findByRole("dialog", { name: "Sign in again" });
  await signInAs("else");
  await waitFor(() => expect(browserExit.leave).toHaveBeenCalled());
  expect(sessionStorage).toHaveLength(0);
  expect(calls.filter((c) => c.url.endsWith("/notes"))).toHaveLength(1);
});

it("leaves nothing in the window at sign-out", async () => {
  serve({ "GET /api/session": () => json(session), "DELETE /api/session": () => json(null, 204) });
  sessionStorage.setItem("wb-draft:note:e1", JSON.stringify({ text: "text", base: 0 }));
  await show(provider);
  await userEvent.click(await screen.findByText("leave"));
  await waitFor(() => expect(browserExit.leave).toHaveBeenCalled());
  expect(sessionStorage).toHaveLength(0);
});

it("keeps the page when who is signed in cannot be read again", async () => {
  const answers = [json(session), problem(503, "timeout")];
  const calls = serve({ "GET /api/session": () => answers.shift() ?? problem(503, "timeout") });
  await show(provider);
  await userEvent.type(await screen.findByLabelText("note"), "half a thought");
  await userEvent.click(screen.getByText("reload"));
  await waitFor(() => expect(calls).toHaveLength(2));
  expect(screen.getByLabelText("note")).toHaveValue("half a thought");
});

it("says when the server is not there, and tries again when asked", async () => {
  const answers = [problem(503, "timeout"), json(nobody)];
  serve({ "GET /api/session": () => answers.shift() ?? json(nobody) });
  await show(provider);
  await userEvent.click(await screen.findByRole("button", { name: "Try again" }));
  expect(await screen.findByRole("heading", { name: "Sign in" })).toBeInTheDocument();
});
