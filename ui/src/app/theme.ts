import {
  type Theme,
  teamsDarkTheme,
  teamsHighContrastTheme,
  teamsLightTheme,
} from "@fluentui/react-components";
import { useSyncExternalStore } from "react";

export type ThemeName = "light" | "dark" | "contrast";

export const themes: Record<ThemeName, Theme> = {
  light: teamsLightTheme,
  dark: teamsDarkTheme,
  contrast: teamsHighContrastTheme,
};

const asks = {
  forced: "(forced-colors: active)",
  more: "(prefers-contrast: more)",
  dark: "(prefers-color-scheme: dark)",
} as const;

// themeOf takes what the person chose, else what the system asks for. Forced
// colors always win: the person has set them for every page.
export function themeOf(wanted: string | undefined, matches: (query: string) => boolean): ThemeName {
  if (matches(asks.forced)) return "contrast";
  if (wanted === "light" || wanted === "dark" || wanted === "contrast") return wanted;
  if (matches(asks.more)) return "contrast";
  return matches(asks.dark) ? "dark" : "light";
}

function subscribe(changed: () => void): () => void {
  const lists = Object.values(asks).map((query) => matchMedia(query));
  for (const list of lists) list.addEventListener("change", changed);
  return () => {
    for (const list of lists) list.removeEventListener("change", changed);
  };
}

// useTheme follows the person's choice and the system's.
export function useTheme(wanted: string | undefined): ThemeName {
  return useSyncExternalStore(subscribe, () => themeOf(wanted, (query) => matchMedia(query).matches));
}
