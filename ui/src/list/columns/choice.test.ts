import { describe, expect, it } from "vitest";
import type { Column } from "../../api/gen";
import { available, choicesOf, customKey, move, withCustom } from "./choice";

const column = (key: string, group: string, label?: string): Column => ({ key, group, label });
const catalogue = [
  column("hr", "vitals"),
  column("bp", "vitals"),
  column("gender", "identity"),
  column("todo", "own"),
];
const label = (c: Column) =>
  c.label ?? { hr: "Heart rate", bp: "Blood pressure", gender: "Gender", todo: "To-dos" }[c.key] ?? c.key;

describe("columns that can be chosen", () => {
  it("stand in their groups, without those that are chosen", () => {
    const free = available(catalogue, [column("bp", "vitals")], "", label);
    expect(free.map(([group, columns]) => [group, columns.map((c) => c.key)])).toEqual([
      ["identity", ["gender"]],
      ["vitals", ["hr"]],
      ["own", ["todo"]],
    ]);
  });

  it("are found by words anywhere in their name", () => {
    expect(available(catalogue, [], "RATE hea", label)).toEqual([["vitals", [catalogue[0]]]]);
    expect(available(catalogue, [], "nothing", label)).toEqual([]);
  });

  it("have the custom columns of every set once", () => {
    const risk = column("custom:1", "custom", "Risk");
    expect(withCustom(catalogue, [[risk], [risk, column("hr", "vitals")]])).toEqual([...catalogue, risk]);
  });
});

it.each([
  [0, 2, "bca"],
  [2, 0, "cab"],
  [0, -1, "abc"],
  [1, 9, "acb"],
])("moves a column from %i to %i", (from, to, want) => {
  const chosen = ["a", "b", "c"].map((key) => column(key, "own"));
  expect(
    move(chosen, from, to)
      .map((c) => c.key)
      .join(""),
  ).toBe(want);
});

it("makes keys that the server takes", () => {
  expect(customKey(() => "0b2e-11")).toBe("custom:0b2e11");
  expect(customKey()).toMatch(/^custom:[A-Za-z0-9_-]{1,40}$/);
});

it("reads choices one a line, each once", () => {
  expect(choicesOf(" High \n\nLow\nHigh")).toEqual(["High", "Low"]);
});
