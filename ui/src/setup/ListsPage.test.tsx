import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import type { List } from "../api/gen";
import { show, view } from "../test/render";
import { json, problem, serve } from "../test/server";
import ListsPage from "./ListsPage";

const list = (id: string, name: string, more: Partial<List> = {}): List => ({
  id,
  space: "s1",
  channel: "general",
  name,
  default: false,
  position: 0,
  patients: 3,
  hideUnoccupied: false,
  schema: "rounding",
  created: "2026-11-23T08:00:00Z",
  changed: "2026-11-23T08:00:00Z",
  createdBy: "p1",
  version: 4,
  ...more,
});

const ward = list("l1", "Ward 4", { default: true });
const nights = list("l2", "Nights", { position: 1, version: 7 });
const lists = (all: List[], deleted: List[] = []) => ({
  "GET /api/patients/spaces/s1/lists": () => json({ lists: all, deleted }),
});
const row = async (name: string) =>
  within((await screen.findByRole("rowheader", { name })).closest("tr") as HTMLElement);
const written = (calls: { method: string; url: string; body: unknown }[]) =>
  calls.filter((c) => c.method !== "GET");

it("renames a list on Enter, with the version that was seen", async () => {
  const calls = serve({ ...lists([ward, nights]), "PATCH /api/patients/lists/l2": () => json(nights) });
  await show(<ListsPage />);
  await userEvent.click((await row("Nights")).getByRole("button", { name: "Rename: Nights" }));
  const box = screen.getAllByRole("textbox", { name: "Name" })[0] as HTMLElement;
  await userEvent.clear(box);
  await userEvent.type(box, "Weekends{Enter}");
  await waitFor(() =>
    expect(written(calls)).toEqual([expect.objectContaining({ body: { version: 7, name: "Weekends" } })]),
  );
});

it("changes nothing on Escape", async () => {
  const calls = serve(lists([ward]));
  await show(<ListsPage />);
  await userEvent.click((await row("Ward 4")).getByRole("button", { name: "Rename: Ward 4" }));
  await userEvent.keyboard("x{Escape}");
  expect((await row("Ward 4")).getByRole("link")).toBeInTheDocument();
  expect(written(calls)).toEqual([]);
});

it("says which list opens first in words, and lets choose another", async () => {
  const calls = serve({ ...lists([ward, nights]), "PATCH /api/patients/lists/l2": () => json(nights) });
  await show(<ListsPage />);
  const first = (await row("Ward 4")).getByRole("button", { name: "Open this list first: Ward 4" });
  expect(first).toHaveAttribute("aria-pressed", "true");
  await userEvent.click((await row("Nights")).getByRole("button", { name: "Open this list first: Nights" }));
  await waitFor(() => expect(written(calls)[0]?.body).toEqual({ version: 7, default: true }));
});

it("moves lists by buttons, and not beyond the ends", async () => {
  const calls = serve({ ...lists([ward, nights]), "PATCH /api/patients/lists/l2": () => json(nights) });
  await show(<ListsPage />);
  expect((await row("Ward 4")).getByRole("button", { name: "Move up: Ward 4" })).toBeDisabled();
  expect((await row("Nights")).getByRole("button", { name: "Move down: Nights" })).toBeDisabled();
  await userEvent.click((await row("Nights")).getByRole("button", { name: "Move up: Nights" }));
  await waitFor(() => expect(written(calls)[0]?.body).toEqual({ version: 7, position: 0 }));
});

it("deletes without asking, and takes it back", async () => {
  const calls = serve({
    ...lists([ward]),
    "DELETE /api/patients/lists/l1": () => json(null, 204),
    "POST /api/patients/lists/l1/restore": () => json(ward),
  });
  await show(<ListsPage />);
  await userEvent.click((await row("Ward 4")).getByRole("button", { name: "Delete: Ward 4" }));
  await userEvent.click(await screen.findByRole("button", { name: "Undo" }));
  await waitFor(() => expect(written(calls).map((c) => c.method)).toEqual(["DELETE", "POST"]));
});

it("restores a list that was deleted days ago", async () => {
  const calls = serve({
    ...lists([ward], [list("l9", "Old ward", { deleted: "2026-11-20T08:00:00Z" })]),
    "POST /api/patients/lists/l9/restore": () => json(ward),
  });
  await show(<ListsPage />);
  await userEvent.click(await screen.findByRole("button", { name: "Restore Old ward" }));
  await waitFor(() => expect(written(calls)).toHaveLength(1));
});

