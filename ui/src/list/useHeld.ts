import { useCallback, useMemo, useState } from "react";
import type { ListView, View } from "../api/gen";
import { type Arrangement, arrange, type Waiting, waiting, without } from "./arrange";
import type { MarkIndex } from "./model";

// A Held is the order of rows, which only the person changes.
export interface Held {
  shown: Arrangement;
  waiting: Waiting;
  // again puts the list in order, as it is now.
  again(): void;
  // drop takes off the rows of patients that the person removed or moved.
  drop(ids: Iterable<string>): void;
}

// useHeld puts the rows in order when the page opens, when the person sorts,
// filters or groups, and when again is called; at no other time. list and view
// say whose order it is.
export function useHeld(data: ListView, marks: MarkIndex, view: View, locale: string): Held {
  const now = useMemo(() => arrange(data, marks, view, locale), [data, marks, view, locale]);
  const wanted = JSON.stringify([
    data.list.id,
    data.list.hideUnoccupied,
    view.sort,
    view.filter,
    view.group,
    locale,
  ]);
  const [held, setHeld] = useState({ wanted, shown: now });
  let shown = held.shown;
  if (held.wanted !== wanted) {
    shown = now;
    setHeld({ wanted, shown: now });
  }
  const again = useCallback(() => setHeld({ wanted, shown: now }), [wanted, now]);
  const drop = useCallback((ids: Iterable<string>) => {
    const gone = new Set(ids);
    setHeld((h) => ({ ...h, shown: without(h.shown, gone) }));
  }, []);
  const wait = useMemo(() => waiting(shown, now, data), [shown, now, data]);
  return { shown, waiting: wait, again, drop };
}
