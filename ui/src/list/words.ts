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
  if (column.key === "status") return t.dyn(`list.encounter.${item.text}`, item.text);
  return item.text;
}

// ownText writes one of our own values in words.
export function ownText(t: T, column: Column, item: Item, people: Readonly<Record<string, string>>): string {
  switch (column.type) {
    case "severity":
      return t.dyn(`list.severity.${item.text}`, item.text);
    case "person":
      return people[item.owner ?? item.text] ?? item.text;
    case "flag":
      return item.text === "true"
        ? t("list.flag.yes")
        : item.text === "false"
          ? t("list.flag.no")
          : item.text;
    default:
      return item.text;
  }
}

// groupLabel is the head of a group of rows, by what the list is grouped by.
export function groupLabel(t: T, data: Pick<ListView, "view" | "people">, value: string): string {
  if (value === "") return t("list.group.none");
  switch (data.view.group) {
    case "severity":
      return t.dyn(`list.severity.${value}`, value);
    case "gender":
      return t.dyn(`gender.${value}`, value);
    case "owner":
      return data.people[value] ?? value;
    default:
      return value;
  }
}
