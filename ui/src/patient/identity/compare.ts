import type { Entry, Identity } from "../../api/gen";
import type { Format } from "../../common";
import type { Key, T } from "../../i18n";

/** One particular of two identities, beside each other. */
export interface Pair {
  label: Key;
  left: string;
  right: string;
  differs: boolean;
}

/** Compares what tells people apart. Spelling in capitals is no difference. */
export function compare(left: Identity, right: Identity, t: T, format: Format): Pair[] {
  const unknown = t("value.notKnown");
  const gender = (who: Identity) => t.dyn(`gender.${who.gender || "unknown"}`, unknown);
  const rows: [Key, string, string][] = [
    ["particulars.family", left.family ?? left.text ?? "", right.family ?? right.text ?? ""],
    ["particulars.given", left.given ?? "", right.given ?? ""],
    ["particulars.born", format.date(left.born), format.date(right.born)],
    ["particulars.gender", gender(left), gender(right)],
    ["particulars.mrn", left.mrn ?? "", right.mrn ?? ""],
  ];
  return rows.map(([label, a, b]) => ({
    label,
    left: a || unknown,
    right: b || unknown,
    differs: a.trim().toLocaleLowerCase() !== b.trim().toLocaleLowerCase(),
  }));
}

/**
 * The two sides to be compared: who the entry is on our list, and who the
 * record is now, or after a merge, the record that goes on.
 */
export function sidesOf(entry: Entry): { left: Identity; right: Identity } {
  return { left: entry.identity, right: entry.other ?? {} };
}
