import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from "react";
import type { Line } from "./arrange";
import { lineKey } from "./Table";

// windowFrom is how many lines a plain table may have; above it, only those
// near what is in view are in the document.
export const windowFrom = 200;

const estimate = 96;
const beyond = 800;

// A Window is the part of the lines that is in the document.
export interface Window {
  from: number;
  to: number;
  before: number;
  after: number;
  // reveal brings the row of an entry into the document and into view.
  reveal(entry: string): void;
}

// partOf finds the lines that a view from top to bottom shows, from the heights
// of all. It begins at an even line, so that the shading of rows stays.
export function partOf(
  heights: readonly number[],
  top: number,
  bottom: number,
): { from: number; to: number; before: number; after: number } {
  let from = 0;
  let before = 0;
  while (from < heights.length && before + (heights[from] ?? 0) <= top) before += heights[from++] ?? 0;
  if (from % 2 === 1) before -= heights[--from] ?? 0;
  let to = from;
  let sum = before;
  while (to < heights.length && sum < bottom) sum += heights[to++] ?? 0;
  const total = heights.reduce((a, b) => a + b, 0);
  return { from, to, before, after: total - sum };
}

// useWindow keeps rows whose heights are not known before they are drawn: each
// is measured when it is, and remembered by its key.
export function useWindow(
  frame: RefObject<HTMLElement | null>,
  lines: readonly Line[],
  on: boolean,
): Window | undefined {
  const known = useRef(new Map<string, number>());
  const [scroll, setScroll] = useState({ top: 0, height: 800 });
  const heights = on ? lines.map((line) => known.current.get(lineKey(line)) ?? estimate) : [];
  useLayoutEffect(() => {
    const element = frame.current;
    if (!on || !element) return;
    let asked = 0;
    const read = () => {
      asked = 0;
      setScroll({ top: element.scrollTop, height: element.clientHeight });
    };
    const later = () => {
      asked ||= requestAnimationFrame(read);
    };
    read();
    element.addEventListener("scroll", later, { passive: true });
    return () => {
      cancelAnimationFrame(asked);
      element.removeEventListener("scroll", later);
    };
  }, [frame, on]);
  useLayoutEffect(() => {
    if (!on) return;
    for (const row of frame.current?.querySelectorAll<HTMLElement>("tr[data-entry]") ?? []) {
      known.current.set(row.dataset.entry ?? "", row.offsetHeight);
    }
  });
  const reveal = useCallback(
    (entry: string) => {
      const at = lines.findIndex((line) => line.kind === "entry" && line.id === entry);
      if (at < 0 || !frame.current) return;
      const above = lines
        .slice(0, at)
        .reduce((sum, line) => sum + (known.current.get(lineKey(line)) ?? estimate), 0);
      const top = Math.max(0, above - frame.current.clientHeight / 2);
      frame.current.scrollTop = top;
      setScroll({ top, height: frame.current.clientHeight });
    },
    [frame, lines],
  );
  if (!on) return undefined;
  return { ...partOf(heights, scroll.top - beyond, scroll.top + scroll.height + beyond), reveal };
}
