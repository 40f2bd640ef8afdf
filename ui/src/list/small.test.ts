import { describe, expect, it } from "vitest";
import type { Item, NameAlert } from "../api/gen";
import { arrange } from "./arrange";
import { isAged } from "./context";
import { markedCells, step } from "./marksWalk";
import { indexMarks } from "./model";
import { difference, warningsByEntry } from "./names";
import { pageRules } from "./print";
import { isLate } from "./TodoCell";
import { sampleEntry, sampleMark, sampleView } from "./testing/sample";
import { shownCell } from "./useActions";
import { partOf } from "./useWindow";

describe("names that are alike (PAL-0540…0570)", () => {
  it.each([
    ["Maria", "Mario", ["Mari", "a"]],
    ["Ann", "Anna", ["Ann", ""]],
    ["Zoë", "Zoe", ["Zo", "ë"]],
    ["same", "SAME", ["same", ""]],
  ])("%s differs from %s at its first other letter", (mine, theirs, want) => {
    expect(difference(mine, theirs)).toEqual(want);
  });

  it("warn of the same name rather than of a similar one", () => {
    const alerts: NameAlert[] = [
      { kind: "similar", entries: ["a", "b"], differs: "given" },
      { kind: "same", entries: ["a", "c"], differs: "born" },
    ];
    const warnings = warningsByEntry(alerts);
    expect(warnings.get("a")).toEqual({ kind: "same", differs: "born", others: ["c"] });
    expect(warnings.get("b")).toEqual({ kind: "similar", differs: "given", others: ["a"] });
    expect(warnings.get("d")).toBeUndefined();
  });
});

describe("the walk along marks", () => {
  const data = sampleView([sampleEntry("a", { bed: "1" }), sampleEntry("b", { bed: "2" })]);
  const marks = indexMarks([
    sampleMark("b", "bed"),
    sampleMark("a", "todo"),
    sampleMark("a", "hr"),
    sampleMark("a", "gp"),
  ]);
  const cells = markedCells(arrange(data, marks, {}, "en").lines, data.columns, marks);

  it("goes row by row, the row keys first, without columns that are not shown", () => {
    expect(cells).toEqual(["a hr", "a todo", "b bed"]);
  });

  it("goes on, back, and round the ends", () => {
    expect(step(cells, undefined, 1)).toBe("a hr");
    expect(step(cells, undefined, -1)).toBe("b bed");
    expect(step(cells, "a hr", 1)).toBe("a todo");
    expect(step(cells, "b bed", 1)).toBe("a hr");
    expect(step(cells, "seen meanwhile", 1)).toBe("a hr");
    expect(step([], undefined, 1)).toBeUndefined();
  });
});

describe("the part of many rows that is in the document", () => {
  const heights = Array.from({ length: 10 }, () => 100);
  it.each([
    [-500, 250, { from: 0, to: 3, before: 0, after: 700 }],
    [250, 450, { from: 2, to: 5, before: 200, after: 500 }],
    [350, 450, { from: 2, to: 5, before: 200, after: 500 }],
    [900, 5000, { from: 8, to: 10, before: 800, after: 0 }],
  ])("from %i to %i", (top, bottom, want) => {
    expect(partOf(heights, top, bottom)).toEqual(want);
  });
});

describe("a to-do is late", () => {
  const now = new Date("2026-11-28T03:00:00Z");
  const todo = (more: Partial<Item>): Item => ({ id: "t", text: "Bloods", current: true, ...more });
  it.each<[string, Partial<Item>, string, boolean]>([
    ["the day after", { due: "2026-11-27" }, "UTC", true],
    ["not on the day", { due: "2026-11-28" }, "UTC", false],
    ["not where it is still that day", { due: "2026-11-27" }, "America/Chicago", false],
    ["after its time", { due: "2026-11-28T02:59:00Z" }, "UTC", true],
    ["never when done", { due: "2020-01-01", done: true }, "UTC", false],
    ["never without a day", {}, "UTC", false],
  ])("%s", (_, more, zone, want) => {
    expect(isLate(todo(more), zone, now)).toBe(want);
  });
});

it.each([
  ["2026-11-28T08:30:00Z", false],
  ["2026-11-28T08:28:00Z", true],
  [undefined, false],
])("a value of %s says its age: %s", (asOf, want) => {
  expect(isAged({ status: "loaded", asOf }, "2026-11-28T08:30:00Z")).toBe(want);
});

it("shows what was saved before the server has said so", () => {
  const before = { status: "loaded" as const, seq: 4, items: [{ id: "x", text: "old", current: true }] };
  expect(shownCell({ key: "owner", group: "own", type: "person" }, "ben", before, "ann")).toEqual({
    status: "loaded",
    seq: 4,
    by: "ann",
    items: [{ id: "x", text: "ben", owner: "ben", current: true }],
  });
  expect(shownCell({ key: "summary", group: "own", type: "text" }, null, before, "ann").items).toEqual([]);
});

it("puts the number on every sheet, and lets the printer choose the paper", () => {
  const rules = pageRules("pocket", (page, pages) => `Page ${page} of "${pages}"`);
  expect(rules).toContain("size: portrait");
  expect(rules).toContain('content: "Page " counter(page) " of \\"" counter(pages) "\\""');
  expect(pageRules("table", () => "")).toContain("size: landscape");
});
