import { expect, it } from "vitest";
import { isColumn, pasteLimit, readNumbers } from "./paste";

it.each([
  ["a column", "A1001\nA1002\nA1003", ["A1001", "A1002", "A1003"]],
  ["lines of another system", "A1001\r\nA1002\r\n", ["A1001", "A1002"]],
  ["a row of a sheet", "A1001\tA1002", ["A1001", "A1002"]],
  [
    "numbers beside names and dates",
    "A1001\tSmith John\t1981-11-10\nA1002\tLee Ann\t1950-03-03",
    ["A1001", "A1002"],
  ],
  ["a heading and labels", "MRN\nMRN: 1001\n病歷號 1002", ["1001", "1002"]],
  ["the same number twice", "1001\n1001\n1002", ["1001", "1002"]],
  ["full-width digits", "１００１\n１００２", ["1001", "1002"]],
  ["nothing", "\n \n", []],
])("takes the numbers out of %s", (_, text, numbers) => {
  expect(readNumbers(text)).toEqual({ numbers, over: 0 });
});

it("says how many are over the limit", () => {
  const text = Array.from({ length: pasteLimit + 3 }, (_, i) => `N${i}`).join("\n");
  const { numbers, over } = readNumbers(text);
  expect([numbers.length, over]).toEqual([pasteLimit, 3]);
});

it.each([
  ["1001\n1002", true],
  ["1001\n", false],
  ["Smith\nJohn", false],
  ["Smith John", false],
])("knows a column of numbers from one search: %j", (text, want) => {
  expect(isColumn(text)).toBe(want);
});
