import { describe, expect, it } from "vitest";
import type { Point, Series } from "../../api/gen";
import { moveFocus, nearestStop, readAt, stopsOf, toleranceOf } from "./focus";
import {
  barHalf,
  doubleT,
  frameOf,
  lineWidth,
  plotOf,
  symbolOf,
  symbolSize,
  timeAt,
  xOf,
  yOf,
} from "./geometry";
import { marksOf, ranges, spanOf, windowOf } from "./time";
import { axisOf, marksOfAxis, niceStep } from "./value";
import { instantOf, wallOf } from "./zone";

const now = Date.parse("2026-11-23T14:32:00Z");
const hour = 3_600_000;
const day = 24 * hour;

function point(time: string, value: number, value2?: number): Point {
  const text = value2 === undefined ? String(value) : `${value}/${value2}`;
  return { id: time, time, value, text, ...(value2 === undefined ? {} : { value2 }) };
}

function series(vital: string, points: Point[], rest: Partial<Series> = {}): Series {
  return { vital, label: vital, unit: "/min", points, ...rest };
}

const pulse = series(
  "hr",
  [
    point("2026-11-23T14:00:00Z", 72),
    point("2026-11-23T10:00:00Z", 90),
    point("2026-11-23T06:00:00Z", 60),
    point("2026-11-20T06:00:00Z", 66),
  ],
  { low: 60, high: 100, band: "adults" },
);
const pressure = series(
  "bp",
  [point("2026-11-23T14:01:00Z", 118, 76), point("2026-11-23T09:58:00Z", 132, 84)],
  { low: 90, high: 140, low2: 60, high2: 90, unit: "mm[Hg]" },
);

describe("time", () => {
  it.each([
    ["24h", 1],
    ["3d", 3],
    ["7d", 7],
  ] as const)("GTAB-067, 096: range %s is a fixed %d days", (range, days) => {
    const w = windowOf(range, [pulse], now);
    expect((w.to - w.from) / day).toBe(days);
  });

  it("GTAB-097: a new point shifts the window and keeps its scale", () => {
    const before = windowOf("24h", [pulse], now);
    const later = now + 2 * hour;
    const longer = series("hr", [point(new Date(later).toISOString(), 75), ...pulse.points]);
    const after = windowOf("24h", [longer], later);
    expect(after.to - before.to).toBe(2 * hour);
    expect(after.to - after.from).toBe(before.to - before.from);
  });

  it("GTAB-099: all data take the nearest set scale that holds them", () => {
    expect(spanOf("all", [pulse], now) / day).toBe(7);
    const old = series("weight", [point("2016-03-01", 80)]);
    expect(spanOf("all", [old], now) / day).toBe(7305);
  });

  it("ends at the newest measurement when nothing is recent, and says so", () => {
    const old = series("hr", [point("2024-03-12T08:10:00Z", 80)]);
    const w = windowOf("24h", [old], now);
    expect(new Date(w.to).toISOString()).toBe("2024-03-12T09:00:00.000Z");
    expect(w.shifted).toBe(true);
    expect(windowOf("24h", [pulse], now).shifted).toBe(false);
  });

  it("moves back by half its length", () => {
    const w = windowOf("3d", [pulse], now, 1);
    expect(windowOf("3d", [pulse], now).to - w.to).toBe(1.5 * day);
  });

  it("GTAB-087, 088: hours are marked and midnight of the ward's zone stands out", () => {
    const marks = marksOf({ from: now - day, to: now, shifted: false }, "Asia/Taipei");
    const major = marks.filter((m) => m.major).map((m) => new Date(m.at).toISOString());
    expect(major).toEqual(
      ["2026-11-23T16:00:00.000Z", "2026-11-22T16:00:00.000Z"].filter((t) => Date.parse(t) <= now),
    );
    expect(marks.every((m) => wallOf(m.at, "Asia/Taipei").hour % 2 === 0)).toBe(true);
  });

  it.each(ranges)("GTAB-089: %s has a readable number of marks", (range) => {
    const old = series("hr", [point("2025-01-01T00:00:00Z", 70), ...pulse.points]);
    const labels = marksOf(windowOf(range, [old], now), "Europe/London").filter((m) => m.label !== "none");
    expect(labels.length).toBeGreaterThanOrEqual(2);
    expect(labels.length).toBeLessThanOrEqual(9);
  });

  it("keeps midnight where the clocks change", () => {
    const at = instantOf({ year: 2026, month: 10, day: 25, hour: 24, minute: 0 }, "Europe/London");
    expect(wallOf(at, "Europe/London")).toEqual({ year: 2026, month: 10, day: 26, hour: 0, minute: 0 });
    const marks = marksOf(
      { from: Date.parse("2026-10-24T12:00:00Z"), to: Date.parse("2026-10-27T12:00:00Z"), shifted: false },
      "Europe/London",
    );
    expect(marks.filter((m) => m.major).map((m) => wallOf(m.at, "Europe/London").hour)).toEqual([0, 0, 0]);
  });
});

