import type { Entry, Found, List, ListRef } from "../../api/gen";

// Placed are the patients who were added since the dialog was opened, and to
// which lists.
export type Placed = ReadonlyMap<string, readonly ListRef[]>;

export function keyOf({ subject }: Pick<Found, "subject">): string {
  return `${subject.connection ?? ""} ${subject.patient ?? ""}`;
}

// placed puts new entries among those that were added before.
export function placed(before: Placed, entries: readonly Entry[], lists: readonly List[]): Placed {
  const all = new Map(before);
  for (const entry of entries) {
    const name = lists.find((l) => l.id === entry.list)?.name ?? "";
    all.set(keyOf(entry), [...(all.get(keyOf(entry)) ?? []), { list: entry.list, name }]);
  }
  return all;
}

// onLists are the lists that somebody is on: when they were found, or since.
export function onLists(found: Found, added: Placed): ListRef[] {
  const before = found.on ?? [];
  const since = (added.get(keyOf(found)) ?? []).filter((ref) => !before.some((b) => b.list === ref.list));
  return [...before, ...since];
}
