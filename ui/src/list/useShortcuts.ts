import { useLayoutEffect, useRef } from "react";
import { useSession } from "../common";

// useShortcuts listens for single keys, unless the person has switched them off
// (WCAG 2.1.4), types, or has a dialog or menu open. A list that shows is a list
// that listens: not the first key is lost.
export function useShortcuts(keys: Readonly<Record<string, () => void>>): void {
  const { person } = useSession();
  const latest = useRef(keys);
  latest.current = keys;
  const off = person.prefs.noShortcuts ?? false;
  useLayoutEffect(() => {
    if (off) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isBusy(event.target)) return;
      const act = latest.current[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [off]);
}

function isBusy(target: EventTarget | null): boolean {
  const element = target as Element | null;
  return (
    element?.closest?.(
      "input:not([type=checkbox]), textarea, select, [contenteditable=true], [role=dialog], [role=menu]",
    ) != null || document.querySelector("[role=dialog][aria-modal=true]") !== null
  );
}
