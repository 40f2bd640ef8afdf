import type { Entry, Round } from "../api/gen";

/** How a round stands for the patients who are on the list now. */
export interface Progress {
  order: string[];
  seen: number;
  total: number;
  left: string[]; // not seen yet, in order
}

/**
 * The round's own order, without those who left the list, and with those who
 * joined since at the end, so that nobody is missed.
 */
export function progressOf(round: Round, entries: Entry[]): Progress {
  const here = new Set(entries.map((e) => e.id));
  const planned = round.order.filter((id) => here.has(id));
  const joined = entries.map((e) => e.id).filter((id) => !round.order.includes(id));
  const order = [...planned, ...joined];
  const left = order.filter((id) => round.seen[id] === undefined);
  return { order, seen: order.length - left.length, total: order.length, left };
}

/** Who is next to be seen after one: further down, else from the top again; undefined when all were. */
export function nextUnseen(progress: Progress, after: string | undefined): string | undefined {
  const from = after === undefined ? -1 : progress.order.indexOf(after);
  const below = progress.order.slice(from + 1);
  const above = progress.order.slice(0, Math.max(0, from));
  return [...below, ...above].find((id) => progress.left.includes(id));
}

/** One step along the order, whoever was seen; it stays at the ends. */
export function step(progress: Progress, from: string, by: 1 | -1): string {
  const place = progress.order.indexOf(from) + by;
  return progress.order[Math.min(progress.order.length - 1, Math.max(0, place))] ?? from;
}
