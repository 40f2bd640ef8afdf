import type { Cell, Entry, Event, Item, ListView, Mark, Removed } from "../api/gen";
import { identityOf } from "../common/keys";

/**
 * Takes one message of a list's stream into what is shown. Gives undefined
 * where the list has to be read again. What is in the view already (the
 * message was overtaken by a newer read) changes nothing, and entries that the
 * message does not concern stay the same object, so their rows are not drawn
 * again.
 */
export function applyEvent(view: ListView, event: Event): ListView | undefined {
  switch (event.kind) {
    case "list":
    case "reset":
      return undefined;
    case "refresh":
      return event.refresh ? { ...view, refresh: event.refresh } : view;
    case "round":
      return { ...view, round: event.round };
    case "names":
      return { ...view, names: event.names ?? [] };
    case "cell":
    case "entry":
    case "removed":
      return isOld(view, event) ? view : applyStored(view, event);
    default:
      return view;
  }
}

function isOld(view: ListView, event: Event): boolean {
  return event.seq > 0 && event.seq <= view.seq;
}

function applyStored(view: ListView, event: Event): ListView {
  const seq = Math.max(view.seq, event.seq);
  switch (event.kind) {
    case "cell":
      return {
        ...view,
        seq,
        entries: withCell(view.entries, event),
        marks: withMarks(view.marks, event),
      };
    case "entry":
      return {
        ...view,
        seq,
        entries: withEntry(view.entries, event.whole),
        // Who is back has not left.
        removed: view.removed.filter((r) => r.entry !== event.entry),
        marks: withMarks(view.marks, event),
      };
    default:
      return withoutEntry({ ...view, seq }, event);
  }
}

function withCell(entries: Entry[], event: Event): Entry[] {
  const { entry, column, cell } = event;
  if (column === undefined || cell === undefined) {
    return entries;
  }
  // One that was read before its entry was linked to another record is another's.
  return replace(entries, entry, (old) =>
    (event.identity ?? 0) !== identityOf(old) ||
    (old.cells[column]?.seq ?? 0) > Math.max(cell.seq ?? 0, event.seq)
      ? old
      : { ...old, cells: { ...old.cells, [column]: cell }, seq: Math.max(old.seq, event.seq) },
  );
}

function withEntry(entries: Entry[], whole: Entry | undefined): Entry[] {
  if (!whole) {
    return entries;
  }
  return entries.some((e) => e.id === whole.id)
    ? replace(entries, whole.id, () => whole)
    : [...entries, whole];
}

function withoutEntry(view: ListView, event: Event): ListView {
  const id = event.entry;
  const removed = event.removed;
  return {
    ...view,
    entries: view.entries.filter((e) => e.id !== id),
    marks: view.marks.filter((m) => m.entry !== id),
    removed: removed ? [...view.removed.filter((r) => r.entry !== removed.entry), removed] : view.removed,
  };
}

function replace(entries: Entry[], id: string | undefined, change: (old: Entry) => Entry): Entry[] {
  return entries.map((e) => (e.id === id ? change(e) : e));
}

/**
 * Takes the marks of a message in place of those that were there of the same
 * cell, or of the whole row. A message without a number only tells an age.
 */
function withMarks(marks: Mark[], event: Event): Mark[] {
  if (event.seq === 0) {
    return marks;
  }
  const concerns = (m: Mark) =>
    m.entry === event.entry && (event.column === undefined || m.column === event.column);
  const kept = marks.filter((m) => !concerns(m));
  return kept.length === marks.length && !event.marks?.length ? marks : [...kept, ...(event.marks ?? [])];
}

export function markKey(mark: Mark): string {
  return `${mark.entry}\n${mark.column}\n${mark.item ?? ""}`;
}

/**
 * Whether a stream that has just begun tells of a reading of the EHR that is not
 * in the view: ages that only changed while nobody listened are not sent again.
 */
export function missedReading(view: ListView, event: Event): boolean {
  return event.kind === "refresh" && event.refresh !== undefined && event.refresh.last !== view.refresh.last;
}

/** Marks by entry, then by column. */
export type MarkIndex = ReadonlyMap<string, ReadonlyMap<string, readonly Mark[]>>;

/**
 * Sorts marks to their cells. A row whose marks are the same as in `before`
 * keeps its map, so it is not drawn again.
 */
export function indexMarks(marks: readonly Mark[], before?: MarkIndex): MarkIndex {
  const index = new Map<string, Map<string, Mark[]>>();
  for (const mark of marks) {
    const row = index.get(mark.entry) ?? new Map<string, Mark[]>();
    index.set(mark.entry, row);
    row.set(mark.column, [...(row.get(mark.column) ?? []), mark]);
  }
  if (!before) {
    return index;
  }
  return new Map([...index].map(([id, row]) => [id, sameRow(before.get(id), row) ?? row]));
}

type MarkRow = ReadonlyMap<string, readonly Mark[]>;

function sameRow(before: MarkRow | undefined, now: MarkRow): MarkRow | undefined {
  const flat = (row: MarkRow) => [...row.values()].flat();
  if (!before) {
    return undefined;
  }
  const [a, b] = [flat(before), flat(now)];
  return a.length === b.length && a.every((mark, i) => mark === b[i]) ? before : undefined;
}

/**
 * Counts changes for the strip above the list: those of columns that are shown
 * (the row key always is), and those of columns that this person left out.
 */
export function countMarks(
  marks: readonly Mark[],
  columns: readonly string[],
): { shown: number; elsewhere: number } {
  const shown = marks.filter((m) => rowKeys.includes(m.column) || columns.includes(m.column)).length;
  return { shown, elsewhere: marks.length - shown };
}

const rowKeys: readonly string[] = ["bed", "identity", "entry"];

/** Those who left since this person last looked, without whom they removed themselves. */
export function leftBy(removed: readonly Removed[], me: string): Removed[] {
  return removed.filter((r) => r.by !== me);
}

/** A cell's text, as sorting, searching and the clipboard take it. */
export function cellText(cell: Cell | undefined): string {
  return (cell?.items ?? []).map((i) => [i.text, i.detail].filter(Boolean).join(", ")).join("; ");
}

/**
 * The units that can stand in a column's head: all values of the column are in
 * one. A column with two units has them beside its values.
 */
export function commonUnits(entries: readonly Entry[], columns: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    columns.flatMap((key) => {
      const units = new Set(entries.flatMap((e) => (e.cells[key]?.items ?? []).map((i) => i.unit ?? "")));
      const [unit] = units;
      return units.size === 1 && unit ? [[key, unit]] : [];
    }),
  );
}

/** What a cell of one value holds. */
export function firstItem(cell: Cell | undefined): Item | undefined {
  return cell?.items?.[0];
}

/** The mark of one entry of a sub-list; the mark of the whole cell counts for each. */
export function markOf(marks: readonly Mark[] | undefined, item: string): Mark | undefined {
  return marks?.find((m) => m.item === item && m.kind !== "removed");
}

/** Entries of a sub-list that are not there any more: they stay to be seen, struck out. */
export function removedItems(marks: readonly Mark[] | undefined): Mark[] {
  return (marks ?? []).filter((m) => m.kind === "removed");
}
