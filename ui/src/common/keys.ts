// The names under which answers are kept in the query cache, so that a page
// can refresh what another has read.
export const keys = {
  session: ["session"] as const,
  space: (space: string) => ["space", space] as const,
  lists: (space: string) => ["lists", space] as const,
  members: (space: string) => ["members", space] as const,
  list: (list: string) => ["list", list] as const,
  patient: (entry: string) => ["patient", entry] as const,
  section: (entry: string, kind: string) => ["section", entry, kind] as const,
  drafts: ["drafts"] as const,
  choices: (space: string) => ["choices", space] as const,
  audit: (space: string, query: unknown) => ["audit", space, query] as const,
};
