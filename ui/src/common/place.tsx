import { createContext, use } from "react";
import type { SpaceView } from "../api/gen";
import { type T, useT } from "../i18n";
import { type Format, makeFormat } from "./format";

// Place is the space whose pages are shown.
export const Place = createContext<SpaceView | null>(null);

// useSpace gives the space whose pages are shown.
export function useSpace(): SpaceView {
  const view = use(Place);
  if (view === null) throw new Error("useSpace outside of a space");
  return view;
}

// useFormat writes dates, times, ages and names in the reader's language and
// the space's zone; outside of a space in the browser's.
export function useFormat(): Format {
  const t = useT();
  return formatOf(t, use(Place)?.space.settings.zone);
}

const formats = new WeakMap<T, Map<string | undefined, Format>>();

// formatOf makes one format for all who write alike: every cell of a list needs
// it, and the browser takes long to make one.
function formatOf(t: T, zone: string | undefined): Format {
  const ofTexts = formats.get(t) ?? new Map<string | undefined, Format>();
  formats.set(t, ofTexts);
  const format = ofTexts.get(zone) ?? makeFormat(t, zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone);
  ofTexts.set(zone, format);
  return format;
}

const ranks = { auditor: 0, viewer: 1, member: 2, owner: 3 } as const;

// mayDo tells whether a role includes another.
export function mayDo(role: string | undefined, needed: "viewer" | "member" | "owner"): boolean {
  return (ranks[role as keyof typeof ranks] ?? 0) >= ranks[needed];
}

// roleName is a role in words; of no role it is empty.
export function roleName(t: T, role: string | undefined): string {
  return role ? t.dyn(`role.${role}`, role) : "";
}
