import { expect, it } from "vitest";
import { themeOf } from "./theme";

const system =
  (...on: string[]) =>
  (query: string) =>
    on.some((word) => query.includes(word));

it.each([
  ["what the person chose", "dark", system(), "dark"],
  ["light although the system is dark", "light", system("color-scheme: dark"), "light"],
  ["the system's dark", "", system("color-scheme: dark"), "dark"],
  ["the system's wish for contrast", undefined, system("contrast: more", "color-scheme: dark"), "contrast"],
  ["forced colours, whatever was chosen", "light", system("forced-colors"), "contrast"],
  ["light where nothing is said", undefined, system(), "light"],
  ["the system's for a theme there is not", "pink", system("color-scheme: dark"), "dark"],
] as const)("takes %s", (_, wanted, matches, want) => {
  expect(themeOf(wanted, matches)).toBe(want);
});
