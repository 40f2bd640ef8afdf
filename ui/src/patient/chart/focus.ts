import type { Point, Series } from "../../api/gen";
import { timesOf, type Window } from "./time";

/** What the focus line reads of one series (GTAB-057, 060). */
export interface Reading {
  at?: Point;
  before?: Point;
  after?: Point;
}

/** Measurements this near belong to one round of observations (GTAB-058). */
export function toleranceOf(window: Window): number {
  return Math.max(60_000, Math.min(30 * 60_000, (window.to - window.from) / 144));
}

/**
 * The times where the focus line stops: each round of observations once. Keys
 * go from one to the next (GTAB-064), a pointer to the nearest.
 */
export function stopsOf(series: Series[], window: Window): number[] {
  const tolerance = toleranceOf(window);
  const times = timesOf(series)
    .filter((t) => t >= window.from && t <= window.to)
    .sort((a, b) => a - b);
  const stops: number[] = [];
  for (const t of times) {
    const last = stops.at(-1);
    if (last === undefined || t - last > tolerance) stops.push(t);
  }
  return stops;
}

export function nearestStop(stops: number[], t: number): number | undefined {
  let best: number | undefined;
  for (const s of stops) {
    if (best === undefined || Math.abs(s - t) < Math.abs(best - t)) best = s;
  }
  return best;
}

/** Where a key takes the focus line; undefined is a key that does not move it. */
export function moveFocus(stops: number[], focus: number | undefined, key: string): number | undefined {
  if (stops.length === 0) return undefined;
  const here = focus === undefined ? stops.length : stops.findIndex((s) => s >= focus);
  const place = here < 0 ? stops.length : here;
  switch (key) {
    case "ArrowLeft":
      return stops[Math.max(0, place - 1)];
    case "ArrowRight":
      return stops[Math.min(stops.length - 1, place + 1)];
    case "Home":
      return stops[0];
    case "End":
      return stops.at(-1);
    default:
      return undefined;
  }
}

/** What a series says at the line, and just before and after it. */
export function readAt(series: Series, t: number, tolerance: number): Reading {
  const points = [...series.points].sort((a, b) => Date.parse(a.time) - Date.parse(b.time));
  const reading: Reading = {};
  let distance = Number.POSITIVE_INFINITY;
  for (const p of points) {
    const d = Math.abs(Date.parse(p.time) - t);
    if (d <= tolerance && d < distance) {
      reading.at = p;
      distance = d;
    }
  }
  for (const p of points) {
    if (p === reading.at) continue;
    const pt = Date.parse(p.time);
    const pivot = reading.at ? Date.parse(reading.at.time) : t;
    if (pt < pivot) reading.before = p;
    if (pt > pivot && reading.after === undefined) reading.after = p;
  }
  return reading;
}
