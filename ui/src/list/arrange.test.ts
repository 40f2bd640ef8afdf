import { describe, expect, it } from "vitest";
import type { Entry, ListView, View } from "../api/gen";
import { arrange, isFiltered, type Line, nextSort, shownColumns, sortOf, waiting, without } from "./arrange";
import { applyEvent, indexMarks } from "./model";
import { sampleCell, sampleColumns, sampleEntry, sampleMark, sampleView } from "./testing/sample";

const none = indexMarks([]);

function keys(lines: Line[]): string[] {
  return lines.map((l) =>
    l.kind === "entry" ? l.id : l.kind === "bed" ? `bed ${l.bed}` : `${l.value || "-"}:${l.count}`,
  );
}

function order(data: ListView, view: View = {}, marks = none): string[] {
  return keys(arrange(data, marks, view, "en").lines);
}

function entry(
  id: string,
  bed: string,
  cells: Entry["cells"] = {},
  identity: Partial<Entry["identity"]> = {},
): Entry {
  const base = sampleEntry(id);
  return { ...base, bed, cells, identity: { ...base.identity, ...identity } };
}

describe("the order of rows", () => {
  it("is by bed, numbers as numbers, no bed last (PAL-0630, PAL-0640)", () => {
    const data = sampleView([entry("x", ""), entry("b10", "A-10"), entry("b2", "A-2"), entry("b1", "a-1")]);
    expect(order(data)).toEqual(["b1", "b2", "b10", "x"]);
  });

  it("has unoccupied beds in their places, and hides them when asked (PAL-0650…0670)", () => {
    const data = sampleView([entry("one", "1"), entry("three", "3"), entry("none", "")], {
      unoccupied: ["2", "4"],
    });
    expect(order(data)).toEqual(["one", "bed 2", "three", "bed 4", "none"]);
    expect(order({ ...data, list: { ...data.list, hideUnoccupied: true } })).toEqual([
      "one",
      "three",
      "none",
    ]);
    expect(order(data, { sort: "-bed" })).toEqual(["bed 4", "three", "bed 2", "one", "none"]);
    expect(order(data, { sort: "name" }).slice(-2)).toEqual(["bed 2", "bed 4"]);
  });

  it("puts the gravest first, and no severity last either way", () => {
    const data = sampleView([
      entry("s", "1", { severity: sampleCell("stable") }),
      entry("n", "2"),
      entry("u", "3", { severity: sampleCell("unstable") }),
      entry("w", "4", { severity: sampleCell("watcher") }),
    ]);
    expect(order(data, { sort: "severity" })).toEqual(["u", "w", "s", "n"]);
    expect(order(data, { sort: "-severity" })).toEqual(["s", "w", "u", "n"]);
  });

  it("compares measurements as numbers", () => {
    const hr = (value: number) => ({
      hr: sampleCell("", { items: [{ id: "0", text: `${value} /min`, value, current: true }] }),
    });
    const data = sampleView([
      entry("fast", "1", hr(110)),
      entry("slow", "2", hr(58)),
      entry("mid", "3", hr(72)),
    ]);
    expect(order(data, { sort: "hr" })).toEqual(["slow", "mid", "fast"]);
  });

  it("sorts names without regard to case and accents, then by bed", () => {
    const named = (id: string, bed: string, family: string) => entry(id, bed, {}, { family, given: "A" });
    const data = sampleView([named("z", "1", "Zola"), named("e2", "9", "élan"), named("e1", "2", "Elan")]);
    expect(order(data, { sort: "name" })).toEqual(["e1", "e2", "z"]);
  });

  it("goes up, down, and by bed again at the third click", () => {
    expect(nextSort("", "hr")).toBe("hr");
    expect(nextSort("hr", "hr")).toBe("-hr");
    expect(nextSort("-hr", "hr")).toBe("");
    expect(nextSort("", "bed")).toBe("-bed");
    expect(nextSort("-bed", "bed")).toBe("");
    expect(sortOf("", "bed")).toBe("ascending");
    expect(sortOf("-hr", "hr")).toBe("descending");
    expect(sortOf("-hr", "bed")).toBeUndefined();
  });
});

