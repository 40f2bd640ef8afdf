import type { Column, Entry, Filter, ListView, View } from "../api/gen";
import { type Severity, severities } from "../common/value";
import { cellText, firstItem, type MarkIndex } from "./model";

/** A line of the table: a patient, a bed without one, or the head of a group. */
export type Line =
  | { kind: "entry"; id: string }
  | { kind: "bed"; bed: string }
  | { kind: "group"; value: string; count: number };

/** The lines in their order, and how many patients a filter hides. */
export interface Arrangement {
  lines: Line[];
  hidden: number;
}

/**
 * Puts a list's patients in order as a person wants them. The page calls it
 * when it opens and when the person asks, never because something happened:
 * a row must not move under a finger.
 */
export function arrange(data: ListView, marks: MarkIndex, view: View, locale: string): Arrangement {
  const shown = data.entries.filter((e) => matches(e, view.filter, data, marks));
  const sorted = [...shown].sort(comparer(view.sort, locale));
  const lines = view.group ? grouped(sorted, view.group, data, locale) : sorted.map(toLine);
  const beds = data.list.hideUnoccupied || isFiltered(view.filter) ? [] : (data.unoccupied ?? []);
  return { lines: withBeds(lines, beds, data, view, locale), hidden: data.entries.length - shown.length };
}

function toLine(entry: Entry): Line {
  return { kind: "entry", id: entry.id };
}

/** Whether anything is filtered: said loudly above the list (PAL-0760). */
export function isFiltered(filter: Filter | undefined): boolean {
  return Boolean(
    filter &&
      (filter.text?.trim() ||
        filter.severity?.length ||
        filter.owner ||
        filter.changed ||
        filter.openTodo ||
        filter.unseen),
  );
}

function matches(entry: Entry, filter: Filter | undefined, data: ListView, marks: MarkIndex): boolean {
  if (!filter) {
    return true;
  }
  const severity = firstItem(entry.cells.severity)?.text ?? "";
  return (
    matchesText(entry, filter.text) &&
    (!filter.severity?.length || filter.severity.includes(severity)) &&
    (!filter.owner || ownerOf(entry) === filter.owner) &&
    (!filter.changed || marks.has(entry.id)) &&
    (!filter.openTodo || (entry.cells.todo?.items ?? []).some((i) => !i.done)) &&
    (!filter.unseen || data.round?.seen[entry.id] === undefined)
  );
}

/** Every word must be somewhere in the row. */
function matchesText(entry: Entry, text: string | undefined): boolean {
  const words = fold(text ?? "")
    .split(/\s+/)
    .filter(Boolean);
  if (words.length === 0) {
    return true;
  }
  const { family, given, text: whole, preferred, mrn, born } = entry.identity;
  const row = fold(
    [entry.bed, family, given, whole, preferred, mrn, born, ...Object.values(entry.cells).map(cellText)].join(
      " ",
    ),
  );
  return words.every((word) => row.includes(word));
}

/** Without accents, in one width and case. */
export function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

export function ownerOf(entry: Entry): string {
  const item = firstItem(entry.cells.owner);
  return item?.owner ?? item?.id ?? "";
}

type Compare = (a: Entry, b: Entry) => number;

/** Empty values stand last whichever way a column is sorted; equal ones in bed order. */
function comparer(sort: string | undefined, locale: string): Compare {
  const down = sort?.startsWith("-") ?? false;
  const key = (down ? sort?.slice(1) : sort) || "bed";
  const collator = new Intl.Collator(locale, { numeric: true, sensitivity: "base" });
  const valueAt = sortValue(key);
  const byBed = compareBy(sortValue("bed"), collator, false);
  const byName = compareBy(sortValue("name"), collator, false);
  const byKey = compareBy(valueAt, collator, down);
  return (a, b) => byKey(a, b) || byBed(a, b) || byName(a, b) || (a.id < b.id ? -1 : 1);
}

type Value = string | number | undefined;

function compareBy(valueAt: (e: Entry) => Value, collator: Intl.Collator, down: boolean): Compare {
  return (a, b) => {
    const [x, y] = [valueAt(a), valueAt(b)];
    if (x === undefined || y === undefined) {
      return Number(x === undefined) - Number(y === undefined);
    }
    const order =
      typeof x === "number" && typeof y === "number" ? x - y : collator.compare(String(x), String(y));
    return down ? -order : order;
  };
}

function sortValue(key: string): (e: Entry) => Value {
  switch (key) {
    case "bed":
      return (e) => e.bed || undefined;
    case "name":
      return (e) =>
        [e.identity.family ?? e.identity.text, e.identity.given].filter(Boolean).join(" ") || undefined;
    case "severity":
      return (e) => {
        const rank = severities.indexOf(firstItem(e.cells.severity)?.text as Severity);
        return rank < 0 ? undefined : rank;
      };
    case "todo":
      return (e) => (e.cells.todo?.items ?? []).filter((i) => !i.done).length || undefined;
    case "admitted":
    case "note":
      return (e) => firstItem(e.cells[key])?.time || cellText(e.cells[key]) || undefined;
    default:
      return (e) => {
        const first = firstItem(e.cells[key]);
        return first?.value ?? (cellText(e.cells[key]) || undefined);
      };
  }
}

