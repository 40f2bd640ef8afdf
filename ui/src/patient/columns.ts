import type { Column, Kind, Mark, PatientView } from "../api/gen";
import type { T } from "../i18n";

/** Columns of ours that have a place of their own on the page. */
const placed = new Set(["severity", "summary", "contingency", "todo", "note", "seen"]);

/** The list's other columns of ours, in its order. */
export function ownColumns(view: PatientView): Column[] {
  return view.columns.filter((c) => !c.ehr && !placed.has(c.key) && c.type !== undefined && c.type !== "");
}

/** Kinds of data whose marks stand beside the very item that changed. */
const itemised = new Set<Kind | undefined>(["vitals", "problems", "allergies", "medications", "coverage"]);

/** Changes that stand at no value of the page: who the patient is, and how the stay goes. */
export function looseMarks(view: PatientView): Mark[] {
  const own = new Set([...placed, "bed", ...ownColumns(view).map((c) => c.key)]);
  return view.marks.filter((m) => !own.has(m.column) && !itemised.has(columnOf(view, m.column)?.kind));
}

/** A column that the page speaks of, chosen by its reader or not. */
export function columnOf(view: PatientView, key: string): Column | undefined {
  return [...view.columns, ...view.others].find((c) => c.key === key);
}

/** The name of a column: its own, or the catalogue's. */
export function labelOfColumn(view: PatientView, key: string, t: T): string {
  const custom = columnOf(view, key)?.label;
  if (custom) return custom;
  if (key === "entry") return t("activity.entry");
  return t.dyn(`vital.${key}`, "") || t.dyn(`column.${key}`, key);
}
