import { useState } from "react";

// An Edited is a value that someone is choosing or typing.
export interface Edited {
  // value is what is there, until something is chosen or typed.
  value: string;
  // base is the version (seq) of what was there then: what others write
  // meanwhile is not overwritten unseen.
  base: number;
  set(value: string): void;
  // done forgets what was chosen or typed.
  done(): void;
}

// useEdited edits a value that is short and kept nowhere but on the page.
export function useEdited(now: string, seq: number): Edited {
  const [own, setOwn] = useState<{ value: string; base: number }>();
  return {
    value: own?.value ?? now,
    base: own?.base ?? seq,
    set: (value) => setOwn((o) => ({ value, base: o?.base ?? seq })),
    done: () => setOwn(undefined),
  };
}
