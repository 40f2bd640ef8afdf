import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { show, view } from "../test/render";
import { events, json, problem, serve } from "../test/server";
import ConnectPage from "./ConnectPage";

const choice = { id: "c1", name: "Sample hospital", link: "https://ehr.example/fhir/stu3", ready: true };
const connection = {
  id: "k1",
  space: "s1",
  name: "Sample hospital",
  link: choice.link,
  version: "stu3",
  auth: "none",
  created: "2026-11-23T12:00:00Z",
};
const ok = (step: string, detail?: string) => ({ step, outcome: "ok", took: 12, detail });
const all = ["reachable", "statement", "version", "token", "search"].map((s) => ok(s));
const done = {
  step: "done",
  outcome: "ok",
  took: 60,
  connection,
  resources: [
    { type: "Patient", found: true },
    { type: "Coverage", found: false, hides: "coverage" },
  ],
};
const connections = "POST /api/patients/spaces/s1/connections";
const choices = { "GET /api/patients/spaces/s1/connection-choices": () => json({ choices: [choice] }) };
const noChoices = { "GET /api/patients/spaces/s1/connection-choices": () => json({ choices: [] }) };
const outcomes = () =>
  [...document.querySelectorAll("[data-step]")].map(
    (n) => `${n.getAttribute("data-step")} ${n.getAttribute("data-outcome")}`,
  );

it("connects to a ready-made partner by one press", async () => {
  const reload = vi.fn(async () => {});
  const calls = serve({ ...choices, [connections]: () => events(...all, done) });
  const { went } = await show(<ConnectPage />, { session: { reload } });
  await userEvent.click(await screen.findByRole("button", { name: "Connect to Sample hospital" }));
  await screen.findByRole("heading", { name: "Connected" });
  expect(calls.find((c) => c.method === "POST")?.body).toEqual({
    name: "Sample hospital",
    link: choice.link,
    choice: "c1",
    save: true,
  });
  expect(reload).toHaveBeenCalled();
  const next = screen.getByRole("button", { name: "Go on to the lists" });
  expect(next).toHaveFocus();
  await userEvent.click(next);
  expect(went.at(-1)).toBe("/s/s1");
});

it("shows five steps from the beginning, and each as it comes", async () => {
  let end: (r: Response) => void = () => {};
  serve({ ...choices, [connections]: () => new Promise<Response>((resolve) => (end = resolve)) });
  await show(<ConnectPage />);
  await userEvent.click(await screen.findByRole("button", { name: "Connect to Sample hospital" }));
  expect(outcomes()).toEqual([
    "reachable waiting",
    "statement waiting",
    "version waiting",
    "token waiting",
    "search waiting",
  ]);
  end(
    events(ok("reachable"), {
      step: "statement",
      outcome: "failed",
      took: 5,
      detail: "connect-not-fhir",
      advice: "connect-not-fhir",
    }),
  );
  await screen.findByRole("heading", { name: "It did not work" });
  expect(outcomes().slice(0, 3)).toEqual(["reachable ok", "statement failed", "version waiting"]);
  expect(screen.getByText(/base URL: what stands before/)).toBeInTheDocument();
  expect(screen.getByText(/Nothing was saved/)).toBeInTheDocument();
});

it("says what the record system does not offer, and what that hides", async () => {
  serve({ ...choices, [connections]: () => events(...all, done) });
  await show(<ConnectPage />);
  await userEvent.click(await screen.findByRole("button", { name: "Connect to Sample hospital" }));
  const row = (await screen.findByRole("rowheader", { name: "Coverage" })).closest("tr");
  expect(within(row as HTMLElement).getByText("missing")).toBeInTheDocument();
});

it("reads a link as it is typed, and proposes a name", async () => {
  const calls = serve({ ...noChoices, [connections]: () => events(...all, done) });
  await show(<ConnectPage />);
  const link = await screen.findByLabelText(/^Link/);
  await userEvent.type(link, "ehr.example/fhir/metadata");
  expect(screen.getByText("Will be used as https://ehr.example/fhir")).toBeInTheDocument();
  expect(screen.getByLabelText(/Connection name/)).toHaveValue("ehr.example");
  await userEvent.click(await screen.findByRole("button", { name: "Connect" }));
  await screen.findByRole("heading", { name: "Connected" });
  expect(calls.find((c) => c.method === "POST")?.body).toEqual({
    link: "https://ehr.example/fhir",
    name: "ehr.example",
    save: true,
  });
});

