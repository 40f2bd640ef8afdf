import type { Mark } from "../api/gen";
import { api, reasonText, useT, useToast } from "../common";
import { markKey } from "./model";
import type { LiveList } from "./useList";

// useSeen takes marks away, for this person only, and brings them back for
// those who did not mean it.
export function useSeen(live: LiveList) {
  const t = useT();
  const toast = useToast();
  const list = live.data?.list.id ?? "";
  const send = async (input: { upTo: number; entry?: string; column?: string; undo?: boolean }) => {
    try {
      const left = await api.markSeen({ list, ...input });
      live.change((v) => ({ ...v, marks: left.marks, removed: left.removed }));
      return true;
    } catch (error) {
      toast({ text: t("list.save.failed", { why: reasonText(t, error) }), tone: "failed" });
      void live.reload();
      return false;
    }
  };
  const upTo = () => live.data?.seq ?? 0;
  return {
    // all takes all marks, and those who left.
    all: async () => {
      const at = upTo();
      live.change((v) => ({ ...v, marks: [], removed: [] }));
      if (await send({ upTo: at })) {
        toast({ text: t("list.changes.gone"), undo: () => void send({ upTo: at, undo: true }) });
      }
    },
    // cells takes the marks of the cells that these marks are in.
    cells: async (marks: readonly Mark[]) => {
      const at = upTo();
      const keys = new Set(marks.map(markKey));
      live.change((v) => ({ ...v, marks: v.marks.filter((m) => !keys.has(markKey(m))) }));
      const cells = new Map(marks.map((m) => [`${m.entry} ${m.column}`, m]));
      for (const { entry, column } of cells.values()) {
        await send(column === "entry" ? { upTo: at, entry } : { upTo: at, entry, column });
      }
    },
    // row takes all marks of one patient.
    row: async (entry: string) => {
      live.change((v) => ({ ...v, marks: v.marks.filter((m) => m.entry !== entry) }));
      await send({ upTo: upTo(), entry });
    },
    // left takes those who left.
    left: async (entries: readonly string[]) => {
      const at = upTo();
      for (const entry of entries) await send({ upTo: at, entry });
    },
  };
}
