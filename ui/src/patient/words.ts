import type { PatientView } from "../api/gen";
import { type Format, sayValue } from "../common";
import type { T } from "../i18n";
import { columnOf } from "./columns";

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
  return sayValue(columnOf(view, column) ?? { key: column }, raw, { t, format, people: view.people });
}
