/**
 * Calendar arithmetic in an IANA zone. Wards read charts by their own midnight,
 * so the marks of a time axis fall on the hours of the space's zone and not on
 * those of the device.
 */

export interface Wall {
  year: number;
  month: number; // 1–12
  day: number;
  hour: number;
  minute: number;
}

const readers = new Map<string, Intl.DateTimeFormat>();

function reader(zone: string): Intl.DateTimeFormat {
  let found = readers.get(zone);
  if (!found) {
    found = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
    });
    readers.set(zone, found);
  }
  return found;
}

/** What the clock on the wall shows at an instant. */
export function wallOf(instant: number, zone: string): Wall {
  const wall: Record<string, number> = {};
  for (const part of reader(zone).formatToParts(instant)) {
    wall[part.type] = Number(part.value);
  }
  return {
    year: wall.year ?? 0,
    month: wall.month ?? 1,
    day: wall.day ?? 1,
    hour: wall.hour ?? 0,
    minute: wall.minute ?? 0,
  };
}

/**
 * The instant at which the clock shows a time. Fields may overflow (day 32,
 * hour 24). A time that the clocks skip in spring is the one an hour later.
 */
export function instantOf(wall: Wall, zone: string): number {
  const plain = Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute);
  const first = plain - offsetAt(plain, zone);
  return plain - offsetAt(first, zone);
}

function offsetAt(instant: number, zone: string): number {
  const w = wallOf(instant, zone);
  return Date.UTC(w.year, w.month - 1, w.day, w.hour, w.minute) - floorTo(instant, 60_000);
}

function floorTo(value: number, step: number): number {
  return Math.floor(value / step) * step;
}
