import type { PatientView } from "../../api/gen";
import { useNow, useSession, useShared, useT } from "../../common";
import { Part } from "../Section";
import { NewNote } from "./NewNote";
import { NoteCard } from "./NoteCard";
import { rightsOf, sorted } from "./rules";
import { useNotes } from "./useNotes";

interface Props {
  view: PatientView;
  editable: boolean;
}

/** Notes about a patient: pinned on top, then the newest first. */
export function Notes({ view, editable }: Props) {
  const t = useT();
  const shared = useShared();
  const { person } = useSession();
  const now = useNow(15_000);
  const notes = useNotes(view);
  const standing = view.notes.filter((n) => !n.deleted).length;
  return (
    <Part
      id="notes"
      title={t("section.notes")}
      count={standing > 0 ? t("section.count", { count: standing }) : undefined}
    >
      {editable && <NewNote entry={view.entry.id} onWrite={notes.write} />}
      {view.notes.length === 0 && <span className={shared.quiet}>{t("note.none")}</span>}
      {sorted(view.notes).map((note) => (
        <NoteCard
          key={note.id}
          view={view}
          note={note}
          rights={rightsOf(note, person.id, editable ? view.role : "viewer", now)}
          actions={notes}
        />
      ))}
    </Part>
  );
}
