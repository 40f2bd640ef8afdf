import type { Column, Entry, ListView } from "../api/gen";
import { type Format, isSet, rawOf, recordNotices, sayValue, type T, timeNow } from "../common";
import { bornText, cellNotes, columnLabel, deceasedText, itemLine } from "./words";

// summaryOf is a patient's row as plain text, to be pasted elsewhere: every
// value that is shown, with its unit and time, and what is missing.
export function summaryOf(
  t: T,
  f: Format,
  entry: Entry,
  columns: readonly Column[],
  data: Pick<ListView, "list" | "people">,
  now: number = timeNow(),
): string {
  const { identity } = entry;
  const who = [
    f.name(identity),
    `${t("list.born")} ${bornText(t, f, identity)}`,
    identity.deceased && deceasedText(t, f, identity.deceased),
    `${t("list.mrn")} ${identity.mrn || t("value.notKnown")}`,
    entry.bed && `${t("list.bed")} ${entry.bed}`,
  ];
  const lines = columns.flatMap((column) => {
    const texts = column.ehr ? recordTexts(t, f, entry, column) : ownTexts(t, f, entry, column, data.people);
    return texts.length > 0 ? [`${columnLabel(t, column)}: ${texts.join("; ")}`] : [];
  });
  const stamp = t("copy.stamp", { time: f.dateTime(now), list: data.list.name });
  return [who.filter(Boolean).join(", "), ...recordNotices(t, entry), ...lines, stamp].join("\n");
}

function recordTexts(t: T, f: Format, entry: Entry, column: Column): string[] {
  const cell = entry.cells[column.key];
  const items = cell?.items ?? [];
  if (!entry.subject.connection && items.length === 0) return []; // typed by hand
  return [...items.map((item) => itemLine(t, f, column, item)), ...cellNotes(t, f, cell)];
}

function ownTexts(t: T, f: Format, entry: Entry, column: Column, people: ListView["people"]): string[] {
  if (entry.state === "mismatch") return [];
  const items = entry.cells[column.key]?.items ?? [];
  return items.map((item) => {
    const text = sayValue(column, rawOf(column, item), { t, format: f, people });
    if (column.type === "todos") return `${item.done ? "[x]" : "[ ]"} ${text}`;
    const time = column.type === "notes" && isSet(item.time) ? ` (${f.dateTime(item.time)})` : "";
    return `${text}${time}`;
  });
}
