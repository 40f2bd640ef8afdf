import type { AuditEntry, SpaceView } from "../api/gen";
import type { T } from "../common";

// auditDetail says in words what a line of the record holds beside its
// operation. The record has codes and ids: codes are said, and ids that have no
// name here, and addresses, are shown as they are.
export function auditDetail(t: T, row: AuditEntry, view: Pick<SpaceView, "people" | "schemas">): string {
  const detail = row.detail ?? "";
  if (row.status >= 400) return t.dyn(`reason.${detail}`, detail);
  const words = detail.split(" ").filter((word) => word !== "");
  const said: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    const next = words[i + 1];
    if (word === "schema" && next !== undefined) {
      said.push(t.dyn(`schema.${next}`, view.schemas.find((s) => s.id === next)?.name ?? next));
      i++;
    } else if (word === "to" && next !== undefined) {
      said.push(t("audit.toList", { id: next }));
      i++;
    } else {
      said.push(sayWord(t, word, view));
    }
  }
  return said.join(t("value.and"));
}

function sayWord(t: T, word: string, view: Pick<SpaceView, "people" | "schemas">): string {
  const [kind = "", code = ""] = word.split(/[/=](.*)/, 2);
  if (kind === "Person") return view.people[code] ?? code;
  if (kind === "purpose") return `${t("list.purpose")} ${t.dyn(`list.purpose.${code}`, code)}`;
  const own = view.schemas.flatMap((s) => s.columns).find((c) => c.key === word)?.label;
  return (
    own ??
    t.dyn(
      `audit.word.${word}`,
      t.dyn(`role.${word}`, t.dyn(`column.${word}`, t.dyn(`section.${word}`, word))),
    )
  );
}
