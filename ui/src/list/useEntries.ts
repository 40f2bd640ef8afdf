import { useQueryClient } from "@tanstack/react-query";
import type { Entry } from "../api/gen";
import { api, keys, reasonText, useFormat, useT, useToast } from "../common";
import type { Held } from "./useHeld";
import type { LiveList } from "./useList";

// EntryCommands are what is done with patients as a whole.
export interface EntryCommands {
  remove(ids: readonly string[]): Promise<void>;
  move(ids: readonly string[], to: { id: string; name: string }): Promise<boolean>;
  copy(ids: readonly string[], to: { id: string; name: string }): Promise<boolean>;
}

// useEntryCommands removes, moves and copies patients. What leaves the list is
// gone at once, for ten seconds it can be taken back.
export function useEntryCommands(live: LiveList, held: Held, onBack: () => void): EntryCommands {
  const t = useT();
  const f = useFormat();
  const toast = useToast();
  const client = useQueryClient();
  const list = live.data?.list;
  const named = (ids: readonly string[]) => {
    const entry = ids.length === 1 ? live.data?.entries.find((e) => e.id === ids[0]) : undefined;
    return entry ? f.name(entry.identity) : t("list.count.all", { count: ids.length });
  };
  const failed = (error: unknown) =>
    toast({ text: t("list.save.failed", { why: reasonText(t, error) }), tone: "failed" });
  const changed = () => {
    if (list) void client.invalidateQueries({ queryKey: keys.lists(list.space) });
  };
  const act = (action: string, ids: readonly string[], to?: string) =>
    api.changeEntries({ list: list?.id ?? "", entries: [...ids], action, ...(to ? { to } : {}) });
  const takeOff = (ids: readonly string[]): Entry[] => {
    const gone = live.data?.entries.filter((e) => ids.includes(e.id)) ?? [];
    live.change((v) => ({
      ...v,
      entries: v.entries.filter((e) => !ids.includes(e.id)),
      marks: v.marks.filter((m) => !ids.includes(m.entry)),
    }));
    held.drop(ids);
    return gone;
  };
  const putBack = (entries: Entry[]) => {
    onBack();
    live.change((v) => ({
      ...v,
      entries: [...v.entries.filter((e) => !entries.some((b) => b.id === e.id)), ...entries],
    }));
  };
  const restore = async (ids: readonly string[]) => {
    try {
      await act("restore", ids);
      onBack();
      await live.reload();
      changed();
    } catch (error) {
      failed(error);
    }
  };
  const leave = async (ids: readonly string[], done: string, send: () => Promise<{ entries: string[] }>) => {
    const gone = takeOff(ids);
    try {
      await send();
      changed();
      toast({ text: done, undo: () => void restore(ids) });
      return true;
    } catch (error) {
      putBack(gone);
      failed(error);
      return false;
    }
  };
  return {
    remove: async (ids) => {
      await leave(ids, t("list.removed", { who: named(ids) }), () => act("remove", ids));
    },
    move: (ids, to) =>
      leave(ids, t("list.movedTo", { who: named(ids), list: to.name }), () => act("move", ids, to.id)),
    copy: async (ids, to) => {
      try {
        const done = await act("copy", ids, to.id);
        changed();
        const there = done.duplicates.length;
        toast({
          text:
            there > 0
              ? t("list.copiedSome", { count: there, list: to.name })
              : t("list.copiedTo", { who: named(ids), list: to.name }),
        });
        return true;
      } catch (error) {
        failed(error);
        return false;
      }
    },
  };
}