it("asks for credentials only when they are needed, and keeps what was typed", async () => {
  const answers = [
    events(ok("reachable"), ok("statement"), ok("version"), {
      step: "token",
      outcome: "failed",
      took: 1,
      need: ["clientID", "secret"],
    }),
    events(...all, done),
  ];
  const calls = serve({ ...noChoices, [connections]: () => answers.shift() ?? problem(500, "internal") });
  await show(<ConnectPage />);
  await userEvent.type(await screen.findByLabelText(/^Link/), "https://ehr.example/fhir");
  expect(screen.getByText("Credentials and other details").closest("details")).not.toHaveAttribute("open");
  await userEvent.click(await screen.findByRole("button", { name: "Connect" }));
  await waitFor(() => expect(screen.getAllByText("The record system asks for this.")).toHaveLength(2));
  expect(screen.getByText("Credentials and other details").closest("details")).toHaveAttribute("open");
  expect(screen.getByLabelText("Client ID")).toHaveFocus();
  await userEvent.type(await screen.findByLabelText("Client ID"), "ward-app");
  await userEvent.type(await screen.findByLabelText("Client secret or password"), "s3cret");
  await userEvent.click(await screen.findByRole("button", { name: "Connect" }));
  await screen.findByRole("heading", { name: "Connected" });
  expect(calls.filter((c) => c.method === "POST")[1]?.body).toMatchObject({
    link: "https://ehr.example/fhir",
    clientID: "ward-app",
    secret: "s3cret",
  });
});

it("shows what the server finds wrong with the link, at the link", async () => {
  serve({
    ...noChoices,
    [connections]: () => problem(422, "invalid", { errors: { link: "This address is private." } }),
  });
  await show(<ConnectPage />);
  await userEvent.type(await screen.findByLabelText(/^Link/), "https://10.0.0.1/fhir");
  await userEvent.click(await screen.findByRole("button", { name: "Connect" }));
  expect(await screen.findByText("This address is private.")).toBeInTheDocument();
  expect(screen.getByLabelText(/^Link/)).toBeInvalid();
});

it("copies a report without secrets", async () => {
  const user = userEvent.setup();
  serve({
    ...noChoices,
    [connections]: () =>
      events(ok("reachable", "TLS 1.3"), {
        step: "statement",
        outcome: "failed",
        took: 7,
        detail: "ehr-forbidden",
      }),
  });
  await show(<ConnectPage />);
  await user.type(await screen.findByLabelText(/^Link/), "https://ehr.example/fhir");
  await user.click(await screen.findByText("Credentials and other details"));
  await user.type(await screen.findByLabelText("Client secret or password"), "s3cret");
  await user.click(await screen.findByRole("button", { name: "Connect" }));
  await user.click(await screen.findByRole("button", { name: "Copy report" }));
  const text = await navigator.clipboard.readText();
  expect(text).toContain("Link: https://ehr.example/fhir");
  expect(text).toContain(
    "Read its statement: failed (7 ms)\n  [ehr-forbidden] The record system does not let us read this.",
  );
  expect(text).not.toContain("s3cret");
});

it("names the patients that a new connection does not know", async () => {
  const unmatched = [{ id: "e1", identity: { family: "Okafor", given: "Grace", mrn: "4711" } }];
  const calls = serve({ ...choices, [connections]: () => events(...all, { ...done, unmatched }) });
  await show(<ConnectPage />, { path: "/s/s1/connect?replaces=k0" });
  await userEvent.click(await screen.findByRole("button", { name: "Connect to Sample hospital" }));
  expect(await screen.findByText("OKAFOR, Grace")).toBeInTheDocument();
  expect(calls.find((c) => c.method === "POST")?.body).toMatchObject({ replaces: "k0" });
});

it("is for owners only", async () => {
  serve({});
  await show(<ConnectPage />, { view: { ...view, role: "member" } });
  expect(screen.getByText(/Only owners/)).toBeInTheDocument();
  expect(screen.queryByRole("button")).not.toBeInTheDocument();
});
