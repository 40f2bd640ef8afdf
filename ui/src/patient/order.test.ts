import { describe, expect, it } from "vitest";
import { neighboursOf, readOrder } from "./order";

describe("the order of a list", () => {
  it.each([
    ["kept", '["a","b"]', ["a", "b"]],
    ["none", null, []],
    ["broken", '["a"', []],
    ["of another shape", '{"a":1}', []],
    ["with other things in it", '["a",1,null]', ["a"]],
  ])("%s", (_, kept, want) => {
    const storage = { getItem: (key: string) => (key === "wb.order.l1" ? kept : null) } as Storage;
    expect(readOrder("l1", storage)).toEqual(want);
  });

  it.each([
    [
      "in the order that was shown",
      "b",
      ["c", "b", "a"],
      ["a", "b", "c"],
      { previous: "c", next: "a", place: 2, total: 3 },
    ],
    [
      "within the filter that was shown",
      "a",
      ["c", "a"],
      ["a", "b", "c"],
      { previous: "c", place: 2, total: 2 },
    ],
    ["without those who left", "c", ["c", "x", "a"], ["a", "b", "c"], { next: "a", place: 1, total: 2 }],
    [
      "by the server's order when nothing was shown",
      "b",
      [],
      ["a", "b", "c"],
      { previous: "a", next: "c", place: 2, total: 3 },
    ],
    [
      "by the server's order when the patient was filtered out",
      "b",
      ["c", "a"],
      ["a", "b"],
      { previous: "a", place: 2, total: 2 },
    ],
    ["before the list is known", "a", ["a", "b"], undefined, { next: "b", place: 1, total: 2 }],
    ["nowhere", "z", ["a"], ["a"], { place: 0, total: 1 }],
  ])("finds neighbours %s", (_, entry, kept, standing, want) => {
    expect(neighboursOf(entry, kept, standing)).toEqual(want);
  });
});
