import { useState } from "react";
import type { Note, NotePatch, PatientView } from "../../api/gen";
import { api, type Conflict, conflictOf, reasonText, useT, useToast } from "../../common";
import { usePatientCache } from "../data";

/** What can be done with notes. */
export function useNotes(view: PatientView) {
  const t = useT();
  const toast = useToast();
  const { change: cache, reload } = usePatientCache(view.entry.id);
  const [conflict, setConflict] = useState<{ now: Note; shown: Conflict }>();
  const put = (note: Note) => {
    cache((v) => ({ ...v, notes: [note, ...v.notes.filter((n) => n.id !== note.id)] }));
    void reload();
  };
  const attempt = async (what: () => Promise<unknown>): Promise<boolean> => {
    try {
      await what();
      return true;
    } catch (error) {
      toast({ text: reasonText(t, error), tone: "failed" });
      return false;
    }
  };

  const write = (text: string) => attempt(async () => put(await api.addNote({ entry: view.entry.id, text })));

  const change = (note: Note, wanted: Pick<NotePatch, "text" | "pinned">, version = note.version) =>
    attempt(async () => {
      try {
        put(await api.changeNote({ note: note.id, version, ...wanted }));
        setConflict(undefined);
      } catch (error) {
        const now = conflictOf<Note>(error);
        if (!now || wanted.text === undefined) throw error;
        put(now);
        setConflict({
          now,
          shown: { mine: wanted.text, theirs: now.text, by: view.people[now.by], at: now.edited ?? now.at },
        });
        throw error;
      }
    });

  const remove = (note: Note) =>
    attempt(async () => {
      await api.deleteNote({ note: note.id });
      await reload();
    });

  return { write, change, remove, conflict, clear: () => setConflict(undefined) };
}

export type NoteActions = ReturnType<typeof useNotes>;
