import { describe, expect, it } from "vitest";
import { loadT } from "../i18n";
import { makeFormat } from "./format";
import { rawOf, sayValue, severities } from "./value";

const item = { id: "i", text: "Ann", current: true };

describe("rawOf", () => {
  it.each([
    ["a person's id, not the name", { type: "person" }, { ...item, owner: "p1" }, "p1"],
    ["a person who is only a text", { type: "person" }, item, "Ann"],
    ["the text of what is no person, whoever wrote it", { type: "text" }, { ...item, owner: "p1" }, "Ann"],
    ["nothing", { type: "person" }, undefined, ""],
  ] as const)("is %s", (_, column, it, want) => {
    expect(rawOf(column, it)).toBe(want);
  });
});

describe.each([
  ["en", ["Unstable", "Watcher", "Stable"], "Yes", "No", "23-Nov-2026", "Female"],
  ["zh-TW", ["不穩定", "需觀察", "穩定"], "是", "否", "2026年11月23日", "女"],
] as const)("sayValue in %s", (locale, words, yes, no, day, gender) => {
  const say = async (type: string, code: string, key = "custom:x") => {
    const t = await loadT(locale);
    return sayValue({ key, type }, code, { t, format: makeFormat(t, "UTC"), people: { p1: "Ann Lee" } });
  };
  it("has a word for every severity, gravest first", async () => {
    expect(await Promise.all(severities.map((s) => say("severity", s)))).toEqual(words);
  });
  it.each([
    ["flag", "true", yes],
    ["flag", "false", no],
    ["date", "2026-11-23", day],
    ["person", "p1", "Ann Lee"],
    ["person", "gone", "gone"],
    ["severity", "as it was once", "as it was once"],
    ["text", "true", "true"],
    ["", "", ""],
    ["flag", "", ""],
  ])("says of a %s %s: %s", async (type, code, want) => {
    expect(await say(type, code)).toBe(want);
  });
  it.each([
    ["Blood count", "Blood count"],
    ["Blood count · 2026-11-23", `Blood count · ${day}`],
    ["Call 2026-11-22 · 2026-11-23T08:15:00Z ✓", `Call 2026-11-22 · ${day} 08:15 ✓`],
  ])("says when a to-do of a mark is due: %s", async (line, want) => {
    expect(await say("todos", line, "todo")).toBe(want);
  });
  it("says who someone is with the birth date and the gender in words", async () => {
    expect(await say("identity", "LEE, Ann · 2026-11-23 · female · MRN-7", "identity")).toBe(
      `LEE, Ann · ${day} · ${gender} · MRN-7`,
    );
  });
  it("says a gender", async () => {
    expect(await say("", "female", "gender")).toBe(gender);
  });
});
