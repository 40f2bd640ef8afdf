import type { Series } from "../../api/gen";

/** The clinical axis of one vital sign. It is the same in every window. */
export interface Axis {
  min: number;
  max: number;
  step: number; // between marks
}

/** Ranges that show the normal band of adults and a margin (GTAB-069, 070). */
const known: Record<string, Axis> = {
  hr: { min: 30, max: 180, step: 30 },
  bp: { min: 40, max: 220, step: 40 },
  rr: { min: 4, max: 40, step: 6 },
  spo2: { min: 80, max: 100, step: 5 },
  "temp|Cel": { min: 34, max: 41, step: 1 },
  "temp|°C": { min: 34, max: 41, step: 1 },
  pain: { min: 0, max: 10, step: 2 },
};

/**
 * The axis of a series: as the server says, else the known one, else one over
 * everything that was ever measured, so that it stays when the window moves
 * (GTAB-072: never only as wide as the data in view).
 */
export function axisOf(series: Series): Axis {
  if (series.min !== undefined && series.max !== undefined && series.min < series.max) {
    return rounded(series.min, series.max);
  }
  const fixed = known[series.vital] ?? known[`${series.vital}|${series.unit}`];
  if (fixed) return fixed;
  const values = [...valuesOf(series), ...bandValues(series)];
  if (values.length === 0) return { min: 0, max: 1, step: 1 };
  const low = Math.min(...values);
  const high = Math.max(...values);
  // A flat line of measurements must look flat: at least a fifth of the value.
  const margin = Math.max((high - low) * 0.15, Math.abs(high) * 0.1, 0.5);
  const floor = low >= 0 ? Math.max(0, low - margin) : low - margin;
  return widened(floor, high + margin);
}

/** Marks at numbers whose middles are easy to find (GTAB-092, 093). */
export function marksOfAxis(axis: Axis): number[] {
  const marks: number[] = [];
  const first = Math.ceil(axis.min / axis.step - 1e-9) * axis.step;
  for (let v = first; v <= axis.max + 1e-9; v += axis.step) {
    marks.push(Number(v.toFixed(6)));
  }
  return marks;
}

function rounded(min: number, max: number): Axis {
  return { min, max, step: niceStep(max - min) };
}

function widened(min: number, max: number): Axis {
  const step = niceStep(max - min);
  return { min: Math.floor(min / step) * step, max: Math.ceil(max / step) * step, step };
}

/** 1, 2, 5 times a power of ten, for four to six marks. */
export function niceStep(span: number): number {
  const rough = span / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const digit = [1, 2, 5, 10].find((d) => d * power >= rough * 0.9) ?? 10;
  return Number((digit * power).toPrecision(6));
}

function valuesOf(series: Series): number[] {
  return series.points.flatMap((p) => (p.value2 === undefined ? [p.value] : [p.value, p.value2]));
}

function bandValues(series: Series): number[] {
  return [series.low, series.high, series.low2, series.high2].filter((v) => v !== undefined);
}
