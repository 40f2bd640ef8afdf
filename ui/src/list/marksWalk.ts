import type { Column } from "../api/gen";
import type { Line } from "./arrange";
import type { MarkIndex } from "./model";

// markedCells lists the cells with marks in the order they are read: row by
// row, the row keys first.
export function markedCells(lines: readonly Line[], columns: readonly Column[], marks: MarkIndex): string[] {
  const order = ["entry", "identity", "bed", ...columns.map((c) => c.key)];
  return lines.flatMap((line) => {
    const row = line.kind === "entry" ? marks.get(line.id) : undefined;
    if (line.kind !== "entry" || !row) return [];
    return order.filter((key) => row.has(key)).map((key) => `${line.id} ${key}`);
  });
}

// step gives the cell after or before the one that was last gone to, round the
// ends.
export function step(cells: readonly string[], last: string | undefined, by: 1 | -1): string | undefined {
  if (cells.length === 0) return undefined;
  const at = last === undefined ? -1 : cells.indexOf(last);
  if (at < 0) return by === 1 ? cells[0] : cells.at(-1);
  return cells[(at + by + cells.length) % cells.length];
}
