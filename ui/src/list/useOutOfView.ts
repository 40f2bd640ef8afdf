import { type RefObject, useCallback, useEffect, useState } from "react";

// An OutOfView is what the frame of the table does not show now.
export interface OutOfView {
  left: number;
  right: number;
  // marks above, below, or at the sides.
  marks: number;
}

const nothing: OutOfView = { left: 0, right: 0, marks: 0 };

// useOutOfView counts columns and marks that are scrolled out of a frame
// (PAL-0260, PAL-0900). It counts again when the frame scrolls or changes its
// size, and when deps change.
export function useOutOfView(frame: RefObject<HTMLElement | null>, deps: readonly unknown[]): OutOfView {
  const [out, setOut] = useState(nothing);
  const count = useCallback(() => {
    if (!frame.current) return;
    const now = measure(frame.current);
    setOut((old) =>
      old.left === now.left && old.right === now.right && old.marks === now.marks ? old : now,
    );
  }, [frame]);
  useEffect(() => {
    const asked = requestAnimationFrame(count);
    return () => cancelAnimationFrame(asked);
  }, [count, ...deps]);
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    let asked = 0;
    const later = () => {
      cancelAnimationFrame(asked);
      asked = requestAnimationFrame(count);
    };
    element.addEventListener("scroll", later, { passive: true });
    const sizes = new ResizeObserver(later);
    sizes.observe(element);
    return () => {
      cancelAnimationFrame(asked);
      element.removeEventListener("scroll", later);
      sizes.disconnect();
    };
  }, [frame, count]);
  return out;
}

// view is the part of the frame that the row keys and the head leave free.
function view(frame: HTMLElement): DOMRect {
  const box = frame.getBoundingClientRect();
  const head = frame.querySelector("thead")?.getBoundingClientRect();
  const key = frame.querySelector("[data-key-end]")?.getBoundingClientRect();
  const left = key ? key.right : box.left;
  const top = head ? Math.max(head.bottom, box.top) : box.top;
  return new DOMRect(
    left,
    top,
    Math.max(0, box.left + frame.clientWidth - left),
    Math.max(0, box.bottom - top),
  );
}

function measure(frame: HTMLElement): OutOfView {
  const free = view(frame);
  let left = 0;
  let right = 0;
  for (const head of frame.querySelectorAll("[data-column]")) {
    const box = head.getBoundingClientRect();
    if (box.left + box.width / 2 < free.left) left++;
    else if (box.right - box.width / 2 > free.right) right++;
  }
  let marks = 0;
  for (const mark of frame.querySelectorAll("[data-mark]")) {
    if (isPast(mark.closest("tr"), free) || !isInside(mark, free)) marks++;
  }
  return { left, right, marks };
}

// A row that is not in view at all answers for its marks: they are not laid out.
function isPast(row: Element | null, free: DOMRect): boolean {
  const box = row?.getBoundingClientRect();
  return box !== undefined && (box.bottom < free.top || box.top > free.bottom);
}

// A mark in a row key is never at the side.
function isInside(mark: Element, free: DOMRect): boolean {
  const box = mark.getBoundingClientRect();
  const x = box.left + box.width / 2;
  const y = box.top + box.height / 2;
  const inKey = mark.closest("th") !== null;
  return y >= free.top && y <= free.bottom && (inKey || (x >= free.left && x <= free.right));
}

// showColumn scrolls sideways to the next column that is out of view.
export function showColumn(frame: HTMLElement, side: "left" | "right"): void {
  const free = view(frame);
  const heads = [...frame.querySelectorAll<HTMLElement>("[data-column]")];
  const boxes = heads.map((head) => head.getBoundingClientRect());
  if (side === "right") {
    const next = boxes.find((box) => box.right > free.right + 1);
    if (next) frame.scrollBy({ left: next.left - free.left });
    return;
  }
  const hidden = boxes.filter((box) => box.left < free.left - 1);
  const first = hidden.find((box) => box.left >= free.left - free.width) ?? hidden.at(-1);
  if (first) frame.scrollBy({ left: first.left - free.left });
}
