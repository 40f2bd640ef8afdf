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
  done(): void;
  // restored says that the text is from an earlier time.
  restored: boolean;
  state: KeepState;
}

// useDraft keeps what is typed under a key: note:<entry>, note-edit:<note> or
// field:<entry>:<column>. It starts with the draft, if there is one, else with
// initial, which it follows until something is typed: what others write
// meanwhile is not overwritten unseen.
export function useDraft(key: string, initial = "", base = 0): DraftText {
  const kept = use(Drafts);
  const [own, setOwn] = useState<Own>();
  const [state, setState] = useState<KeepState>("clean");
  const start = useRef(base);
  start.current = base;

  useEffect(() => {
    let live = true;
    const unlisten = kept.listen(key, (s) => live && setState(s));
    kept.find(key).then(
      (draft) => {
        if (!live || draft === undefined) return;
        setOwn((o) => (o?.key === key ? o : { key, ...draft, restored: true }));
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
      setOwn((o) => {
        const begun = o?.key === key ? o : { key, base: start.current, restored: false };
        kept.keep(key, text, begun.base);
        return { ...begun, text };
      });
    },
    [key, kept],
  );
  const done = useCallback(() => {
    setOwn(undefined);
    void kept.drop(key);
  }, [key, kept]);
  const shown = own?.key === key ? own : { text: initial, base, restored: false };
  return { text: shown.text, base: shown.base, setText, done, restored: shown.restored, state };
}

// Own is what was typed, now or earlier, over the version base.
interface Own {
  key: string;
  text: string;
  base: number;
  restored: boolean;
}

// DraftState says in small whether what is typed is kept.
export function DraftState(props: { of: DraftText }) {
  const t = useT();
  const shared = useShared();
  if (props.of.state === "clean") return null;
  return <span className={shared.quiet}>{t(`draft.${props.of.state}`)}</span>;
}