it("says so when someone else was faster, and shows what is there now", async () => {
  const calls = serve({
    ...lists([ward, nights]),
    "PATCH /api/patients/lists/l2": () => problem(412, "changed"),
  });
  await show(<ListsPage />);
  await userEvent.click((await row("Nights")).getByRole("button", { name: "Open this list first: Nights" }));
  expect((await screen.findAllByText("Someone changed it in the meantime.")).length).toBeGreaterThan(0);
  await waitFor(() => expect(calls.filter((c) => c.method === "GET")).toHaveLength(2));
});

it("offers a viewer nothing to change", async () => {
  serve(lists([ward]));
  await show(<ListsPage />, { view: { ...view, role: "viewer" } });
  expect((await row("Ward 4 Opens first")).getByText("Opens first")).toBeInTheDocument();
  expect(screen.queryByRole("button")).not.toBeInTheDocument();
});

it("makes a list as a copy, which is filled already", async () => {
  const calls = serve({ ...lists([ward]), "POST /api/patients/spaces/s1/lists": () => json(nights) });
  const { went } = await show(<ListsPage />);
  await userEvent.type(await screen.findByRole("textbox", { name: "Name" }), "Nights");
  await userEvent.selectOptions(await screen.findByLabelText("Start with"), "A copy of Ward 4");
  await userEvent.click(await screen.findByRole("button", { name: "Make list" }));
  await waitFor(() => expect(went.at(-1)).toBe("/s/s1/l/l2"));
  expect(written(calls)[0]?.body).toEqual({ name: "Nights", copyOf: "l1" });
});

it("lets an owner type which beds there are, each once", async () => {
  const beds = list("l1", "Ward 4", { beds: ["A-01"] });
  const calls = serve({ ...lists([beds]), "PATCH /api/patients/lists/l1": () => json(beds) });
  await show(<ListsPage />, { view: { ...view, role: "owner" } });
  await userEvent.click((await row("Ward 4")).getByRole("button", { name: "Beds: Ward 4" }));
  const box = await screen.findByRole("textbox", { name: "Beds" });
  expect(box).toHaveValue("A-01");
  await userEvent.type(box, "{Enter}A-02, A-03{Enter}{Enter} A-02");
  expect(screen.getByText("3 beds")).toBeInTheDocument();
  await userEvent.click(await screen.findByRole("button", { name: "Save" }));
  await waitFor(() =>
    expect(written(calls)[0]?.body).toEqual({ version: 4, beds: ["A-01", "A-02", "A-03"] }),
  );
});

// newer is a server that has a newer list than the page has read.
function newer(seen: List, now: List) {
  let current = now;
  const calls = serve({
    "GET /api/patients/spaces/s1/lists": () =>
      json({ lists: [calls.length > 1 ? current : seen], deleted: [] }),
    "PATCH /api/patients/lists/l1": ({ body }) => {
      const { version, ...patch } = body as Partial<List> & { version: number };
      if (version !== current.version) return json({ code: "conflict", current }, 412);
      current = { ...current, ...patch, version: version + 1 };
      return json(current);
    },
  });
  return { calls, sent: () => written(calls).map((c) => c.body), now: () => current };
}
// Which of two dialogs, or of a dialog and the page, is hidden from screen
// readers follows the focus, which moves some time later, and what is hidden has
// no name; a scenario in a browser holds that.
const conflict = async () =>
  (await screen.findByText(/^Someone changed this/)).closest<HTMLElement>("[role=dialog]") as HTMLElement;
const side = (dialog: HTMLElement, name: string) =>
  within(dialog).getByRole("region", { name, hidden: true });
const press = async (name: string) =>
  userEvent.click(await screen.findByRole("button", { name, hidden: true }));

