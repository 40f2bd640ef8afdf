import type { Point, Series } from "../../api/gen";
import type { Format } from "../../common/format";
import type { T } from "../../i18n";
import type { Window } from "./time";
import { unitText } from "./unit";

/** A series and its unit, as every graph and table names it (GTAB-036). */
export function labelOf(series: Series, t: T): string {
  return t.dyn(`vital.${series.vital}`, series.label);
}

export function labelWithUnit(series: Series, t: T): string {
  return [labelOf(series, t), unitText(series.unit)].filter(Boolean).join(" ");
}

/** The value and its unit; the number as the record writes it (GTAB-054). */
export function valueText(point: Point, series: Series): string {
  return [point.text, unitText(series.unit)].filter(Boolean).join(" ");
}

/** Whose band is normal, and what it is: "Normal for adults 60–100" (GTAB-178). */
export function bandOf(series: Series, t: T): string {
  const first = span(series.low, series.high);
  if (first === "") return "";
  const second = span(series.low2, series.high2);
  const range = second === "" ? first : `${first} / ${second}`;
  return t("chart.band", { who: t.dyn(`population.${series.band ?? ""}`, series.band ?? ""), range });
}

function span(low: number | undefined, high: number | undefined): string {
  if (low === undefined && high === undefined) return "";
  if (low === undefined) return `≤ ${high}`;
  if (high === undefined) return `≥ ${low}`;
  return `${low}–${high}`;
}

/** What someone sees in a graph, in one or two sentences. */
export function sentenceOf(series: Series, window: Window, t: T, format: Format): string {
  const inside = newestFirst(series.points).filter((p) => {
    const at = Date.parse(p.time);
    return at >= window.from && at <= window.to;
  });
  const name = labelWithUnit(series, t);
  const from = format.dateTime(window.from);
  const to = format.dateTime(window.to);
  const latest = inside[0];
  if (!latest) return t("chart.sentence.none", { name, from, to });
  const values = [...inside].sort((a, b) => a.value - b.value);
  const said = t("chart.sentence", {
    count: inside.length,
    name,
    from,
    to,
    latest: latest.text,
    at: format.dateTime(latest.time),
    low: values[0]?.text ?? "",
    high: values.at(-1)?.text ?? "",
  });
  const before = inside[1];
  const parts = [said, before ? t("chart.sentence.before", { value: before.text }) : "", bandOf(series, t)];
  return parts.filter(Boolean).join(" ");
}

export function newestFirst(points: Point[]): Point[] {
  return [...points].sort((a, b) => Date.parse(b.time) - Date.parse(a.time));
}