describe("filters (PAL-0750, PAL-0760)", () => {
  const data = sampleView([
    entry(
      "a",
      "1",
      { summary: sampleCell("Pneumonie"), severity: sampleCell("stable") },
      { family: "Müller" },
    ),
    entry(
      "b",
      "2",
      { todo: sampleCell("", { items: [{ id: "t", text: "Bloods", current: true }] }) },
      { family: "Chen" },
    ),
    entry("c", "3", {
      owner: sampleCell("Resident", { items: [{ id: "o", text: "Resident", owner: "ben", current: true }] }),
    }),
  ]);

  it.each<[string, View["filter"], string[]]>([
    ["a name, accents or not", { text: "muller" }, ["a"]],
    ["words anywhere in the row", { text: "pneum MÜLL" }, ["a"]],
    ["a number", { text: "mrn-b" }, ["b"]],
    ["severity", { severity: ["stable", "unstable"] }, ["a"]],
    ["open to-dos", { openTodo: true }, ["b"]],
    ["the owner", { owner: "ben" }, ["c"]],
    ["no match", { text: "nobody" }, []],
    ["nothing", {}, ["a", "b", "c"]],
  ])("by %s", (_, filter, ids) => {
    const result = arrange(data, none, { filter: filter ?? {} }, "en");
    expect(keys(result.lines)).toEqual(ids);
    expect(result.hidden).toBe(3 - ids.length);
  });

  it("by what changed, and by who was not seen in the round", () => {
    expect(order(data, { filter: { changed: true } }, indexMarks([sampleMark("b", "todo")]))).toEqual(["b"]);
    const round = {
      id: "r",
      list: "ward",
      by: "ann",
      started: "",
      order: [],
      seen: { a: { by: "ann", at: "" } },
    };
    expect(order({ ...data, round }, { filter: { unseen: true } })).toEqual(["b", "c"]);
  });

  it("are said to be active only when they are", () => {
    expect(isFiltered(undefined)).toBe(false);
    expect(isFiltered({ text: "  ", severity: [] })).toBe(false);
    expect(isFiltered({ openTodo: true })).toBe(true);
  });

  it("hide unoccupied beds too: they match nothing", () => {
    expect(order({ ...data, unoccupied: ["4"] }, { filter: { text: "chen" } })).toEqual(["b"]);
  });
});

describe("groups", () => {
  const data = sampleView([
    entry("a", "1", { severity: sampleCell("stable"), "custom:1": sampleCell("Low") }),
    entry("b", "2", { severity: sampleCell("unstable"), "custom:1": sampleCell("High") }),
    entry("c", "3", { severity: sampleCell("stable") }),
    entry("d", "4"),
  ]);

  it("by severity, gravest first, none last", () => {
    expect(order(data, { group: "severity" })).toEqual(["unstable:1", "b", "stable:2", "a", "c", "-:1", "d"]);
  });

  it("by a custom choice, in the order of the choices", () => {
    const custom = {
      key: "custom:1",
      group: "custom",
      label: "Risk",
      type: "choice",
      choices: ["High", "Low"],
    };
    const withCustom = { ...data, columns: [...sampleColumns, custom] };
    expect(order(withCustom, { group: "custom:1" })).toEqual(["High:1", "b", "Low:1", "a", "-:2", "c", "d"]);
  });
});

describe("rows hold still", () => {
  const data = sampleView([entry("b", "2"), entry("c", "3"), entry("d", "4")]);
  const held = arrange(data, none, {}, "en");
  const now = (changed: ListView) => waiting(held, arrange(changed, none, {}, "en"), changed);

  it("says that one is new when someone adds bed 1, and that nothing moved", () => {
    const added = applyEvent(data, { kind: "entry", seq: 11, entry: "a", whole: entry("a", "1") });
    expect(now(added as ListView)).toEqual({ added: ["a"], moved: false });
  });

  it("says that the order changed when a bed did", () => {
    const moved = applyEvent(data, { kind: "entry", seq: 11, entry: "b", whole: entry("b", "9") });
    expect(now(moved as ListView)).toEqual({ added: [], moved: true });
  });

  it("does not take for a move that someone left", () => {
    const left = applyEvent(data, { kind: "removed", seq: 11, entry: "c" });
    expect(now(left as ListView)).toEqual({ added: [], moved: false });
  });

  it("says that the order changed when a row no longer matches the filter", () => {
    const filter = { severity: ["stable"] };
    const before = sampleView([entry("a", "1", { severity: sampleCell("stable") })]);
    const after = sampleView([entry("a", "1", { severity: sampleCell("unstable") })]);
    const [was, is] = [arrange(before, none, { filter }, "en"), arrange(after, none, { filter }, "en")];
    expect(waiting(was, is, after)).toEqual({ added: [], moved: true });
  });

  it("takes out at once only those whom the person took off", () => {
    expect(keys(without(held, new Set(["c"])).lines)).toEqual(["b", "d"]);
  });
});

describe("columns", () => {
  it("are a person's own choice in that order, without those that are gone", () => {
    const view = { columns: ["hr", "gone", "severity"] };
    expect(shownColumns({ columns: sampleColumns, view }).map((c) => c.key)).toEqual(["hr", "severity"]);
    expect(shownColumns({ columns: sampleColumns, view: {} })).toBe(sampleColumns);
  });
});
