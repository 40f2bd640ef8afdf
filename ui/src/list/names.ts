import type { Entry, NameAlert } from "../api/gen";

// A NameWarning says of one patient that others on the list are called the same
// or alike, and what tells them apart (PAL-0540…0570).
export interface NameWarning {
  kind: "same" | "similar";
  differs: string;
  others: string[];
}

// warningsByEntry sorts the warnings to their patients. A name that is the same
// counts for more than one that is similar.
export function warningsByEntry(alerts: readonly NameAlert[]): ReadonlyMap<string, NameWarning> {
  const warnings = new Map<string, NameWarning>();
  for (const alert of alerts) {
    const kind = alert.kind === "same" ? "same" : "similar";
    for (const id of alert.entries) {
      const before = warnings.get(id);
      if (before?.kind === "same" && kind === "similar") continue;
      const more = before?.kind === kind ? before.others : [];
      const others = alert.entries.filter((other) => other !== id && !more.includes(other));
      warnings.set(id, {
        kind,
        differs: before?.kind === kind ? before.differs : alert.differs,
        others: [...more, ...others],
      });
    }
  }
  return warnings;
}

// difference is where two texts begin to differ, as a split of the first one:
// what is the same, and the rest. Letters are not cut apart from their marks.
export function difference(mine: string, theirs: string): [string, string] {
  const [a, b] = [letters(mine), letters(theirs)];
  let same = 0;
  while (same < a.length && same < b.length && a[same]?.toLowerCase() === b[same]?.toLowerCase()) same++;
  return [a.slice(0, same).join(""), a.slice(same).join("")];
}

let segmenter: Intl.Segmenter | undefined;

function letters(text: string): string[] {
  segmenter ??= new Intl.Segmenter();
  return [...segmenter.segment(text)].map((s) => s.segment);
}

// partOf is the text of the part that tells patients apart.
export function partOf(entry: Entry, differs: string): string {
  switch (differs) {
    case "family":
      return entry.identity.family ?? entry.identity.text ?? "";
    case "given":
      return entry.identity.given ?? entry.identity.text ?? "";
    case "born":
      return entry.identity.born ?? "";
    case "mrn":
      return entry.identity.mrn ?? "";
    case "gender":
      return entry.identity.gender ?? "";
    default:
      return entry.bed ?? "";
  }
}
