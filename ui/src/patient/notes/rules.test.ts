import { describe, expect, it } from "vitest";
import type { Note, Role } from "../../api/gen";
import { rightsOf, sorted, wasAmended } from "./rules";

const at = "2026-11-23T14:00:00Z";
const base: Note = { id: "n1", entry: "e1", text: "Dry dressing", pinned: false, by: "p1", at, version: 1 };
const after = (minutes: number) => Date.parse(at) + minutes * 60_000;

describe("a note", () => {
  it.each<[string, Partial<Note>, string, Role, number, ReturnType<typeof rightsOf>]>([
    [
      "is changed by its author for 15 minutes",
      {},
      "p1",
      "member",
      14.9,
      { write: "edit", remove: true, pin: true },
    ],
    [
      "is amended by its author after that",
      {},
      "p1",
      "member",
      15,
      { write: "amend", remove: true, pin: true },
    ],
    ["is pinned, but not changed, by others", {}, "p2", "owner", 1, { remove: false, pin: true }],
    ["is only read by a viewer, even its author", {}, "p1", "viewer", 1, { remove: false, pin: false }],
    ["is left alone once deleted", { deleted: at }, "p1", "member", 1, { remove: false, pin: false }],
  ])("%s", (_, change, me, role, minutes, want) => {
    expect(rightsOf({ ...base, ...change }, me, role, after(minutes))).toEqual(want);
  });

  it("stands newest first, pinned on top, and loses its place there when deleted", () => {
    const notes: Note[] = [
      { ...base, id: "old", at: "2026-11-21T08:00:00Z" },
      { ...base, id: "pinned-old", at: "2026-11-20T08:00:00Z", pinned: true },
      { ...base, id: "deleted-pinned", at: "2026-11-22T08:00:00Z", pinned: true, deleted: at },
      { ...base, id: "new", at: "2026-11-23T08:00:00Z" },
      { ...base, id: "pinned-new", at: "2026-11-22T09:00:00Z", pinned: true },
    ];
    expect(sorted(notes).map((n) => n.id)).toEqual([
      "pinned-new",
      "pinned-old",
      "new",
      "deleted-pinned",
      "old",
    ]);
  });

  it("was amended when it has a history", () => {
    expect(wasAmended(base)).toBe(false);
    expect(wasAmended({ ...base, history: [{ text: "Wet dressing", by: "p1", at }] })).toBe(true);
  });
});
