import type { PatientView } from "../api/gen";
import type { Format } from "../common";
import type { T } from "../i18n";
import { levelOf } from "./own/level";

/**
 * What a kept value means in words: changes are kept as codes where a cell has
 * codes (a severity, a person, yes or no).
 */
export function sayValue(
  view: PatientView,
  column: string,
  kind: string,
  raw: string,
  t: T,
  format: Format,
): string {
  if (raw === "") return "";
  if (kind === "state") return t.dyn(`identity.state.${raw}`, raw);
  if (column === "severity") return t(`level.${levelOf(raw) ?? "none"}`);
  if (column === "gender") return t.dyn(`gender.${raw}`, raw);
  switch (view.columns.find((c) => c.key === column)?.type ?? (column === "owner" ? "person" : "")) {
    case "person":
      return view.people[raw] ?? raw;
    case "flag":
      return t(raw === "true" ? "own.yes" : "own.no");
    case "date":
      return format.date(raw);
    default:
      return raw;
  }
}
