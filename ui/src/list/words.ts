import type { Column, Item, ListView } from "../api/gen";
import type { T } from "../common";

// columnLabel is a column's name in the reader's language.
export function columnLabel(t: T, column: Column): string {
  return column.label || t.dyn(`column.${column.key}`, column.key);
}

// itemText writes what is a code in the reader's words.
export function itemText(t: T, column: Column, item: Item): string {
  if (column.key === "gender") return t.dyn(`gender.${item.text}`, item.text);
  if (column.key === "day") return t("list.cell.day", { count: Number(item.text) || 0 });
  if (column.key === "status") return t.dyn(`itemState.${item.text}`, item.text);
  return item.text;
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
