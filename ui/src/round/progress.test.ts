import { describe, expect, it } from "vitest";
import type { Entry, Round } from "../api/gen";
import { nextUnseen, progressOf, step } from "./progress";

const entry = (id: string) => ({ id }) as Entry;
const seen = { by: "p1", at: "2026-11-23T08:00:00Z" };

function round(order: string[], seenIds: string[]): Round {
  return {
    id: "r1",
    list: "l1",
    by: "p1",
    started: "2026-11-23T07:55:00Z",
    order,
    seen: Object.fromEntries(seenIds.map((id) => [id, seen])),
  };
}

describe("a round", () => {
  it("counts whom was seen of those on the list", () => {
    const p = progressOf(round(["a", "b", "c"], ["a"]), ["a", "b", "c"].map(entry));
    expect(p).toEqual({ order: ["a", "b", "c"], seen: 1, total: 3, left: ["b", "c"] });
  });

  it("drops a patient who left, and misses nobody who joined", () => {
    const p = progressOf(round(["a", "b", "c"], ["b"]), ["c", "d", "a"].map(entry));
    expect(p).toEqual({ order: ["a", "c", "d"], seen: 0, total: 3, left: ["a", "c", "d"] });
  });

  it.each([
    ["begins at the first who was not seen", undefined, ["a"], "b"],
    ["goes on below", "b", ["a", "b"], "c"],
    ["passes those who were seen", "a", ["b"], "c"],
    ["comes back to whom was skipped", "d", ["b", "c", "d"], "a"],
    ["ends when all were seen", "d", ["a", "b", "c", "d"], undefined],
  ])("%s", (_, after, done, want) => {
    const p = progressOf(round(["a", "b", "c", "d"], done), ["a", "b", "c", "d"].map(entry));
    expect(nextUnseen(p, after)).toBe(want);
  });

  it.each([
    ["a", 1, "b"],
    ["a", -1, "a"],
    ["c", 1, "c"],
  ] as const)("steps from %s by %d to %s, and stays at the ends", (from, by, want) => {
    expect(step(progressOf(round(["a", "b", "c"], []), ["a", "b", "c"].map(entry)), from, by)).toBe(want);
  });
});
