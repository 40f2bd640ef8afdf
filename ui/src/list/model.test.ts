import { describe, expect, it } from "vitest";
import type { Event, ListView } from "../api/gen";
import {
  applyEvent,
  cellText,
  commonUnits,
  countMarks,
  indexMarks,
  leftBy,
  missedReading,
  removedItems,
} from "./model";
import { sampleCell, sampleEntry, sampleMark, sampleView } from "./testing/sample";

const view = sampleView([
  sampleEntry("a"),
  sampleEntry("b", { cells: { summary: sampleCell("old", { seq: 9 }) } }),
]);

function event(kind: string, more: Partial<Event> = {}): Event {
  return { kind, seq: 11, ...more };
}

describe("a message of the stream", () => {
  it("puts a new value in its cell and leaves other rows the same object", () => {
    const mark = sampleMark("b", "summary", { old: "old", new: "new" });
    const cell = sampleCell("new", { seq: 11 });
    const now = applyEvent(view, event("cell", { entry: "b", column: "summary", cell, marks: [mark] }));
    expect(now?.entries[1]?.cells.summary).toEqual(cell);
    expect(now?.entries[0]).toBe(view.entries[0]);
    expect(now?.marks).toEqual([mark]);
    expect(now?.seq).toBe(11);
  });

  it("changes nothing when a newer read has it already", () => {
    const cell = sampleCell("stale", { seq: 10 });
    expect(applyEvent(view, event("cell", { seq: 10, entry: "b", column: "summary", cell }))).toBe(view);
  });

  it("takes a value that has no number of its own: only its age is new", () => {
    const cell = sampleCell("old", { seq: 9, asOf: "2026-11-28T08:31:00Z" });
    const now = applyEvent(view, event("cell", { seq: 0, entry: "b", column: "summary", cell }));
    expect(now?.entries[1]?.cells.summary?.asOf).toBe("2026-11-28T08:31:00Z");
    expect(now?.seq).toBe(view.seq);
  });

  it("does not let an older value overtake a newer one", () => {
    const cell = sampleCell("older", { seq: 8 });
    const now = applyEvent(view, event("cell", { seq: 0, entry: "b", column: "summary", cell }));
    expect(cellText(now?.entries[1]?.cells.summary)).toBe("old");
  });

  // What is left of a cell's to-dos has older numbers than the one that was deleted, which stayed to be seen.
  it("takes off a to-do that somebody else deleted", () => {
    const todo = (seq: number, text = "") => sampleCell(text, { seq });
    const before = sampleView([sampleEntry("a", { cells: { todo: todo(10, "Weigh daily") } })]);
    const now = applyEvent(before, event("cell", { entry: "a", column: "todo", cell: todo(0) }));
    expect(cellText(now?.entries[0]?.cells.todo)).toBe("");
    const own = sampleView([sampleEntry("a", { cells: { todo: todo(12, "Mine") } })]);
    const later = applyEvent(own, event("cell", { entry: "a", column: "todo", cell: todo(0) }));
    expect(cellText(later?.entries[0]?.cells.todo)).toBe("Mine");
  });

  it("takes no value of the record that its entry was linked to before", () => {
    const whole = sampleEntry("b", {
      cells: { identity: sampleCell("New", { seq: 12 }), hr: sampleCell("", { seq: 0 }) },
    });
    const linked = applyEvent(view, event("entry", { seq: 12, entry: "b", whole })) as ListView;
    const hr = (identity: number) =>
      event("cell", { seq: 0, entry: "b", column: "hr", identity, cell: sampleCell("72", { seq: 9 }) });
    expect(cellText(applyEvent(linked, hr(5))?.entries[1]?.cells.hr)).toBe("");
    expect(cellText(applyEvent(linked, hr(12))?.entries[1]?.cells.hr)).toBe("72");
  });

  it("adds a patient after the others, and changes one in place", () => {
    const added = applyEvent(view, event("entry", { entry: "c", whole: sampleEntry("c", { bed: "0" }) }));
    expect(added?.entries.map((e) => e.id)).toEqual(["a", "b", "c"]);
    const moved = applyEvent(view, event("entry", { entry: "a", whole: sampleEntry("a", { bed: "9" }) }));
    expect(moved?.entries.map((e) => [e.id, e.bed])).toEqual([
      ["a", "9"],
      ["b", undefined],
    ]);
  });

  it("takes a patient off with the marks, and keeps who left", () => {
    const removed = { entry: "a", name: "FAMILYA, Given", by: "ben", at: "2026-11-28T08:31:00Z", seq: 11 };
    const before = { ...view, marks: [sampleMark("a", "hr"), sampleMark("b", "hr")] };
    const now = applyEvent(before, event("removed", { entry: "a", removed }));
    expect(now?.entries.map((e) => e.id)).toEqual(["b"]);
    expect(now?.marks.map((m) => m.entry)).toEqual(["b"]);
    expect(now?.removed).toEqual([removed]);
  });

  it("counts nobody among those who left who is back", () => {
    const removed = { entry: "a", name: "FAMILYA, Given", by: "ben", at: "2026-11-28T08:31:00Z", seq: 11 };
    const without = applyEvent(view, event("removed", { entry: "a", removed }));
    const back = event("entry", { seq: 12, entry: "a", whole: sampleEntry("a") });
    const now = without && applyEvent(without, back);
    expect(now?.entries.map((e) => e.id)).toEqual(["b", "a"]);
    expect(now?.removed).toEqual([]);
  });

  it("tells how asking the EHR goes, and which names are alike", () => {
    const refresh = { running: true, done: 3, total: 9, stale: false, every: 120 };
    expect(applyEvent(view, event("refresh", { seq: 0, refresh }))?.refresh).toEqual(refresh);
    const names = [{ kind: "same", entries: ["a", "b"], differs: "born" }];
    expect(applyEvent(view, event("names", { seq: 0, names }))?.names).toEqual(names);
  });

  it("ends a round when it holds none", () => {
    const round = { id: "r", list: "ward", by: "ann", started: "", order: ["a"], seen: {} };
    expect(applyEvent({ ...view, round }, event("round", { seq: 0 }))?.round).toBeUndefined();
  });

  it.each(["list", "reset"])("asks for the list again: %s", (kind) => {
    expect(applyEvent(view, event(kind))).toBeUndefined();
  });

  it.each(["hello", "ping", "a kind of a later version"])("changes nothing: %s", (kind) => {
    expect(applyEvent(view, event(kind))).toBe(view);
  });
});

