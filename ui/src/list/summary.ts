import type { Column, Entry } from "../api/gen";
import { type Format, isSet, rawOf, sayValue, type T } from "../common";
import { columnLabel, itemText } from "./words";

// summaryOf is a patient's row as plain text, to be pasted elsewhere: every
// value that is shown, with its time.
export function summaryOf(
  t: T,
  f: Format,
  entry: Entry,
  columns: readonly Column[],
  people: Readonly<Record<string, string>>,
): string {
  const { identity } = entry;
  const who = [
    f.name(identity),
    identity.born && `${t("list.born")} ${f.date(identity.born)} (${f.age(identity.born)})`,
    identity.mrn && `${t("list.mrn")} ${identity.mrn}`,
    entry.bed && `${t("list.bed")} ${entry.bed}`,
  ];
  const lines = columns.flatMap((column) => {
    const items = entry.cells[column.key]?.items ?? [];
    if (items.length === 0 || (!column.ehr && entry.state === "mismatch")) return [];
    const texts = items.map((item) => {
      const text = column.ehr
        ? itemText(t, column, item)
        : sayValue(column, rawOf(column, item), { t, format: f, people });
      const box = column.type === "todos" ? (item.done ? "[x] " : "[ ] ") : "";
      const time = column.ehr && isSet(item.time) ? ` (${f.dateTime(item.time)})` : "";
      return `${box}${[text, item.detail].filter(Boolean).join(", ")}${time}`;
    });
    return [`${columnLabel(t, column)}: ${texts.join("; ")}`];
  });
  return [who.filter(Boolean).join(", "), ...lines].join("\n");
}
