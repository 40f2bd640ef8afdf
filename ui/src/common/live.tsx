import { createContext, type ReactNode, use, useCallback, useRef } from "react";
import { useShared } from "./shared";

const Announce = createContext<(text: string) => void>(() => {});

// LiveRegion is the one place from which changes are read out, politely.
export function LiveRegion(props: { children: ReactNode }) {
  const region = useRef<HTMLDivElement>(null);
  const styles = useShared();
  const announce = useCallback((text: string) => {
    if (region.current) region.current.textContent = text;
  }, []);
  return (
    <Announce value={announce}>
      {props.children}
      <div ref={region} role="status" aria-live="polite" className={styles.hidden} />
    </Announce>
  );
}

// useAnnounce gives a function that has a text read out to those who do not
// see the page. A new text replaces one that is not read yet.
export function useAnnounce(): (text: string) => void {
  return use(Announce);
}
