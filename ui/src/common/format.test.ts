import { beforeAll, describe, expect, it } from "vitest";
import { loadT } from "../i18n";
import { type Format, isSet, knownZone, makeFormat, otherZone } from "./format";

let london: Format;
let taipei: Format;

beforeAll(async () => {
  london = makeFormat(await loadT("en"), "Europe/London");
  taipei = makeFormat(await loadT("zh-TW"), "Asia/Taipei");
});

describe("date", () => {
  it.each([
    ["a day", "2026-11-23", "23-Nov-2026", "2026年11月23日"],
    ["a day below ten", "2026-03-04", "04-Mar-2026", "2026年3月4日"],
    ["a month", "2026-11", "Nov-2026", "2026年11月"],
    ["a year", "2026", "2026", "2026年"],
    ["an instant, in the zone", "2026-11-23T23:30:00Z", "23-Nov-2026", "2026年11月24日"],
    ["an instant of summer, in the zone", "2026-06-30T23:30:00Z", "01-Jul-2026", "2026年7月1日"],
    ["nothing", "", "", ""],
    ["what is no date, as it is", "yesterday", "yesterday", "yesterday"],
  ])("writes %s", (_, value, en, zh) => {
    expect(london.date(value)).toBe(en);
    expect(taipei.date(value)).toBe(zh);
  });
});

describe("time", () => {
  it.each([
    ["winter", "2026-11-23T14:32:00Z", "14:32", "22:32"],
    ["summer", "2026-07-01T14:32:00Z", "15:32", "22:32"],
    ["midnight", "2026-11-23T00:00:00Z", "00:00", "08:00"],
    ["with an offset of its own", "2026-11-23T14:32:00+08:00", "06:32", "14:32"],
  ])("is in the space's zone in %s", (_, value, uk, tw) => {
    expect(london.time(value)).toBe(uk);
    expect(taipei.time(value)).toBe(tw);
  });
  it("is not made up for a date without one", () => {
    expect(london.time("2026-11-23")).toBe("");
    expect(london.dateTime("2026-11-23")).toBe("23-Nov-2026");
    expect(london.dateTime("2026-11-23T14:32:00Z")).toBe("23-Nov-2026 14:32");
  });
  it("leaves out today's date in short", () => {
    const now = "2026-11-23T18:00:00Z";
    expect(london.short("2026-11-23T14:32:00Z", now)).toBe("14:32");
    expect(london.short("2026-11-22T14:32:00Z", now)).toBe("22-Nov-2026 14:32");
  });
});

describe("ago", () => {
  const now = "2026-11-23T12:00:00Z";
  it.each([
    ["2026-11-23T11:59:31Z", "just now"],
    ["2026-11-23T11:58:00Z", "2 min ago"],
    ["2026-11-23T11:00:00Z", "1 h ago"],
    ["2026-11-21T12:00:01Z", "47 h ago"],
    ["2026-11-21T12:00:00Z", "2 days ago"],
    ["2026-11-23T12:00:05Z", "just now"],
  ])("%s is %s", (value, want) => {
    expect(london.ago(value, now)).toBe(want);
  });
});

describe("age", () => {
  const at = "2026-11-23T12:00:00Z";
  it.each([
    ["born today", "2026-11-23", "0 days", "0天"],
    ["a day", "2026-11-22", "1 day", "1天"],
    ["27 days", "2026-10-27", "27 days", "27天"],
    ["four weeks", "2026-10-26", "4 weeks", "4週"],
    ["weeks and days", "2026-08-20", "13 weeks 4 days", "13週4天"],
    ["a year less a day", "2025-11-24", "52 weeks", "52週"],
    ["a year", "2025-11-23", "12 months", "12個月"],
    ["months and days", "2025-05-20", "18 months 3 days", "18個月3天"],
    ["two years", "2024-11-23", "2 years", "2歲"],
    ["years and months", "2010-01-30", "16 years 9 months", "16歲9個月"],
    ["eighteen", "2008-11-23", "18 years", "18歲"],
    ["a day before eighteen", "2008-11-24", "17 years 11 months", "17歲11個月"],
    ["old", "1926-11-24", "99 years", "99歲"],
    ["a leap day", "2024-02-29", "2 years 8 months", "2歲8個月"],
    ["a year of birth only", "1941", "about 85 years", "約85歲"],
    ["born in the future", "2027-01-01", "", ""],
    ["not known", undefined, "", ""],
  ])("of %s", (_, born, en, zh) => {
    expect(london.age(born, at)).toBe(en);
    expect(taipei.age(born, at)).toBe(zh);
  });
  it("is counted to the day of death", () => {
    expect(london.age("1941-03-02", "2020-03-01")).toBe("78 years");
  });
  it("is counted by the day of the space's zone", () => {
    expect(taipei.age("2025-11-24", "2026-11-23T17:00:00Z")).toBe("12個月");
    expect(london.age("2025-11-24", "2026-11-23T17:00:00Z")).toBe("52 weeks");
  });
});

describe("name (PAB-0033…0053)", () => {
  it.each([
    [
      "family, given and title",
      { family: "Okafor", given: "Grace Ada", prefix: "Ms" },
      "OKAFOR, Grace Ada (Ms)",
    ],
    ["without a title", { family: "de Vries", given: "Jan" }, "DE VRIES, Jan"],
    ["with a suffix", { family: "Hale", given: "Tom", suffix: "Jr" }, "HALE Jr, Tom"],
    ["family only", { family: "Hale" }, "HALE"],
    ["given only", { given: "Tom" }, "UNKNOWN, Tom"],
    ["Chinese, without a comma", { family: "王", given: "小明", prefix: "先生" }, "王小明"],
    ["Chinese with a long surname", { family: "歐陽", given: "娜娜" }, "歐陽娜娜"],
    ["Korean", { family: "김", given: "민준" }, "김민준"],
    ["signs and letters apart", { family: "王", given: "David" }, "王 David"],
    ["Arabic", { family: "الحسن", given: "ليلى" }, "الحسن, ليلى"],
    ["a text where there are no parts", { text: "Baby of Okafor" }, "Baby of Okafor"],
    ["unknown (PAL-0460)", {}, "UNKNOWN, Unknown"],
    ["blank is unknown", { family: "  ", given: "" }, "UNKNOWN, Unknown"],
  ])("%s", (_, who, want) => {
    expect(london.name(who)).toBe(want);
  });
});

describe("isSet", () => {
  it("tells a time from no time", () => {
    expect(isSet("2026-11-23T12:00:00Z")).toBe(true);
    expect(isSet("0001-01-01T00:00:00Z")).toBe(false);
    expect(isSet(undefined)).toBe(false);
    expect(isSet("")).toBe(false);
  });
});

describe("knownZone", () => {
  it("is UTC where the browser does not know the zone", () => {
    expect(knownZone("Mars/Olympus")).toBe("UTC");
    expect(knownZone("")).toBe("UTC");
    expect(knownZone("Asia/Taipei")).toBe("Asia/Taipei");
  });
});

describe("the zone is named where the device shows another time", () => {
  const now = Date.parse("2026-11-23T12:00:00Z");
  const device = Intl.DateTimeFormat().resolvedOptions().timeZone;
  it("and not where it shows the same", async () => {
    const t = await loadT("en");
    expect(otherZone(makeFormat(t, device), now)).toBe("");
    // The device may stand in any zone, and New York's time is that of others too.
    const away = new Date(now).getTimezoneOffset() === 300 ? "Asia/Taipei" : "America/New_York";
    expect(otherZone(makeFormat(t, away), now)).toBe(away.replace("_", " "));
  });
});
