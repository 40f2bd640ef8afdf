import { describe, expect, it } from "vitest";
import en from "./en/index";
import { loadT, makeT, pickLocale } from "./index";
import { fill, type Message } from "./message";
import zh from "./zh-TW/index";

const catalogues: Record<string, Record<string, Message>> = { en, "zh-TW": zh };
const formsOf = (m: Message) => (typeof m === "string" ? [m] : Object.values(m));
const namesOf = (m: Message) =>
  [...new Set(formsOf(m).flatMap((text) => [...text.matchAll(/\{(\w+)\}/g)].map((x) => x[1])))].sort();

describe("catalogues", () => {
  it("have equal keys", () => {
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
  });

  it.each(Object.entries(catalogues))("%s has no empty text", (_, catalogue) => {
    const empty = Object.entries(catalogue).filter(([, m]) => formsOf(m).some((text) => text.trim() === ""));
    expect(empty).toEqual([]);
  });

  it("fill the same names in every language", () => {
    const apart = Object.keys(en).filter(
      (key) =>
        String(namesOf(catalogues.en?.[key] ?? "")) !== String(namesOf(catalogues["zh-TW"]?.[key] ?? "")),
    );
    expect(apart).toEqual([]);
  });

  it("areas do not overwrite each other's keys", async () => {
    const areas = await Promise.all([
      import("./en/common"),
      import("./en/setup"),
      import("./en/list"),
      import("./en/patient"),
    ]);
    const all = areas.flatMap((area) => Object.keys(area.default));
    expect(all.filter((key, i) => all.indexOf(key) !== i)).toEqual([]);
  });

  it("zh-TW is written in Chinese", () => {
    const latin = Object.entries(catalogues["zh-TW"] ?? {}).filter(
      ([, m]) =>
        formsOf(m).some((text) => /[a-z]{3}/.test(text.replace(/\{\w+\}|Excel/g, ""))) &&
        !formsOf(m).some((text) => /\p{Script=Han}/u.test(text)),
    );
    expect(latin.map(([key]) => key)).toEqual([]);
  });
});

describe("fill", () => {
  const en = new Intl.PluralRules("en");
  it.each([
    ["one", 1, "1 patient"],
    ["other", 2, "2 patients"],
    ["none", 0, "0 patients"],
  ])("chooses the form of %s", (_, count, want) => {
    expect(fill({ one: "{count} patient", other: "{count} patients" }, { count }, en)).toBe(want);
  });
  it("leaves a name without a value as it is", () => {
    expect(fill("{a} {b}", { a: "1" }, en)).toBe("1 {b}");
  });
  it("does not fill what a value holds", () => {
    expect(fill("{a}", { a: "{b}", b: "no" }, en)).toBe("{b}");
  });
});

describe("t", () => {
  it("gives a fallback for a key that data made up", async () => {
    const t = await loadT("en");
    expect(t.dyn("reason.no-such-thing", "as the server says")).toBe("as the server says");
    expect(t.dyn("toString", "fallback")).toBe("fallback");
    expect(t.has("action.save")).toBe(true);
    expect(t.has("constructor")).toBe(false);
  });
  it("shows the key of a text that is not there", () => {
    expect(makeT("en", {})("action.save")).toBe("action.save");
  });
});

describe("pickLocale", () => {
  it.each([
    ["what the person chose", "zh-TW", ["en-GB"], "zh-TW"],
    ["the browser's Chinese, whichever", undefined, ["zh-HK", "en"], "zh-TW"],
    ["the first of the browser's that there is", "", ["de", "en-US", "zh"], "en"],
    ["English where there is none", undefined, ["de", "fr"], "en"],
  ] as const)("takes %s", (_, wanted, browser, want) => {
    expect(pickLocale(wanted, browser)).toBe(want);
  });
});
