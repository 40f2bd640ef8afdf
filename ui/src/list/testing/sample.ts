import type { Cell, Column, Entry, ListView, Mark } from "../../api/gen";

/** Sample data for tests; no real person. */

export function sampleCell(text: string, more: Partial<Cell> = {}): Cell {
  return { status: "loaded", items: text === "" ? [] : [{ id: "0", text, current: true }], seq: 1, ...more };
}

export function sampleEntry(id: string, more: Partial<Entry> = {}): Entry {
  return {
    id,
    list: "ward",
    subject: { connection: "ehr", patient: `p-${id}` },
    identity: {
      family: `Family${id}`,
      given: "Given",
      born: "1951-03-04",
      gender: "female",
      mrn: `MRN-${id}`,
    },
    fingerprint: {},
    state: "ok",
    cells: {},
    addedBy: "ann",
    added: "2026-11-28T06:00:00Z",
    seq: 1,
    ...more,
  };
}

export function sampleMark(entry: string, column: string, more: Partial<Mark> = {}): Mark {
  return { entry, column, kind: "changed", seq: 2, at: "2026-11-28T08:00:00Z", ...more };
}

export const sampleColumns: Column[] = [
  { key: "severity", group: "own", type: "severity" },
  { key: "summary", group: "own", type: "text" },
  { key: "hr", group: "vitals", ehr: true, kind: "vitals" },
  { key: "problems", group: "problems", ehr: true, kind: "problems" },
  { key: "todo", group: "own", type: "todos" },
];

export function sampleView(entries: Entry[], more: Partial<ListView> = {}): ListView {
  return {
    list: {
      id: "ward",
      space: "space",
      channel: "general",
      name: "Ward A",
      location: "3 East",
      default: true,
      position: 0,
      patients: entries.length,
      hideUnoccupied: false,
      schema: "rounding",
      created: "2026-11-01T08:00:00Z",
      changed: "2026-11-28T08:00:00Z",
      createdBy: "ann",
      version: 1,
    },
    role: "member",
    columns: sampleColumns,
    schema: {
      id: "rounding",
      space: "space",
      name: "Rounding",
      columns: sampleColumns,
      builtIn: true,
      version: 1,
    },
    view: {},
    entries,
    marks: [],
    removed: [],
    names: [],
    refresh: { running: false, done: 0, total: 0, stale: false, every: 120, last: "2026-11-28T08:30:00Z" },
    people: { ann: "Charge nurse", ben: "Resident" },
    seq: 10,
    now: "2026-11-28T08:32:00Z",
    ...more,
  };
}
