import type { T } from "../i18n";

// faultText is what the server found wrong with a field, in the reader's
// language where the catalogue has it.
export function faultText(t: T, text: string): string {
  const slug = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  return t.dyn(`fault.${slug}`, text);
}
