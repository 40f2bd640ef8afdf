import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { show, view } from "../test/render";
import { json, problem, serve } from "../test/server";
import StartPage from "./StartPage";

const list = {
  id: "l1",
  space: "s1",
  channel: "general",
  name: "Ward round",
  version: 1,
  position: 0,
  patients: 0,
};

it("offers an owner both modes, and EHR mode leads to connecting", async () => {
  serve({});
  const { went } = await show(<StartPage />);
  expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent("Where do your patients come from?");
  expect(screen.getByRole("button", { name: "Use manual mode" })).toBeEnabled();
  await userEvent.click(await screen.findByRole("button", { name: "Use EHR mode" }));
  expect(went.at(-1)).toBe("/s/s1/connect");
});

it("lets an owner choose manual mode, and says to the session that the space has started", async () => {
  const reload = vi.fn(async () => {});
  const calls = serve({
    "PATCH /api/patients/spaces/s1": () => json({ ...view, space: { ...view.space, manual: true } }),
  });
  await show(<StartPage />, { session: { reload } });
  await userEvent.click(await screen.findByRole("button", { name: "Use manual mode" }));
  await waitFor(() => expect(reload).toHaveBeenCalled());
  expect(calls[0]?.body).toEqual({ version: 3, manual: true });
});

it("says why choosing failed, and lets try again", async () => {
  serve({ "PATCH /api/patients/spaces/s1": () => problem(403, "forbidden") });
  await show(<StartPage />);
  await userEvent.click(await screen.findByRole("button", { name: "Use manual mode" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("Your role here does not allow this.");
  expect(screen.getByRole("button", { name: "Try again" })).toBeEnabled();
});

it("tells who is not an owner whom to ask, and offers nothing to press", async () => {
  serve({});
  await show(<StartPage />, { view: { ...view, role: "member", owners: ["Ann", "Ben"] } });
  expect(screen.getByText(/Ask Ann and Ben\./)).toBeInTheDocument();
  expect(screen.queryByRole("button")).not.toBeInTheDocument();
});

it("goes on to the first list with a name ready, and from there to adding patients", async () => {
  const calls = serve({
    "GET /api/patients/spaces/s1/lists": () => json({ lists: [], deleted: [] }),
    "POST /api/patients/spaces/s1/lists": () => json(list),
  });
  const { went } = await show(<StartPage />, { view: { ...view, space: { ...view.space, ehr: true } } });
  expect(await screen.findByLabelText(/Name/)).toHaveValue("Ward round");
  await userEvent.click(await screen.findByRole("button", { name: "Make list and add patients" }));
  await waitFor(() => expect(went.at(-1)).toBe("/s/s1/l/l1?add=1"));
  expect(calls.find((c) => c.method === "POST")?.body).toEqual({ name: "Ward round" });
});

it("opens the default list, not the first", async () => {
  serve({
    "GET /api/patients/spaces/s1/lists": () =>
      json({ lists: [list, { ...list, id: "l2", default: true }], deleted: [] }),
  });
  const { went } = await show(<StartPage />, { view: { ...view, space: { ...view.space, manual: true } } });
  await waitFor(() => expect(went.at(-1)).toBe("/s/s1/l/l2"));
});

it("takes an auditor to the record, which is all an auditor may see", async () => {
  serve({});
  const { went } = await show(<StartPage />, { view: { ...view, role: "auditor" } });
  await waitFor(() => expect(went.at(-1)).toBe("/s/s1/audit"));
});
