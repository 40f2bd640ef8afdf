// The pages' addresses. They hold ids, never names or values.
const id = encodeURIComponent;

export const paths = {
  home: () => "/",
  spaces: () => "/spaces",
  password: () => "/password",
  space: (space: string) => `/s/${id(space)}`,
  lists: (space: string) => `/s/${id(space)}/lists`,
  // add opens the page with Add patients open.
  list: (space: string, list: string, add = false) => `/s/${id(space)}/l/${id(list)}${add ? "?add=1" : ""}`,
  patient: (space: string, list: string, entry: string) => `/s/${id(space)}/l/${id(list)}/p/${id(entry)}`,
  round: (space: string, list: string) => `/s/${id(space)}/l/${id(list)}/round`,
  print: (space: string, list: string) => `/s/${id(space)}/l/${id(list)}/print`,
  settings: (space: string) => `/s/${id(space)}/settings`,
  connect: (space: string) => `/s/${id(space)}/connect`,
  members: (space: string) => `/s/${id(space)}/members`,
  audit: (space: string) => `/s/${id(space)}/audit`,
  // Who opened this patient?
  auditOf: (space: string, entry: string) => `/s/${id(space)}/audit?entry=${id(entry)}`,
} as const;
