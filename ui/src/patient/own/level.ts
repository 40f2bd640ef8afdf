/** The illness severities of I-PASS. Each has a word and a shape, so that no colour is needed. */
export const levels = ["stable", "watcher", "unstable"] as const;
export type Level = (typeof levels)[number];

export const shapes: Record<Level, string> = { stable: "●", watcher: "▲", unstable: "■" };

/** The level that a cell's code names; undefined where none is set. */
export function levelOf(code: string): Level | undefined {
  return levels.find((l) => l === code);
}