describe("beds that someone else has changed meanwhile", () => {
  const seen = list("l1", "Ward 4", { beds: ["A-01"] });

  // saved types a bed more and saves.
  async function saved(current: List) {
    const { calls, sent, now } = newer(seen, current);
    await show(<ListsPage />, { view: { ...view, role: "owner" } });
    await userEvent.click((await row("Ward 4")).getByRole("button", { name: "Beds: Ward 4" }));
    await userEvent.type(await screen.findByRole("textbox", { name: "Beds" }), "{Enter}A-02");
    await press("Save");
    return { calls, sent, beds: () => now().beds };
  }

  it("are shown beside the own ones, and stay until somebody says so", async () => {
    const { calls, sent, beds } = await saved({ ...seen, beds: ["A-01", "B-07"], version: 5 });
    const dialog = await conflict();
    expect(side(dialog, "What is there now")).toHaveTextContent("A-01 B-07");
    expect(side(dialog, "Your text")).toHaveTextContent("A-01 A-02");
    // The list has been read again by now, and is no more taken as seen than before.
    await waitFor(() => expect(calls.filter((c) => c.method === "GET")).toHaveLength(2));
    fireEvent.keyDown(dialog, { key: "Escape" });
    await waitFor(() => expect(dialog).not.toBeInTheDocument());
    await press("Save");
    const once = { version: 4, beds: ["A-01", "A-02"] };
    await waitFor(() => expect(sent()).toEqual([once, once]));
    await conflict();
    expect(beds()).toEqual(["A-01", "B-07"]);
  });

  it("are merged by hand", async () => {
    const { beds } = await saved({ ...seen, beds: ["A-01", "B-07"], version: 5 });
    await conflict();
    await press("Merge by hand");
    await press("Save the merged text");
    await waitFor(() => expect(beds()).toEqual(["A-01", "B-07", "A-02"]));
    await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
  });

  it("are no conflict where only the list's name has changed", async () => {
    const { sent, beds } = await saved({ ...seen, name: "Ward 4 East", version: 5 });
    await waitFor(() => expect(beds()).toEqual(["A-01", "A-02"]));
    expect(sent().map((body) => (body as { version: number }).version)).toEqual([4, 5]);
    await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
  });
});

describe("a name that someone else has changed meanwhile", () => {
  // renamed types a name and saves; the list is read again by then.
  async function renamed(current: List) {
    const server = newer(ward, current);
    await show(<ListsPage />);
    await userEvent.click((await row("Ward 4")).getByRole("button", { name: "Rename: Ward 4" }));
    await userEvent.clear(screen.getAllByRole("textbox", { name: "Name" })[0] as HTMLElement);
    await userEvent.keyboard("Ward Four{Enter}");
    await waitFor(() => expect(server.calls.filter((c) => c.method === "GET")).toHaveLength(2));
    return server;
  }
  const theirs = list("l1", "Ward 4 East", { version: 5 });

  it("is shown beside the own one, and stays until somebody says so", async () => {
    const { sent, now } = await renamed(theirs);
    const dialog = await conflict();
    expect(side(dialog, "What is there now")).toHaveTextContent("Ward 4 East");
    expect(side(dialog, "Your text")).toHaveTextContent("Ward Four");
    fireEvent.keyDown(dialog, { key: "Escape" });
    await waitFor(() => expect(dialog).not.toBeInTheDocument());
    await press("Save");
    await conflict();
    const once = { version: 4, name: "Ward Four" };
    expect(sent()).toEqual([once, once]);
    expect(now().name).toBe("Ward 4 East");
  });

  it("is taken over by the own one where that is kept", async () => {
    const { now } = await renamed(theirs);
    await conflict();
    await press("Keep mine");
    await screen.findByRole("link", { name: "Ward Four", hidden: true });
    expect(now()).toMatchObject({ name: "Ward Four", version: 6 });
  });

  it("is left where theirs is taken", async () => {
    const { sent } = await renamed(theirs);
    await conflict();
    await press("Take theirs");
    await screen.findByRole("link", { name: "Ward 4 East", hidden: true });
    expect(sent()).toHaveLength(1);
  });

  it("is no conflict where only the list's place has changed", async () => {
    const { sent, now } = await renamed({ ...ward, position: 3, version: 5 });
    await waitFor(() => expect(now().name).toBe("Ward Four"));
    expect(sent().map((body) => (body as { version: number }).version)).toEqual([4, 5]);
    expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
  });
});

it("offers the beds to nobody but owners", async () => {
  serve(lists([ward]));
  await show(<ListsPage />, { view: { ...view, role: "member" } });
  expect((await row("Ward 4")).getByRole("button", { name: "Rename: Ward 4" })).toBeInTheDocument();
  expect(screen.queryByRole("button", { name: /^Beds/ })).not.toBeInTheDocument();
});
