import type { T } from "../i18n";

// faultText is what the server found wrong with a field, in the reader's
// language. The server says it in English: what only a program can get wrong
// has no words of its own elsewhere.
export function faultText(t: T, text: string): string {
  return t.dyn(`fault.${faultKey(text)}`, t.locale === "en" ? text : t("fault.other"));
}

// faultKey is the part of a catalogue's key that stands for a fault.
export function faultKey(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}
