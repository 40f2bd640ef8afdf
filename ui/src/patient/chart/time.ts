import type { Series } from "../../api/gen";
import { instantOf, type Wall, wallOf } from "./zone";

/** The fixed ranges of the time axis (GTAB-067, 096). */
export const ranges = ["24h", "3d", "7d", "all"] as const;
export type Range = (typeof ranges)[number];

/** What a graph shows of time, from and to in milliseconds. */
export interface Window {
  from: number;
  to: number;
  /** It does not end now: the newest measurements lie further back. */
  shifted: boolean;
}

const hour = 3_600_000;
const day = 24 * hour;

const spans: Record<Exclude<Range, "all">, number> = { "24h": day, "3d": 3 * day, "7d": 7 * day };

/** The set scales that "all" chooses from (GTAB-099). */
const ladder = [1, 3, 7, 14, 30, 90, 180, 365, 730, 1826, 3652, 7305, 18262, 36525];

export function spanOf(range: Range, series: Series[], now: number): number {
  if (range !== "all") return spans[range];
  const times = timesOf(series);
  const reach = Math.max(now, ...times) - Math.min(now, ...times);
  const days = ladder.find((d) => d * day >= reach) ?? Math.ceil(reach / day);
  return days * day;
}

/**
 * The window of a range. It ends at the next full hour, so that a new
 * measurement shifts it and never changes its scale (GTAB-097). Where nothing
 * was measured in a range that ends now, it ends at the newest measurement
 * instead. Steps moves it back by halves of its length.
 */
export function windowOf(range: Range, series: Series[], now: number, steps = 0): Window {
  const span = spanOf(range, series, now);
  const newest = Math.max(...timesOf(series));
  const empty = Number.isFinite(newest) && newest < nextHour(now) - span;
  const anchor = nextHour(empty ? newest : Math.max(now, Number.isFinite(newest) ? newest : now));
  const to = anchor - steps * (span / 2);
  return { from: to - span, to, shifted: empty || steps > 0 };
}

/** Whether anything lies before the window, so that going back makes sense. */
export function hasEarlier(series: Series[], window: Window): boolean {
  return timesOf(series).some((t) => t < window.from);
}

export function timesOf(series: Series[]): number[] {
  return series.flatMap((s) => s.points.map((p) => Date.parse(p.time)));
}

function nextHour(t: number): number {
  return Math.ceil(t / hour) * hour;
}

/** A mark of the time axis: major ones begin a higher unit (GTAB-087, 088). */
export interface Mark {
  at: number;
  major: boolean;
  /** How it is written: the hour, or the date that begins here. */
  label: "hour" | "date" | "month" | "year" | "none";
}

interface Step {
  upTo: number; // days of window
  next: (w: Wall) => Wall;
  major: (w: Wall) => boolean;
  label: (w: Wall) => Mark["label"];
}

const midnight = (w: Wall) => w.hour === 0;

const byHours = (n: number, labelEvery: number, upTo: number): Step => ({
  upTo,
  next: (w) => ({ ...w, hour: (Math.floor(w.hour / n) + 1) * n, minute: 0 }),
  major: midnight,
  label: (w) => (midnight(w) ? "date" : w.hour % labelEvery === 0 ? "hour" : "none"),
});

const byDays = (n: number, upTo: number): Step => ({
  upTo,
  next: (w) => ({ ...w, day: w.day + n, hour: 0, minute: 0 }),
  major: () => true,
  label: () => "date",
});

const byMonths = (n: number, upTo: number): Step => ({
  upTo,
  next: (w) => ({
    ...w,
    month: (Math.floor((w.month - 1) / n) + 1) * n + 1,
    day: 1,
    hour: 0,
    minute: 0,
  }),
  major: (w) => w.month === 1 || n < 3,
  label: (w) => (w.month === 1 && n >= 3 ? "year" : "month"),
});

const byYears = (n: number, upTo: number): Step => ({
  upTo,
  next: (w) => ({
    year: (Math.floor(w.year / n) + 1) * n,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
  }),
  major: () => true,
  label: () => "year",
});

/** Conventional intervals only, never one for each measurement (GTAB-089). */
const stepsByLength: Step[] = [
  byHours(2, 6, 1),
  byHours(6, 12, 3),
  byHours(12, 24, 7),
  byDays(2, 14),
  byDays(7, 45),
  byMonths(1, 200),
  byMonths(3, 800),
  byYears(1, 4000),
  byYears(5, 8000),
  byYears(10, Number.POSITIVE_INFINITY),
];

/** The marks within a window, at the full hours, days … of the zone. */
export function marksOf(window: Window, zone: string): Mark[] {
  const days = (window.to - window.from) / day;
  const step = stepsByLength.find((s) => days <= s.upTo + 0.1);
  if (!step) return [];
  const marks: Mark[] = [];
  let wall = step.next(wallOf(window.from - 1, zone));
  for (let guard = 0; guard < 200; guard++) {
    const at = instantOf(wall, zone);
    if (at > window.to) break;
    wall = wallOf(at, zone); // days and months that overflowed, brought in order
    if (at >= window.from) {
      marks.push({ at, major: step.major(wall), label: step.label(wall) });
    }
    wall = step.next(wall);
  }
  return marks;
}
