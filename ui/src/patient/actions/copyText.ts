import type { AllergyState, Item, Kind, PatientView, Section } from "../../api/gen";
import { type Format, recordNotices } from "../../common";
import type { T } from "../../i18n";
import { particularsOf } from "../banner";
import { labelOf, newestFirst, valueText } from "../chart/sentence";
import { textOf } from "../own/useField";

export const forms = ["ipass", "sbar", "plain"] as const;
export type Form = (typeof forms)[number];

/** What a summary is made of: the page, and the sections that have been loaded. */
export interface Material {
  view: PatientView;
  sections: Partial<Record<Kind, Section>>;
  allergy: AllergyState;
  now: number;
}

interface Writer {
  t: T;
  format: Format;
}

/** A patient's summary as plain text. Every measured value carries its time, and what is missing is said. */
export function copyText(form: Form, m: Material, w: Writer): string {
  const parts = { ipass, sbar, plain }[form](m, w);
  const stamp = w.t("copy.stamp", { time: w.format.dateTime(m.now), list: m.view.list.name });
  return [head(m, w), ...parts, stamp].filter((p) => p !== "").join("\n\n");
}

function ipass(m: Material, w: Writer): string[] {
  const { t } = w;
  return [
    under(t("copy.head.illness"), severity(m, w)),
    under(t("copy.head.patient"), own(m, "summary"), problems(m, w), vitals(m, w), medicines(m, w)),
    under(t("copy.head.action"), todos(m, w) || t("todo.none")),
    under(t("copy.head.situation"), own(m, "contingency") || t("own.empty")),
    under(t("copy.head.synthesis"), "______"),
  ];
}

function sbar(m: Material, w: Writer): string[] {
  const { t } = w;
  return [
    under(t("copy.head.sbarSituation"), own(m, "summary") || t("own.empty"), severity(m, w)),
    under(t("copy.head.sbarBackground"), problems(m, w), medicines(m, w)),
    under(t("copy.head.sbarAssessment"), vitals(m, w)),
    under(t("copy.head.sbarRecommendation"), todos(m, w), own(m, "contingency")),
  ];
}

function plain(m: Material, w: Writer): string[] {
  return [
    own(m, "summary"),
    severity(m, w),
    problems(m, w),
    vitals(m, w),
    medicines(m, w),
    todos(m, w),
    own(m, "contingency"),
  ];
}

function under(heading: string, ...lines: string[]): string {
  return [heading, ...lines.filter((l) => l !== "")].join("\n");
}

function head({ view, sections, allergy }: Material, { t, format }: Writer): string {
  const { entry } = view;
  const bed = entry.bed ? `${t("banner.bed")} ${entry.bed} · ` : "";
  const who = particularsOf(entry.identity, t, format).map((p) => `${t(p.label)} ${p.value}`);
  const named = (sections.allergies?.items ?? []).filter((i) => i.current && allergy === "known").map(line);
  const allergies = [t(`allergy.${allergy}`), named.join("; ")].filter(Boolean).join(": ");
  const name = `${bed}${[format.name(entry.identity), ...who].join(" · ")}`;
  return [name, ...recordNotices(t, entry), allergies].join("\n");
}

function severity({ view }: Material, { t }: Writer): string {
  const code = textOf(view.entry.cells.severity);
  return `${t("column.severity")}: ${code === "" ? t("value.notSet") : t.dyn(`severity.${code}`, code)}`;
}

function own({ view }: Material, column: string): string {
  return textOf(view.entry.cells[column]);
}

function todos({ view }: Material, { t, format }: Writer): string {
  return view.todos
    .filter((x) => !x.done)
    .map((x) => {
      const owner = x.owner ? (view.people[x.owner] ?? "") : "";
      const due = x.due ? t("todo.dueOn", { date: format.dateTime(x.due) }) : "";
      const facts = [owner, due].filter(Boolean).join(", ");
      return `[ ] ${x.text}${facts === "" ? "" : ` (${facts})`}`;
    })
    .join("\n");
}

function line(item: Item): string {
  return [item.text, item.detail].filter(Boolean).join(", ");
}

/** The items that hold now; a section that is not there is named as such, never left out. */
function listed(kind: Kind, m: Material, w: Writer): string {
  const title = w.t(`section.${kind}`);
  const section = m.sections[kind];
  if (!m.view.kinds.includes(kind)) return "";
  if (!section || section.status === "pending") return `${title}: ${w.t("copy.notLoaded")}`;
  if (section.status !== "loaded") return `${title}: ${w.t(`state.${section.status}`)}`;
  const items = (section.items ?? []).filter((i) => i.current).map((i) => `- ${line(i)}`);
  const missing = section.complete
    ? ""
    : ` (${w.t("state.some", { shown: section.items?.length ?? 0, total: section.total })})`;
  return items.length === 0 ? `${title}: ${w.t("state.none")}` : [`${title}${missing}:`, ...items].join("\n");
}

function problems(m: Material, w: Writer): string {
  return listed("problems", m, w);
}

function medicines(m: Material, w: Writer): string {
  return listed("medications", m, w);
}

function vitals(m: Material, w: Writer): string {
  if (!m.view.kinds.includes("vitals")) return "";
  const title = w.t("vitals.latest");
  const section = m.sections.vitals;
  if (!section || section.status === "pending") return `${title}: ${w.t("copy.notLoaded")}`;
  const newest = (section.series ?? []).flatMap((s) => {
    const [point] = newestFirst(s.points);
    if (!point) return [];
    const text = `${labelOf(s, w.t)} ${valueText(point, s)}`;
    return [w.t("copy.asOf", { text, time: w.format.dateTime(point.time) })];
  });
  if (newest.length > 0) return `${title}: ${newest.join(", ")}`;
  return `${title}: ${w.t(`state.${section.status === "loaded" ? "none" : section.status}`)}`;
}
