import { Component, type ReactNode, type RefObject, useLayoutEffect } from "react";
import type { Column } from "../api/gen";
import type { Line } from "./arrange";

// Putting the rows in another order makes the browser lay out the whole table:
// with two hundred rows that is seen. So the widths of the columns are kept as
// the table layout made them, each row is then laid out by itself, those in
// view first, and the others when there is time.

// A BeforeOrder keeps the table steady while its rows are put in another order.
export class BeforeOrder extends Component<{
  table: RefObject<HTMLTableElement | null>;
  lines: readonly Line[];
  children: ReactNode;
}> {
  // Here the table is still laid out as it was: it is read, but not laid out for that.
  override getSnapshotBeforeUpdate(before: { lines: readonly Line[] }): null {
    const table = this.props.table.current;
    if (table && before.lines !== this.props.lines) hold(table);
    return null;
  }

  // React wants both.
  override componentDidUpdate(): void {}

  override render(): ReactNode {
    return this.props.children;
  }
}

/**
 * Lays out the rows that were left for later, and gives the table back to the
 * table layout when a word is wider than its column (PAL-0240 M), or when the
 * columns, the frame or the size of the text change.
 */
export function useSteady(
  table: RefObject<HTMLTableElement | null>,
  columns: readonly Column[],
  lines: readonly Line[],
): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: other columns have other widths
  useLayoutEffect(() => {
    const element = table.current;
    const frame = element?.parentElement;
    if (!element || !frame) return;
    let width = frame.clientWidth;
    const sizes = new ResizeObserver(() => {
      if (frame.clientWidth !== width || hasOtherHead(element)) release(element);
      width = frame.clientWidth;
    });
    sizes.observe(frame);
    if (element.tHead) sizes.observe(element.tHead);
    const changes = new MutationObserver((all) => {
      if (element.dataset.steady === undefined) return;
      const rows = [...changedRows(all)];
      rows.forEach(sayRoles);
      if (rows.some(overflows)) release(element);
    });
    changes.observe(element, { childList: true, characterData: true, subtree: true });
    return () => {
      sizes.disconnect();
      changes.disconnect();
      release(element);
    };
  }, [table, columns]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the rows stand in another order
  useLayoutEffect(() => (table.current ? settle(table.current) : undefined), [table, lines]);
}

let sheet: CSSStyleSheet | undefined;

// hold takes the widths of the columns and the heights of the rows from the
// layout as it stands. The widths are rules: a list has thousands of cells.
function hold(table: HTMLTableElement): void {
  const rows = [...table.rows];
  if (table.dataset.steady === undefined) {
    const widths = [...(table.tHead?.rows[0]?.cells ?? [])].map((cell) => cell.getBoundingClientRect().width);
    const whole = widths.reduce((sum, width) => sum + width, 0);
    if (whole === 0) return; // not laid out at all
    const heights = rows.map((row) => row.offsetHeight);
    table.style.setProperty("--whole", `${whole}px`);
    if (!sheet) {
      sheet = new CSSStyleSheet({ media: "screen" });
      document.adoptedStyleSheets.push(sheet);
    }
    const cell = (at: number) => `[data-steady] > * > tr > :is(td, th):nth-child(${at + 1}):not([colspan])`;
    sheet.replaceSync(widths.map((width, at) => `${cell(at)} { width: ${width}px }`).join("\n"));
    rows.forEach((row, i) => {
      row.style.containIntrinsicBlockSize = `auto ${heights[i]}px`;
      sayRoles(row);
    });
    table.role = "table";
    table.dataset.steady = `${heights[0]}`;
  }
  for (const row of rows) if (row.dataset.entry !== undefined) row.dataset.later = "";
}

// together is how many rows are laid out at a time, and pause the time in
// milliseconds in which the browser draws a frame in between.
const together = 10;
const pause = 32;

// settle lays out the rows that hold left for later, a few at a time. None is
// left out in the end: a screen reader may not be given what is not laid out.
function settle(table: HTMLTableElement): (() => void) | undefined {
  const rows = [...table.querySelectorAll<HTMLElement>("tr[data-later]")];
  if (rows.length === 0) return undefined;
  const next = () => {
    for (const row of rows.splice(0, together)) delete row.dataset.later;
    if (rows.length > 0) waits = setTimeout(next, pause);
  };
  let waits = setTimeout(next, pause);
  return () => clearTimeout(waits);
}

// release gives the table back to the table layout.
function release(table: HTMLTableElement): void {
  delete table.dataset.steady;
}

// hasOtherHead tells whether the head is lower or higher than it was when the
// widths were taken: then its text has another size, and the words of all rows
// have. Two pixels are what the two layouts may round apart.
function hasOtherHead(table: HTMLTableElement): boolean {
  const { steady } = table.dataset;
  const head = table.tHead?.rows[0];
  return steady !== undefined && head !== undefined && Math.abs(head.offsetHeight - Number(steady)) > 2;
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
