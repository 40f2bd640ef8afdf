import { createContext, use, useCallback, useEffect, useRef, useState } from "react";
import { useT } from "../i18n";
import { api } from "./api";
import { Keeper, type KeepState } from "./drafts";
import { useShared } from "./shared";

// keeper keeps this window's drafts.
export const keeper = new Keeper(api, sessionStorage);

// Drafts lets tests use a keeper of their own.
export const Drafts = createContext<Keeper>(keeper);

// A DraftText is a text field whose text is not lost.
export interface DraftText {
  text: string;
  // base is the version (seq) of what was there when typing began.
  base: number;
  setText(text: string): void;
  // done forgets the draft: the text was saved, or thrown away.
  done(text?: string): void;
  // restored says that the text is from an earlier time.
  restored: boolean;
  state: KeepState;
}

// useDraft keeps what is typed under a key: note:<entry>, note-edit:<note> or
// field:<entry>:<column>. It starts with the draft, if there is one, else with
// initial.
export function useDraft(key: string, initial = "", base = 0): DraftText {
  const kept = use(Drafts);
  const [value, setValue] = useState({ key, text: initial, base, restored: false, touched: false });
  const [state, setState] = useState<KeepState>("clean");
  const start = useRef({ initial, base });
  start.current = { initial, base };

  useEffect(() => {
    let live = true;
    const unlisten = kept.listen(key, (s) => live && setState(s));
    setValue((v) =>
      v.key === key
        ? v
        : { key, text: start.current.initial, base: start.current.base, restored: false, touched: false },
    );
    kept.find(key).then(
      (draft) => {
        if (!live || draft === undefined) return;
        setValue((v) => (v.touched ? v : { key, ...draft, restored: true, touched: false }));
      },
      () => {},
    );
    return () => {
      live = false;
      unlisten();
    };
  }, [key, kept]);

  const setText = useCallback(
    (text: string) => {
      setValue((v) => {
        const from = v.touched || v.restored ? v.base : start.current.base;
        kept.keep(key, text, from);
        return { key, text, base: from, restored: v.restored, touched: true };
      });
    },
    [key, kept],
  );
  const done = useCallback(
    (text = "") => {
      setValue({ key, text, base: start.current.base, restored: false, touched: false });
      void kept.drop(key);
    },
    [key, kept],
  );
  return { text: value.text, base: value.base, setText, done, restored: value.restored, state };
}

// DraftState says in small whether what is typed is kept.
export function DraftState(props: { of: DraftText }) {
  const t = useT();
  const shared = useShared();
  if (props.of.state === "clean") return null;
  return <span className={shared.quiet}>{t(`draft.${props.of.state}`)}</span>;
}
