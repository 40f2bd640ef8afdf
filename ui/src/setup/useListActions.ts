import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import type { List, ListPatch } from "../api/gen";
import { api, setFlags } from "../common/api";
import { keys } from "../common/keys";
import { reasonText } from "../common/state";
import { useToast } from "../common/toast";
import { useT } from "../i18n";

export interface ListActions {
  changed(): Promise<void>;
  change(list: List, patch: Omit<ListPatch, "list" | "version">): Promise<boolean>;
  openFirst(list: List): Promise<void>;
  remove(list: List): Promise<void>;
  restore(list: List): Promise<void>;
}

// useListActions changes a space's lists and reads them again. What fails is
// said in a toast.
export function useListActions(space: string): ListActions {
  const t = useT();
  const toast = useToast();
  const client = useQueryClient();
  const changed = useCallback(
    () => client.invalidateQueries({ queryKey: keys.lists(space) }),
    [client, space],
  );
  return useMemo(() => {
    const failed = (error: unknown) => toast({ text: reasonText(t, error), tone: "failed" });
    const restore = async (list: List) => {
      await api.restoreList({ list: list.id }).then(() => toast({ text: t("lists.restored") }), failed);
      await changed();
    };
    return {
      changed,
      restore,
      change: async (list, patch) => {
        try {
          await api.changeList({ list: list.id, version: list.version, ...patch });
          return true;
        } catch (error) {
          failed(error);
          return false;
        } finally {
          await changed();
        }
      },
      openFirst: async (list) => {
        await setFlags(list, { default: true }).catch(failed);
        await changed();
      },
      remove: async (list) => {
        await api
          .deleteList({ list: list.id })
          .then(() => toast({ text: t("lists.removed"), undo: () => void restore(list) }), failed);
        await changed();
      },
    };
  }, [t, toast, changed]);
}