describe("value axis", () => {
  it("GTAB-069, 070: shows the normal band and a margin, whatever the data are", () => {
    for (const s of [pulse, pressure]) {
      const axis = axisOf(s);
      expect(axis.min).toBeLessThan(s.low2 ?? s.low ?? 0);
      expect(axis.max).toBeGreaterThan(s.high ?? 0);
    }
  });

  it("GTAB-072: does not stretch the data to fill the graph", () => {
    expect(axisOf(pulse)).toEqual(axisOf(series("hr", [point("2026-11-23T14:00:00Z", 71)])));
    const flat = axisOf(
      series("weight", [point("2026-11-22", 80), point("2026-11-23", 80.4)], { unit: "kg" }),
    );
    expect(flat.max - flat.min).toBeGreaterThan(10);
  });

  it("takes the range that the record's reader gives", () => {
    expect(axisOf(series("temp", [], { min: 34, max: 42 }))).toEqual({ min: 34, max: 42, step: 2 });
  });

  it("GTAB-028: a temperature in °F never uses the axis of °C", () => {
    const axis = axisOf(series("temp", [point("2026-11-23", 98.6)], { unit: "[degF]" }));
    expect(axis.max).toBeGreaterThan(98.6);
  });

  it.each([
    [{ min: 30, max: 180, step: 30 }, [30, 60, 90, 120, 150, 180]],
    [{ min: 0, max: 0.5, step: 0.1 }, [0, 0.1, 0.2, 0.3, 0.4, 0.5]],
  ])("GTAB-092, 094: marks of %o are simple numbers", (axis, want) => {
    expect(marksOfAxis(axis)).toEqual(want);
  });

  it("GTAB-093: steps are 1, 2 or 5 times a power of ten", () => {
    for (const span of [0.7, 3, 8, 40, 130, 999, 12345]) {
      expect(["1", "2", "5"]).toContain(niceStep(span).toExponential().split("e")[0]);
    }
  });
});

