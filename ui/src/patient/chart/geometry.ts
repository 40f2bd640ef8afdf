import type { Point, Series } from "../../api/gen";
import type { Window } from "./time";
import type { Axis } from "./value";

/** The place of the drawing inside its SVG, in pixels. */
export interface Frame {
  width: number;
  height: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** All graphs of a stack share left and right, so that their time axes align (GTAB-146, 147). */
export const gutters = { left: 48, right: 16, top: 8, bottom: 22 } as const;

export function frameOf(width: number, height: number): Frame {
  return { width, height, ...gutters };
}

/** Width and height of a point's symbol; interpolation is thinner (GTAB-010, 170). */
export const symbolSize = 8;
export const lineWidth = 1.5;
/** Half the bar that ends a blood pressure (GTAB-041). */
export const barHalf = 4;

/** Linear in time (GTAB-085) … */
export function xOf(t: number, window: Window, frame: Frame): number {
  const inner = frame.width - frame.left - frame.right;
  return frame.left + ((t - window.from) / (window.to - window.from)) * inner;
}

/** … and in value (GTAB-066), larger values higher. */
export function yOf(value: number, axis: Axis, frame: Frame): number {
  const inner = frame.height - frame.top - frame.bottom;
  return frame.top + ((axis.max - value) / (axis.max - axis.min)) * inner;
}

/** The time at a place, for a pointer. */
export function timeAt(x: number, window: Window, frame: Frame): number {
  const inner = frame.width - frame.left - frame.right;
  const part = Math.min(1, Math.max(0, (x - frame.left) / inner));
  return window.from + part * (window.to - window.from);
}

/** One drawn measurement. */
export interface Dot {
  point: Point;
  x: number;
  y: number;
  /** The diastolic end of a blood pressure: one vertical line from y to y2 (GTAB-040). */
  y2?: number;
  /** The value lies outside of the axis: it is drawn at the edge, with its number (GTAB-078). */
  beyond?: "above" | "below";
}

export interface Plot {
  dots: Dot[];
  /** Straight lines between points, whose ends may lie outside of the window (GTAB-166). */
  line: [number, number][];
  /** Pale areas of what is normal (GTAB-182). */
  bands: { y: number; height: number }[];
  /** Points stand so close that symbols would overlap: they become strokes (GTAB-014, 044). */
  dense: boolean;
}

export function plotOf(series: Series, window: Window, axis: Axis, frame: Frame): Plot {
  const points = [...series.points].sort((a, b) => Date.parse(a.time) - Date.parse(b.time));
  const dots = points.filter((p) => within(p, window)).map((p) => dotOf(p, window, axis, frame));
  return {
    dots,
    line: series.points.some((p) => p.value2 !== undefined)
      ? [] // the verticals of blood pressures are not joined (GTAB-043)
      : lineOf(points, window, axis, frame),
    bands: bandsOf(series, axis, frame),
    dense: isDense(dots),
  };
}

function within(p: Point, window: Window): boolean {
  const t = Date.parse(p.time);
  return t >= window.from && t <= window.to;
}

function dotOf(point: Point, window: Window, axis: Axis, frame: Frame): Dot {
  const dot: Dot = {
    point,
    x: xOf(Date.parse(point.time), window, frame),
    y: yOf(clamp(point.value, axis), axis, frame),
  };
  if (point.value2 !== undefined) dot.y2 = yOf(clamp(point.value2, axis), axis, frame);
  if (point.value > axis.max) dot.beyond = "above";
  if ((point.value2 ?? point.value) < axis.min) dot.beyond = "below";
  return dot;
}

function lineOf(points: Point[], window: Window, axis: Axis, frame: Frame): [number, number][] {
  const first = points.findIndex((p) => Date.parse(p.time) >= window.from);
  if (first < 0) return [];
  const after = points.findIndex((p) => Date.parse(p.time) > window.to);
  const part = points.slice(Math.max(0, first - 1), after < 0 ? points.length : after + 1);
  return part.map((p) => [xOf(Date.parse(p.time), window, frame), yOf(clamp(p.value, axis), axis, frame)]);
}

function bandsOf(series: Series, axis: Axis, frame: Frame): Plot["bands"] {
  const pairs: [number | undefined, number | undefined][] = [
    [series.low, series.high],
    [series.low2, series.high2],
  ];
  return pairs.flatMap(([low, high]) => {
    if (low === undefined && high === undefined) return [];
    const top = yOf(clamp(high ?? axis.max, axis), axis, frame);
    const bottom = yOf(clamp(low ?? axis.min, axis), axis, frame);
    return bottom > top ? [{ y: top, height: bottom - top }] : [];
  });
}

function isDense(dots: Dot[]): boolean {
  return dots.some((d, i) => {
    const next = dots[i + 1];
    return next !== undefined && next.x - d.x < symbolSize * 0.75 && next.x - d.x > 0.01;
  });
}

function clamp(value: number, axis: Axis): number {
  return Math.min(axis.max, Math.max(axis.min, value));
}

/** Symbols that are centred on their value (GTAB-008, 012), one shape for each graph of a stack. */
const shapes = [
  (r: number) => `M ${-r} 0 a ${r} ${r} 0 1 0 ${2 * r} 0 a ${r} ${r} 0 1 0 ${-2 * r} 0 Z`,
  (r: number) => `M ${-r} ${-r} H ${r} V ${r} H ${-r} Z`,
  (r: number) => `M 0 ${-r * 1.25} L ${r * 1.25} 0 L 0 ${r * 1.25} L ${-r * 1.25} 0 Z`,
];

export function symbolOf(index: number): string {
  const shape = shapes[index % shapes.length] ?? shapes[0];
  return shape ? shape(symbolSize / 2) : "";
}

/** A blood pressure: one vertical with a bar at each end, or without where points are dense (GTAB-040, 041, 044). */
export function doubleT(dot: Dot, dense: boolean): string {
  if (dot.y2 === undefined) return "";
  const stem = `M ${dot.x} ${dot.y} V ${dot.y2}`;
  if (dense) return stem;
  const bar = (y: number) => `M ${dot.x - barHalf} ${y} H ${dot.x + barHalf}`;
  return `${stem} ${bar(dot.y)} ${bar(dot.y2)}`;
}