function grouped(sorted: Entry[], group: string, data: ListView, locale: string): Line[] {
  const byValue = new Map<string, Entry[]>();
  for (const entry of sorted) {
    const value = groupValue(entry, group);
    byValue.set(value, [...(byValue.get(value) ?? []), entry]);
  }
  return [...byValue]
    .sort(([a], [b]) => groupOrder(group, data, locale)(a, b))
    .flatMap(([value, entries]): Line[] => [
      { kind: "group", value, count: entries.length },
      ...entries.map(toLine),
    ]);
}

/** What a patient is grouped under; "" is no value. */
function groupValue(entry: Entry, group: string): string {
  switch (group) {
    case "gender":
      return entry.identity.gender ?? "";
    case "owner":
      return ownerOf(entry);
    default:
      return firstItem(entry.cells[group])?.text ?? "";
  }
}

/** Severity gravest first, choices as they were set up, everything else by name; no value last. */
function groupOrder(group: string, data: ListView, locale: string): (a: string, b: string) => number {
  const fixed: readonly string[] =
    group === "severity" ? severities : (data.columns.find((c) => c.key === group)?.choices ?? []);
  const rank = (value: string) => (fixed.includes(value) ? fixed.indexOf(value) : fixed.length);
  const name = (value: string) => (group === "owner" ? (data.people[value] ?? value) : value);
  const collator = new Intl.Collator(locale, { numeric: true });
  return (a, b) =>
    Number(a === "") - Number(b === "") || rank(a) - rank(b) || collator.compare(name(a), name(b));
}

/** Puts empty beds between the patients where the list is in bed order, else after them (PAL-0650). */
function withBeds(lines: Line[], beds: string[], data: ListView, view: View, locale: string): Line[] {
  const empty = beds.map((bed): Line => ({ kind: "bed", bed }));
  const sort = view.sort || "bed";
  if (view.group || (sort !== "bed" && sort !== "-bed")) {
    return [...lines, ...empty];
  }
  const collator = new Intl.Collator(locale, { numeric: true, sensitivity: "base" });
  const bedOf = new Map(data.entries.map((e) => [e.id, e.bed ?? ""]));
  const bed = (line: Line) =>
    line.kind === "entry" ? (bedOf.get(line.id) ?? "") : line.kind === "bed" ? line.bed : "";
  const down = sort === "-bed" ? -1 : 1;
  return [...lines, ...empty].sort(
    (a, b) => Number(bed(a) === "") - Number(bed(b) === "") || down * collator.compare(bed(a), bed(b)),
  );
}

/** What would be otherwise if the list were put in order now. */
export interface Waiting {
  /** Patients that came since and are not shown yet. */
  added: string[];
  /** Whether those that are shown would stand otherwise, or not at all. */
  moved: boolean;
}

/** Compares the order that is held with the one that would be made now. Patients who left are no move. */
export function waiting(held: Arrangement, now: Arrangement, data: ListView): Waiting {
  const there = new Set(data.entries.map((e) => e.id));
  const ids = (a: Arrangement) =>
    a.lines.flatMap((l) => (l.kind === "entry" && there.has(l.id) ? [l.id] : []));
  const heldIds = ids(held);
  const known = new Set(heldIds);
  const nowIds = ids(now);
  const added = nowIds.filter((id) => !known.has(id));
  const still = nowIds.filter((id) => known.has(id));
  return { added, moved: still.length !== heldIds.length || still.some((id, i) => id !== heldIds[i]) };
}

/** Drops lines of patients that this person took off the list; all others keep their place. */
export function without(held: Arrangement, ids: ReadonlySet<string>): Arrangement {
  return { ...held, lines: held.lines.filter((l) => l.kind !== "entry" || !ids.has(l.id)) };
}

/** How a click on a column's head changes the order: up, down, then by bed again. */
export function nextSort(sort: string | undefined, key: string): string {
  if ((sort || "bed") === key) {
    return `-${key}`;
  }
  return sort === `-${key}` ? "" : key;
}

/** For aria-sort. */
export function sortOf(sort: string | undefined, key: string): "ascending" | "descending" | undefined {
  const current = sort || "bed";
  if (current === key) {
    return "ascending";
  }
  return current === `-${key}` ? "descending" : undefined;
}

/** The columns a person sees: their own choice, else the set of the list. Those that are gone are left out. */
export function shownColumns(data: Pick<ListView, "columns" | "view">): Column[] {
  const keys = data.view.columns;
  if (!keys || keys.length === 0) {
    return data.columns;
  }
  const byKey = new Map(data.columns.map((c) => [c.key, c]));
  return keys.flatMap((key) => byKey.get(key) ?? []);
}
