import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import type { Cell, ListView } from "../api/gen";
import { show } from "../test/render";
import { json, problem, serve, stream } from "../test/server";
import type { FieldValue } from "./context";
import { firstItem } from "./model";
import { sampleCell, sampleEntry, sampleView } from "./testing/sample";
import { type Surfaces, useActions } from "./useActions";
import { type LiveList, useList } from "./useList";

let save: (value: FieldValue) => Promise<boolean>;

function Cells({ live, data }: { live: LiveList; data: ListView }) {
  const { actions, conflict } = useActions(live, {} as Surfaces);
  const [entry, column] = [data.entries[0], data.columns[0]];
  const cell = entry?.cells.severity;
  save = async (value) =>
    entry !== undefined && column !== undefined && actions.saveField(entry, column, value, cell?.seq ?? 0);
  return <output>{`${live.stream}: ${firstItem(cell)?.text}${conflict ? ", in conflict" : ""}`}</output>;
}

function Page() {
  const live = useList("ward");
  return live.data ? <Cells live={live} data={live.data} /> : null;
}

// ward is a server of a list with one cell, which answers when it is let.
async function ward() {
  const kept = { text: "stable", seq: 5 };
  const answers: (() => void)[] = [];
  let fails = false;
  const cell = (): Cell => sampleCell(kept.text, { seq: kept.seq });
  const calls = serve({
    "GET /api/patients/lists/ward": () =>
      json(sampleView([sampleEntry("a", { cells: { severity: cell() } })])),
    "GET /api/patients/lists/ward/stream": () => stream().response,
    "PUT /api/patients/entries/a/fields/severity": async ({ body }) => {
      await new Promise<void>((resolve) => answers.push(resolve));
      const { base, value } = body as { base: number; value: string };
      if (fails) return problem(500, "internal");
      if (kept.seq > base) return problem(412, "conflict", { current: cell() });
      Object.assign(kept, { text: value, seq: kept.seq + 1 });
      return json(cell());
    },
  });
  await show(<Page />);
  const says = (text: string) => screen.findByText(text);
  await says("live: stable");
  return {
    kept,
    says,
    bases: () => calls.filter((c) => c.method === "PUT").map((c) => (c.body as { base: number }).base),
    answer: async (how: { fail: boolean } = { fail: false }) => {
      await expect.poll(() => answers.length).toBe(1);
      fails = how.fail;
      answers.shift()?.();
    },
  };
}

it("saves a second choice over the first of the same person, and shows it meanwhile", async () => {
  const { kept, says, bases, answer } = await ward();
  const saves = [save("watcher"), save("unstable")];
  await says("live: unstable");
  await answer();
  expect(await saves[0]).toBe(true);
  await says("live: unstable");
  await answer();
  expect(await saves[1]).toBe(true);
  await says("live: unstable");
  expect(bases()).toEqual([5, 6]);
  expect(kept).toEqual({ text: "unstable", seq: 7 });
});

it("shows what is kept when a second choice is not saved, and not the first when neither is", async () => {
  const { says, answer } = await ward();
  const saves = [save("watcher"), save("unstable")];
  await says("live: unstable");
  await answer();
  await answer({ fail: true });
  expect(await Promise.all(saves)).toEqual([true, false]);
  await says("live: watcher");
  const more = [save("stable"), save("unstable")];
  await answer({ fail: true });
  await answer({ fail: true });
  expect(await Promise.all(more)).toEqual([false, false]);
  await says("live: watcher");
});
