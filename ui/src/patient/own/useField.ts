import { use, useCallback, useEffect, useState } from "react";
import type { Cell, PatientView } from "../../api/gen";
import { api, type Conflict, conflictOf, reasonText, useT, useToast } from "../../common";
import { Drafts } from "../../common/useDraft";
import { usePatientCache, withCell } from "../data";

/** A conflict, and what to save over if the writer insists. */
interface Overtaken {
  cell: Cell;
  shown: Conflict;
}

/**
 * Changes one of our own cells. Base is what the writer saw: where somebody
 * else was faster, nothing is written and both texts are shown.
 */
export function useField(view: PatientView, column: string) {
  const t = useT();
  const toast = useToast();
  const { change, reload } = usePatientCache(view.entry.id);
  const [conflict, setConflict] = useState<Overtaken>();
  const [saving, setSaving] = useState(false);
  const entry = view.entry.id;

  const save = useCallback(
    async (value: unknown, base: number, mine: string): Promise<boolean> => {
      setSaving(true);
      try {
        const cell = await api.setField({ entry, column, base, value });
        change((v) => withCell(v, column, cell));
        void reload();
        setConflict(undefined);
        return true;
      } catch (error) {
        const cell = conflictOf<Cell>(error);
        if (cell) {
          change((v) => withCell(v, column, cell));
          const by = cell.by ? view.people[cell.by] : undefined;
          setConflict({
            cell,
            shown: { mine, theirs: textOf(cell), by, at: cell.items?.[0]?.time ?? cell.asOf },
          });
        } else {
          toast({ text: reasonText(t, error), tone: "failed" });
        }
        return false;
      } finally {
        setSaving(false);
      }
    },
    [entry, column, change, reload, toast, t, view.people],
  );
  return { save, saving, conflict, clear: () => setConflict(undefined) };
}

export function textOf(cell: Cell | undefined): string {
  return cell?.items?.[0]?.text ?? "";
}

/** Whether this person left a text unfinished under a key. */
export function useHasDraft(key: string): boolean {
  const drafts = use(Drafts);
  const [has, setHas] = useState(false);
  useEffect(() => {
    let live = true;
    drafts.find(key).then(
      (draft) => live && setHas(draft !== undefined && draft.text !== ""),
      () => {},
    );
    return () => {
      live = false;
    };
  }, [drafts, key]);
  return has;
}
