import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import type { ListView, Refresh } from "../api/gen";
import { show } from "../test/render";
import { json, problem, serve, stream } from "../test/server";
import { sampleCell, sampleEntry, sampleView } from "./testing/sample";
import { type LiveList, useList } from "./useList";
import { useScreen } from "./useScreen";

let ask: () => Promise<void>;
let rename: (name: string) => void;
let openFirst: () => void;
let actions: ReturnType<typeof useScreen>["actions"];

function Asking({ live, data }: { live: LiveList; data: ListView }) {
  const screen = useScreen(live, data);
  ask = screen.refresh;
  openFirst = () => void screen.changeList({ default: true });
  actions = screen.actions;
  rename = (name) => live.change((view) => ({ ...view, list: { ...view.list, name } }));
  const { running, reason } = data.refresh;
  return (
    <output>{`${data.list.name}, ${live.stream}, ${running ? "asking" : `asked: ${reason ?? "well"}`}`}</output>
  );
}

function Page() {
  const live = useList("ward");
  return live.data ? <Asking live={live} data={live.data} /> : null;
}

// The record system was gone, so that asking ended at once; the answer to the
// press of the button came to a slow browser after that, and the list said for
// minutes that it was being asked, with the button out of use.
it("shows how asking ended, though the word that it began comes later", async () => {
  const view = sampleView([sampleEntry("a")]);
  const began: Refresh = { ...view.refresh, running: true, done: 0, total: 0 };
  const events = stream();
  let answer = () => {};
  serve({
    "GET /api/patients/lists/ward": () => json(view),
    "GET /api/patients/lists/ward/stream": () => events.response,
    "POST /api/patients/lists/ward/refresh": () =>
      new Promise<Response>((resolve) => {
        answer = () => resolve(json(began));
      }),
  });
  await show(<Page />);
  const says = (text: string) => screen.findByText(text);
  await says("Ward A, live, asked: well");
  const asked = ask();
  events.say({ seq: 0, kind: "refresh", refresh: began });
  await says("Ward A, live, asking");
  events.say({ seq: 0, kind: "refresh", refresh: { ...began, running: false, reason: "ehr-down" } });
  await says("Ward A, live, asked: ehr-down");
  answer();
  await asked;
  rename("Ward B"); // what the answer did would show by then
  expect(await screen.findByText(/^Ward B/)).toHaveTextContent("Ward B, live, asked: ehr-down");
});

// Which list opens first is no text: what somebody else wrote stays, and shows.
it("says that a list opens first, though somebody renamed it meanwhile", async () => {
  const view = sampleView([sampleEntry("a")]);
  const theirs = { ...view.list, name: "Ward B", version: 2 };
  const calls = serve({
    "GET /api/patients/lists/ward": () => json(view),
    "GET /api/patients/lists/ward/stream": () => stream().response,
    "PATCH /api/patients/lists/ward": ({ body }) =>
      (body as { version: number }).version === 2
        ? json({ ...theirs, version: 3 })
        : problem(412, "changed", { current: theirs }),
  });
  await show(<Page />);
  await screen.findByText("Ward A, live, asked: well");
  openFirst();
  await screen.findByText("Ward B, live, asked: well");
  expect(calls.filter((c) => c.method === "PATCH").map((c) => c.body)).toEqual([
    { version: 1, default: true },
    { version: 2, default: true },
  ]);
});

it("lets a to-do that was deleted be taken back", async () => {
  const item = { id: "t1", text: "Bloods", owner: "ann", current: true, version: 3 };
  const entry = sampleEntry("a", { cells: { todo: sampleCell("", { items: [item] }) } });
  const calls = serve({
    "GET /api/patients/lists/ward": () => json(sampleView([entry])),
    "GET /api/patients/lists/ward/stream": () => stream().response,
    "DELETE /api/patients/todos/t1": () => new Response(null, { status: 204 }),
    "POST /api/patients/entries/a/todos": () => json({ ...item, id: "t2" }),
  });
  await show(<Page />);
  await screen.findByText(/^Ward A/);
  await actions.deleteTodo(entry, item);
  await userEvent.click(await screen.findByRole("button", { name: "Undo" }));
  await waitFor(() =>
    expect(calls.find((call) => call.method === "POST")?.body).toEqual({
      text: "Bloods",
      owner: "ann",
      due: "",
    }),
  );
});
