import type { List } from "../../api/gen";
import { paths } from "../../common";

const keyOf = (list: string) => `wb.print.${list}`;

// goPrint leads to the page for printing, for the chosen patients or all. Which
// ones it is stays in the window; the address holds only the list's id.
export function goPrint(go: (path: string) => void, list: List, entries: readonly string[] = []): void {
  if (entries.length > 0) sessionStorage.setItem(keyOf(list.id), JSON.stringify(entries));
  else sessionStorage.removeItem(keyOf(list.id));
  go(paths.print(list.space, list.id));
}

// readChoice gives the chosen entries; none is all.
export function readChoice(list: string): string[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(keyOf(list)) ?? "[]");
    return Array.isArray(kept) ? kept.filter((id) => typeof id === "string") : [];
  } catch {
    return [];
  }
}
