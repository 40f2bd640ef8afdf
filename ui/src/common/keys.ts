import type { Entry, Kind } from "../api/gen";

// The names under which answers are kept in the query cache, so that a page
// can refresh what another has read.
export const keys = {
  session: ["session"] as const,
  space: (space: string) => ["space", space] as const,
  lists: (space: string) => ["lists", space] as const,
  members: (space: string) => ["members", space] as const,
  list: (list: string) => ["list", list] as const,
  patient: (entry: string) => ["patient", entry] as const,
  // The number of an entry's identity stands for the record that it is linked
  // to: nothing that was read of another is found under it.
  section: (entry: Entry, kind: Kind) => ["section", entry.id, identityOf(entry), kind] as const,
  drafts: ["drafts"] as const,
  choices: (space: string) => ["choices", space] as const,
  audit: (space: string, query: unknown) => ["audit", space, query] as const,
};

// identityOf is the number of who an entry is. It rises with each change of who
// that is, of which record is theirs, and of whether that is sure.
export function identityOf(entry: Entry): number {
  return entry.cells.identity?.seq ?? 0;
}
