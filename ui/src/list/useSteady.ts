import { type RefObject, useLayoutEffect } from "react";
import type { Column } from "../api/gen";

const rowKeys = 3;

/** The style that gives the cells of a column their width, once it is known. */
export function columnWidth(at: number): { width: string } {
  return { width: `var(--w${at + rowKeys})` };
}

/**
 * Keeps the columns as wide as the browser's table layout made them, so that
 * from then on each row is laid out by itself, and those out of view not at
 * all: sorting two hundred rows costs no more than the rows in view. The table
 * layout is asked again when a word is wider than its column (PAL-0240 M), and
 * when the columns or the frame change. Paper gets the table as it is.
 */
export function useSteady(table: RefObject<HTMLTableElement | null>, columns: readonly Column[]): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: other columns have other widths
  useLayoutEffect(() => {
    const element = table.current;
    const head = element?.tHead?.rows[0];
    const frame = element?.parentElement;
    if (!element || !head || !frame) return;
    let width = 0;
    const measure = () => {
      width = frame.clientWidth;
      steady(element, frame);
    };
    measure();
    const sizes = new ResizeObserver(() => {
      if (frame.clientWidth !== width || overflows(head)) measure();
    });
    sizes.observe(frame);
    sizes.observe(head);
    const changes = new MutationObserver((all) => {
      const rows = [...changedRows(all)];
      rows.forEach(sayRoles);
      if (rows.some(overflows)) measure();
    });
    changes.observe(element, { childList: true, characterData: true, subtree: true });
    return () => {
      sizes.disconnect();
      changes.disconnect();
    };
  }, [table, columns]);
}

// steady reads how the browser lays the table out, and writes it down. All is
// read before anything is written: each change between would lay it out anew.
function steady(table: HTMLTableElement, frame: HTMLElement): void {
  delete table.dataset.steady;
  const widths = [...(table.tHead?.rows[0]?.cells ?? [])].map((cell) => cell.getBoundingClientRect().width);
  const whole = widths.reduce((sum, width) => sum + width, 0);
  if (whole === 0) return; // not laid out at all
  const rows = [...table.rows];
  const heights = rows.map((row) => row.offsetHeight);
  const [select = 0, bed = 0, patient = 0] = widths;
  table.style.setProperty("--key-bed", `${select}px`);
  table.style.setProperty("--key-patient", `${select + bed}px`);
  table.style.setProperty("--w", `${whole}px`);
  widths.forEach((one, i) => {
    table.style.setProperty(`--w${i}`, `${one}px`);
  });
  frame.style.setProperty("--keys", `${select + bed + patient}px`);
  rows.forEach((row, i) => {
    row.style.containIntrinsicBlockSize = `auto ${heights[i]}px`;
    sayRoles(row);
  });
  table.role = "table";
  table.dataset.steady = "";
}

// sayRoles says in words what a row and its cells are: some browsers take it
// from how they are laid out.
function sayRoles(row: HTMLTableRowElement): void {
  row.role = "row";
  for (const cell of row.cells) {
    cell.role = cell.tagName === "TD" ? "cell" : cell.scope === "row" ? "rowheader" : "columnheader";
  }
}

// changedRows are the rows that have other content than before. A row that only
// moved is not among them.
function changedRows(changes: readonly MutationRecord[]): Set<HTMLTableRowElement> {
  const rows = new Set<HTMLTableRowElement>();
  for (const { target, addedNodes } of changes) {
    const inside = target instanceof Element ? target : target.parentElement;
    const row = inside?.closest("tr");
    if (row) rows.add(row);
    for (const added of addedNodes) {
      if (added instanceof HTMLTableRowElement && added.role === null) rows.add(added);
    }
  }
  return rows;
}

// overflows tells whether a word of a row is wider than its column. A hair's
// breadth is what the browser rounds.
function overflows(row: HTMLTableRowElement): boolean {
  return [...row.cells].some((cell) => cell.scrollWidth > cell.clientWidth + 1);
}
