import { useLayoutEffect, useRef } from "react";

export type Step = "previous" | "next" | "seen";

/** What a key means on a round; nothing while someone types, composes, or holds a key. */
export function stepOf(event: KeyboardEvent): Step | undefined {
  if (
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    event.isComposing ||
    event.repeat ||
    event.defaultPrevented
  )
    return undefined;
  if (event.target instanceof Element && event.target.closest("input, textarea, select, [role=slider]")) {
    return undefined;
  }
  // What lies over the page (a question, a locked screen) has the keys for itself.
  if (document.querySelector("dialog[open], [role=dialog], [role=alertdialog]")) return undefined;
  switch (event.key) {
    case "ArrowLeft":
      return "previous";
    case "ArrowRight":
      return "next";
    case "s":
    case "S":
      return "seen";
    default:
      return undefined;
  }
}

/** Calls on keys of a round, wherever the focus is. They can be switched off (WCAG 2.1.4). Not the first key on a patient is lost. */
export function useRoundKeys(on: boolean, take: (step: Step) => void): void {
  const handler = useRef(take);
  handler.current = take;
  useLayoutEffect(() => {
    if (!on) return;
    const press = (event: KeyboardEvent) => {
      const step = stepOf(event);
      if (!step) return;
      event.preventDefault();
      handler.current(step);
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [on]);
}

interface Touch {
  x: number;
  y: number;
}

/** A clear sideways stroke of a finger; all it does can be done by buttons too. */
export function swipeOf(from: Touch, to: Touch): Step | undefined {
  const dx = to.x - from.x;
  const dy = Math.abs(to.y - from.y);
  if (Math.abs(dx) < 80 || dy > Math.abs(dx) / 2) return undefined;
  return dx < 0 ? "next" : "previous";
}
