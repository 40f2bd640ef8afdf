import type { Note, Role } from "../../api/gen";

/** How long an author may change a note; later it is amended, and the old text stays. */
export const editMinutes = 15;

/** What someone may do with a note. */
export interface Rights {
  /** Of one's own note: change it, or after a while amend it. */
  write?: "edit" | "amend";
  remove: boolean;
  pin: boolean;
}

export function rightsOf(note: Note, me: string, role: Role, now: number): Rights {
  const writes = role === "member" || role === "owner";
  if (note.deleted || !writes) return { remove: false, pin: false };
  if (note.by !== me) return { remove: false, pin: true };
  const age = now - Date.parse(note.at);
  return { write: age < editMinutes * 60_000 ? "edit" : "amend", remove: true, pin: true };
}

/** Pinned ones first, each part newest first; a deleted note is not pinned any more. */
export function sorted(notes: Note[]): Note[] {
  const pinned = (n: Note) => n.pinned && !n.deleted;
  return [...notes].sort(
    (a, b) =>
      Number(pinned(b)) - Number(pinned(a)) || Date.parse(b.at) - Date.parse(a.at) || (a.id < b.id ? 1 : -1),
  );
}

/** Whether a note was amended: there is an older text to show. */
export function wasAmended(note: Note): boolean {
  return (note.history?.length ?? 0) > 0;
}