describe("geometry", () => {
  const frame = frameOf(648, 130);
  const window = windowOf("24h", [pulse], now);

  it("GTAB-066, 085: place is linear in time and in value", () => {
    const middle = (window.from + window.to) / 2;
    expect(xOf(window.from, window, frame)).toBe(frame.left);
    expect(xOf(window.to, window, frame)).toBe(frame.width - frame.right);
    expect(xOf(middle, window, frame)).toBe((frame.left + frame.width - frame.right) / 2);
    const axis = axisOf(pulse);
    expect(yOf(axis.max, axis, frame)).toBe(frame.top);
    expect(yOf(axis.min, axis, frame)).toBe(frame.height - frame.bottom);
    expect(timeAt(xOf(middle, window, frame), window, frame)).toBe(middle);
  });

  it("GTAB-146, 147: every graph of a stack has the same left edge and the same time at the same place", () => {
    const tall = frameOf(648, 220);
    expect(xOf(now, window, tall)).toBe(xOf(now, window, frame));
  });

  it("GTAB-012: a point stands on its value, at its time", () => {
    const { dots } = plotOf(pulse, window, axisOf(pulse), frame);
    expect(dots.map((d) => d.point.value)).toEqual([60, 90, 72]);
    const last = dots.at(-1);
    expect(last?.x).toBe(xOf(Date.parse("2026-11-23T14:00:00Z"), window, frame));
    expect(last?.y).toBe(yOf(72, axisOf(pulse), frame));
  });

  it("GTAB-164, 166: straight lines join the points and run on to the one outside of the window", () => {
    const { line } = plotOf(pulse, window, axisOf(pulse), frame);
    expect(line).toHaveLength(4);
    expect(line[0]?.[0]).toBeLessThan(frame.left);
  });

  it("GTAB-010, 170: points are larger than the lines that join them", () => {
    expect(symbolSize).toBeGreaterThanOrEqual(2 * lineWidth);
  });

  it("GTAB-039…043: a blood pressure is one vertical with a bar at each end, and is not joined", () => {
    const { dots, line, dense } = plotOf(pressure, window, axisOf(pressure), frame);
    const dot = dots.at(-1);
    if (!dot) throw new Error("no blood pressure drawn");
    expect(dot.y2).toBeGreaterThan(dot.y);
    expect(line).toEqual([]);
    expect(dense).toBe(false);
    expect(doubleT(dot, dense).match(/V/g)).toHaveLength(1);
    expect(doubleT(dot, dense).match(/H/g)).toHaveLength(2);
    expect(doubleT(dot, dense)).toContain(`H ${dot.x + barHalf}`);
  });

  it("GTAB-014, 044: where points are dense, symbols become strokes and pressures lose their bars", () => {
    const many = Array.from({ length: 400 }, (_, i) =>
      point(new Date(now - i * 3 * 60_000).toISOString(), 120, 80),
    );
    const { dots, dense } = plotOf(series("bp", many), window, axisOf(pressure), frame);
    expect(dense).toBe(true);
    const dot = dots[0];
    expect(dot && doubleT(dot, dense)).not.toMatch(/H/);
  });

  it("GTAB-182: the normal band is an area, one for systolic and one for diastolic", () => {
    expect(plotOf(pulse, window, axisOf(pulse), frame).bands).toEqual([
      {
        y: yOf(100, axisOf(pulse), frame),
        height: yOf(60, axisOf(pulse), frame) - yOf(100, axisOf(pulse), frame),
      },
    ]);
    expect(plotOf(pressure, window, axisOf(pressure), frame).bands).toHaveLength(2);
  });

  it("GTAB-174: draws no band where none is known", () => {
    expect(plotOf(series("weight", []), window, { min: 0, max: 100, step: 20 }, frame).bands).toEqual([]);
  });

  it("GTAB-078: a value outside of the axis is shown at the edge, and as such", () => {
    const high = series("hr", [point("2026-11-23T13:00:00Z", 210)]);
    const dot = plotOf(high, window, axisOf(high), frame).dots[0];
    expect(dot?.beyond).toBe("above");
    expect(dot?.y).toBe(frame.top);
  });

  it("GTAB-002: neighbours in a stack have different symbols", () => {
    expect(symbolOf(0)).not.toBe(symbolOf(1));
    expect(symbolOf(1)).not.toBe(symbolOf(2));
    expect(symbolOf(0)).toBe(symbolOf(3));
  });
});

describe("focus line", () => {
  const window = windowOf("24h", [pulse, pressure], now);
  const stops = stopsOf([pulse, pressure], window);

  it("GTAB-057, 058: stops once for each round of observations of all series", () => {
    expect(stops.map((s) => new Date(s).toISOString().slice(11, 16))).toEqual(["06:00", "09:58", "14:00"]);
  });

  it.each([
    [undefined, "ArrowLeft", 2],
    [2, "ArrowLeft", 1],
    [0, "ArrowLeft", 0],
    [0, "ArrowRight", 1],
    [2, "ArrowRight", 2],
    [2, "Home", 0],
    [0, "End", 2],
  ])("GTAB-064: from stop %s, %s goes to stop %s", (from, key, to) => {
    const focus = from === undefined ? undefined : stops[from];
    expect(moveFocus(stops, focus, key)).toBe(stops[to]);
  });

  it("leaves other keys alone", () => {
    expect(moveFocus(stops, stops[0], "Tab")).toBeUndefined();
    expect(moveFocus([], undefined, "ArrowLeft")).toBeUndefined();
  });

  it("GTAB-063: a pointer takes it to the nearest stop", () => {
    expect(nearestStop(stops, Date.parse("2026-11-23T07:00:00Z"))).toBe(stops[0]);
    expect(nearestStop([], now)).toBeUndefined();
  });

  it("GTAB-060: reads the value at the line, the one before and the one after", () => {
    const reading = readAt(pulse, Date.parse("2026-11-23T09:58:00Z"), toleranceOf(window));
    expect([reading.before?.value, reading.at?.value, reading.after?.value]).toEqual([60, 90, 72]);
  });

  it("reads nothing where nothing was measured", () => {
    const reading = readAt(pressure, Date.parse("2026-11-23T06:00:00Z"), toleranceOf(window));
    expect(reading.at).toBeUndefined();
    expect(reading.after?.text).toBe("132/84");
  });
});