it("knows that the EHR was read while nobody listened", () => {
  const refresh = (last: string | undefined) => event("refresh", { refresh: { ...view.refresh, last } });
  expect(missedReading(view, refresh(view.refresh.last))).toBe(false);
  expect(missedReading(view, refresh("2026-11-28T08:31:30Z"))).toBe(true);
  expect(missedReading(view, event("hello"))).toBe(false);
});

describe("marks (PAL-0880…0980)", () => {
  it("of a message take the place of those of the same cell, and leave all others", () => {
    const [other, gone] = [sampleMark("b", "hr"), sampleMark("a", "problems", { item: "p0" })];
    const before = { ...view, marks: [other, gone] };
    const added = sampleMark("a", "problems", { item: "p1", kind: "added", seq: 11 });
    const message = event("cell", {
      entry: "a",
      column: "problems",
      cell: sampleCell("x", { seq: 11 }),
      marks: [added],
    });
    expect(applyEvent(before, message)?.marks).toEqual([other, added]);
  });

  it("go when the message has none: one has changed the cell oneself, or it is as it was", () => {
    const before = { ...view, marks: [sampleMark("a", "hr"), sampleMark("a", "bed")] };
    const message = event("cell", { entry: "a", column: "hr", cell: sampleCell("70", { seq: 11 }) });
    expect(applyEvent(before, message)?.marks).toEqual([sampleMark("a", "bed")]);
    const whole = event("entry", { entry: "a", whole: sampleEntry("a") });
    expect(applyEvent(before, whole)?.marks).toEqual([]);
  });

  it("stay when only the age of a value is new", () => {
    const before = { ...view, marks: [sampleMark("a", "hr")] };
    const message = event("cell", { seq: 0, entry: "a", column: "hr", cell: sampleCell("70") });
    expect(applyEvent(before, message)?.marks).toEqual(before.marks);
  });

  it("are sorted to their cells, and a row without a new mark keeps its map", () => {
    const [one, two] = [sampleMark("a", "hr"), sampleMark("b", "hr")];
    const before = indexMarks([one, two]);
    const now = indexMarks([one, two, sampleMark("b", "todo", { item: "t" })], before);
    expect(now.get("a")).toBe(before.get("a"));
    expect(now.get("b")).not.toBe(before.get("b"));
    expect([...(now.get("b")?.keys() ?? [])]).toEqual(["hr", "todo"]);
  });

  it("are counted apart where their column is not among those a person chose; the row key always is", () => {
    const marks = [sampleMark("a", "hr"), sampleMark("a", "bed"), sampleMark("a", "gp")];
    expect(countMarks(marks, ["hr"])).toEqual({ shown: 2, elsewhere: 1 });
  });

  it("keep what was removed from a sub-list to be seen", () => {
    const gone = sampleMark("a", "problems", { item: "p1", kind: "removed", old: "Pneumonia" });
    expect(removedItems([gone, sampleMark("a", "problems", { item: "p2" })])).toEqual([gone]);
  });

  it("say who left, but not whom one took off oneself", () => {
    const by = (person: string) => ({ entry: person, name: "", by: person, at: "", seq: 1 });
    expect(leftBy([by("ann"), by("ben")], "ann")).toEqual([by("ben")]);
  });
});

it("puts a unit in a column's head only where all values are in it", () => {
  const temp = (unit: string) =>
    sampleCell("", { items: [{ id: "0", text: "1", value: 1, unit, current: true }] });
  const entries = [
    sampleEntry("a", { cells: { temp: temp("°C"), hr: temp("/min"), pain: temp("") } }),
    sampleEntry("b", { cells: { temp: temp("°F"), hr: temp("/min") } }),
    sampleEntry("c"),
  ];
  expect(commonUnits(entries, ["temp", "hr", "pain", "bp"])).toEqual({ hr: "/min" });
});
