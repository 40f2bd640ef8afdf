import { useState } from "react";
import type { List, ListPatch } from "../api/gen";
import { api, conflictOf } from "../common/api";
import { reasonText } from "../common/state";
import { useToast } from "../common/toast";
import { useT } from "../i18n";
import type { ListActions } from "./useListActions";

// useListEdit changes one text of a list, over the one that the writer saw:
// lists are read again while it is typed. Where somebody else has changed it
// meanwhile nothing is written, and theirs is the list as it is now; where it
// is as it was, somebody changed something else, and nobody has to decide.
export function useListEdit(list: List, textOf: (list: List) => string, actions: ListActions) {
  const t = useT();
  const toast = useToast();
  const [seen] = useState(list);
  const [theirs, setTheirs] = useState<List>();
  const [busy, setBusy] = useState(false);
  const write = async (patch: Omit<ListPatch, "list" | "version">, over: List): Promise<boolean> => {
    try {
      await api.changeList({ list: over.id, version: over.version, ...patch });
      return true;
    } catch (error) {
      const now = conflictOf<List>(error);
      if (now && textOf(now) === textOf(over)) return write(patch, now);
      if (now) setTheirs(now);
      else toast({ text: reasonText(t, error), tone: "failed" });
      return false;
    }
  };
  return {
    seen,
    theirs,
    busy,
    /** Whether it was written: over what was seen, or over theirs where they are given. */
    save: async (patch: Omit<ListPatch, "list" | "version">, over: List = seen): Promise<boolean> => {
      setTheirs(undefined);
      setBusy(true);
      const written = await write(patch, over);
      setBusy(false);
      void actions.changed();
      return written;
    },
    forget: () => setTheirs(undefined),
  };
}
