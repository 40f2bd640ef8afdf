import type { Column } from "../../api/gen";
import { fold } from "../arrange";

// groups are the groups of columns in the order they are offered.
export const groups = [
  "identity",
  "stay",
  "vitals",
  "problems",
  "safety",
  "treatment",
  "cover",
  "own",
  "custom",
] as const;

// available gives, group by group, the columns that are not chosen and whose
// name has the words.
export function available(
  all: readonly Column[],
  chosen: readonly Column[],
  words: string,
  label: (column: Column) => string,
): [string, Column[]][] {
  const taken = new Set(chosen.map((c) => c.key));
  const wanted = fold(words).split(/\s+/).filter(Boolean);
  const free = all.filter((c) => !taken.has(c.key) && wanted.every((word) => fold(label(c)).includes(word)));
  return groups.flatMap((group): [string, Column[]][] => {
    const columns = free.filter((c) => c.group === group);
    return columns.length > 0 ? [[group, columns]] : [];
  });
}

// move takes the column at one place to another.
export function move(chosen: readonly Column[], from: number, to: number): Column[] {
  const next = [...chosen];
  const [column] = next.splice(from, 1);
  if (column) next.splice(Math.max(0, Math.min(to, next.length)), 0, column);
  return next;
}

// withCustom joins the catalogue with the custom columns of the sets there are.
export function withCustom(catalogue: readonly Column[], sets: readonly (readonly Column[])[]): Column[] {
  const custom = new Map<string, Column>();
  for (const column of sets.flat()) {
    if (column.group === "custom") custom.set(column.key, column);
  }
  return [...catalogue.filter((c) => c.group !== "custom"), ...custom.values()];
}

// customKey makes the key of a new custom column.
export function customKey(random: () => string = () => crypto.randomUUID()): string {
  return `custom:${random().replaceAll("-", "").slice(0, 26)}`;
}

// choicesOf reads choices, one a line.
export function choicesOf(text: string): string[] {
  return [...new Set(text.split("\n").map((line) => line.trim()))].filter(Boolean);
}
