import { useCallback, useSyncExternalStore } from "react";

// phoneQuery holds where a list is cards, one below the other.
export const phoneQuery = "(max-width: 600px)";

// useMedia tells whether a media query holds.
export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (changed: () => void) => {
      const list = matchMedia(query);
      list.addEventListener("change", changed);
      return () => list.removeEventListener("change", changed);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}
