import type { PatientView } from "../api/gen";
import { type Format, sayValue } from "../common";
import type { T } from "../i18n";

/** What was kept of a change means in words: of a value, or of who this is. */
export function sayKept(
  view: PatientView,
  column: string,
  kind: string,
  raw: string,
  t: T,
  format: Format,
): string {
  if (kind === "state") return t.dyn(`identity.state.${raw}`, raw);
  const type = view.columns.find((c) => c.key === column)?.type ?? own[column];
  return sayValue({ key: column, type }, raw, { t, format, people: view.people });
}

// own are types of columns that a list need not have chosen.
const own: Record<string, string> = { owner: "person", severity: "severity" };
