import type { Cell, Column, Identity, Item, ListView } from "../api/gen";
import { type Format, isSet, reasonText, sayValue, type T, timeNow } from "../common";

// columnLabel is a column's name in the reader's language.
export function columnLabel(t: T, column: Column): string {
  return column.label || t.dyn(`column.${column.key}`, column.key);
}

// bornText is a birth date with the age: of the dead, the age they reached.
export function bornText(t: T, f: Format, who: Identity): string {
  return who.born ? `${f.date(who.born)}${ageText(f, who)}` : t("value.notKnown");
}

// ageText is the age in brackets; of someone who died nobody knows when there
// is none.
export function ageText(f: Format, { born, deceased }: Identity): string {
  const age = deceased === "yes" ? "" : f.age(born, deceased || timeNow());
  return age && ` (${age})`;
}

// deceasedText says that someone died, and when where that is known.
export function deceasedText(t: T, f: Format, deceased: string): string {
  return deceased === "yes" ? t("list.deceased") : t("list.deceasedOn", { date: f.date(deceased) });
}

// itemText writes what is a code, or a moment, in the reader's words and zone.
export function itemText(t: T, f: Format, column: Column, item: Item): string {
  if (column.key === "day") return t("list.cell.day", { count: Number(item.text) || 0 });
  if (column.key === "status") return t.dyn(`itemState.${item.text}`, item.text);
  return sayValue(column, item.text, { t, format: f, people: {} });
}

// unitOf is the unit of a measured value whose text is without it.
export function unitOf({ value, unit, text }: Item): string {
  return value !== undefined && unit && !text.includes(unit) ? unit : "";
}

const usual = ["final", "active", "confirmed", "in-progress", "completed"];

// stateText is a state that a reader must know of, in words.
export function stateText(t: T, column: Column, { state }: Item): string {
  if (!state || usual.includes(state) || column.key === "status") return "";
  return t.dyn(`itemState.${state}`, state);
}

// detailText is the second line of an item: a text of the record, or how sure a
// problem is.
export function detailText(t: T, { detail = "" }: Item): string {
  return t.dyn(`itemState.${detail}`, detail);
}

// timeText is when an item was measured, or what happened then. In two columns
// it is what the cell says already.
export function timeText(t: T, column: Column, item: Item, write: Format["dateTime"]): string {
  if (!isSet(item.time) || ["admitted", "day"].includes(column.key)) return "";
  const label = item.value === undefined && item.timeLabel ? t.dyn(`list.time.${item.timeLabel}`, "") : "";
  return [label, write(item.time)].filter(Boolean).join(" ");
}

// itemLine is one item of a record as plain text, for paper and for the
// clipboard: with all that the screen says of it.
export function itemLine(t: T, f: Format, column: Column, item: Item): string {
  const value = [itemText(t, f, column, item), unitOf(item)].filter(Boolean).join(" ");
  const severity = item.severity && t.dyn(`code.${item.severity}`, item.severity);
  const text = [value, severity, detailText(t, item)].filter(Boolean).join(", ");
  const about = [stateText(t, column, item), timeText(t, column, item, f.dateTime)].filter(Boolean);
  return about.length > 0 ? `${text} (${about.join(", ")})` : text;
}

// cellNotes are what a reader must know beside a cell's items, or where there
// are none: that nothing is recorded, not offered, not loaded or not asked for
// yet are four things, and none of them is an empty place.
export function cellNotes(t: T, f: Format, cell: Cell | undefined): string[] {
  if (!cell || cell.status === "pending") return [t("state.pending")];
  const shown = cell.items?.length ?? 0;
  const notes: string[] = [];
  if (cell.note && !(cell.note === "known" && shown > 0)) notes.push(noteText(t, cell.note));
  if (cell.status === "none" && shown === 0 && !cell.note) notes.push(t("list.cell.none"));
  if (cell.status === "unsupported") notes.push(t("list.cell.unsupported"));
  if (cell.status === "failed") {
    const why = [t("list.cell.failed"), cell.reason && reasonText(t, cell.reason)].filter(Boolean).join(" ");
    if (shown === 0) notes.push(why);
    if (isSet(cell.asOf)) notes.push(t("asOf.at", { time: f.dateTime(cell.asOf) }));
  }
  if (cell.total) notes.push(t("state.some", { shown, total: cell.total }));
  return notes;
}

// noteText is what a cell says of itself: the four states of allergies are
// told apart in words (PAB-0064).
export function noteText(t: T, note: string): string {
  return t.dyn(`allergy.${note}`, t.dyn(`list.note.${note}`, note));
}

// groupLabel is the head of a group of rows, by what the list is grouped by.
export function groupLabel(t: T, data: Pick<ListView, "view" | "people">, value: string): string {
  if (value === "") return t("value.notSet");
  switch (data.view.group) {
    case "severity":
      return t.dyn(`severity.${value}`, value);
    case "gender":
      return t.dyn(`gender.${value}`, value);
    case "owner":
      return data.people[value] ?? value;
    default:
      return value;
  }
}
