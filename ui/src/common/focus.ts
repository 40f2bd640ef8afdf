import { type RefObject, useEffect, useRef, useState } from "react";

// useFocusSoon takes the focus to a field of a dialog that has just opened: the
// dialog itself takes it to its first button, so this comes after that.
export function useFocusSoon<T extends HTMLElement>(): RefObject<T | null> {
  const ref = useRef<T>(null);
  useEffect(() => {
    const timer = setTimeout(() => ref.current?.focus(), 0);
    return () => clearTimeout(timer);
  }, []);
  return ref;
}

// useReturnFocus gives the focus back when a dialog goes: to what had it when
// the dialog came, or else to the page's heading. Until something outside has
// the focus, the page behind stays hidden from screen readers.
export function useReturnFocus(): void {
  const [opener] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      setTimeout(() => {
        if (document.activeElement !== document.body && document.activeElement !== null) return;
        const back = opener instanceof HTMLElement && opener.isConnected && opener !== document.body;
        (back ? opener : document.querySelector<HTMLElement>("h1"))?.focus();
      }, 0);
    },
    [opener],
  );
}
