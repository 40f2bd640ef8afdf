import type { Locale, T } from "../i18n";
import { timeNow } from "./time";

// A Name is what the parts of a name are needed for; chart.Identity is one.
export interface NameParts {
  family?: string | undefined;
  given?: string | undefined;
  prefix?: string | undefined;
  suffix?: string | undefined;
  text?: string | undefined;
}

type When = string | number | Date;

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const cjk = /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}]/u;
const partial = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/;

// A Format writes dates, times, ages and names for one reader in one zone.
// Dates always have a month in words or signs, so that no reader takes the day
// for the month.
export interface Format {
  readonly locale: Locale;
  readonly zone: string;
  // date takes an instant, or a FHIR date in its own precision, which has no
  // zone.
  date(value: When | undefined): string;
  time(value: When | undefined): string;
  dateTime(value: When | undefined): string;
  // short leaves the date out where it is today's.
  short(value: When | undefined, now?: When): string;
  ago(value: When | undefined, now?: When): string;
  // age at a day: now, or the day of death.
  age(born: string | undefined, at?: When): string;
  name(who: NameParts): string;
  number(value: number): string;
}

// isSet tells a time from Go's zero time, which means there is none.
export function isSet(value: string | undefined | null): value is string {
  return value !== undefined && value !== null && value !== "" && !value.startsWith("0001-");
}

// otherZone names the zone of a format where the clock of the device shows
// another time; else it is empty.
export function otherZone(format: Format, now: number = timeNow()): string {
  const here = new Date(now);
  const day = `${here.getFullYear()}-${two(here.getMonth() + 1)}-${two(here.getDate())}`;
  const same = format.time(now) === `${two(here.getHours())}:${two(here.getMinutes())}`;
  return same && format.date(now) === format.date(day) ? "" : format.zone.replaceAll("_", " ");
}

export function makeFormat(t: T, zone: string): Format {
  const locale = t.locale;
  const zoned = zonedParts(zone);
  const date = (value: When | undefined) => {
    if (value === undefined || value === "") return "";
    const known = typeof value === "string" ? partial.exec(value) : null;
    if (known) return writeDate(locale, Number(known[1]), num(known[2]), num(known[3]));
    const p = zoned(value);
    return p === null ? String(value) : writeDate(locale, p.year, p.month, p.day);
  };
  const time = (value: When | undefined) => {
    if (value === undefined || value === "" || (typeof value === "string" && partial.test(value))) return "";
    const p = zoned(value);
    return p === null ? "" : `${two(p.hour)}:${two(p.minute)}`;
  };
  const dateTime = (value: When | undefined) => [date(value), time(value)].filter(Boolean).join(" ");
  return {
    locale,
    zone,
    date,
    time,
    dateTime,
    short: (value, now = timeNow()) => {
      const clock = time(value);
      return clock !== "" && date(value) === date(now) ? clock : dateTime(value);
    },
    ago: (value, now = timeNow()) => (value === undefined ? "" : writeAgo(t, instant(now) - instant(value))),
    age: (born, at = timeNow()) => writeAge(t, born, dayOf(at, zoned)),
    name: (who) => writeName(t, who),
    number: (value) => new Intl.NumberFormat(locale).format(value),
  };
}

interface Parts {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
}

function zonedParts(zone: string): (value: When) => Parts | null {
  const f = new Intl.DateTimeFormat("en", {
    timeZone: knownZone(zone),
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  return (value) => {
    const at = new Date(value);
    if (Number.isNaN(at.getTime())) return null;
    const p = Object.fromEntries(f.formatToParts(at).map((x) => [x.type, Number(x.value)]));
    return {
      year: p.year ?? 0,
      month: p.month ?? 1,
      day: p.day ?? 1,
      hour: p.hour ?? 0,
      minute: p.minute ?? 0,
    };
  };
}

// knownZone is zone, or UTC where the browser does not know it.
export function knownZone(zone: string): string {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone || "UTC" });
    return zone || "UTC";
  } catch {
    return "UTC";
  }
}

function writeDate(locale: Locale, year: number, month?: number, day?: number): string {
  if (locale === "zh-TW") {
    return `${year}年${month === undefined ? "" : `${month}月`}${day === undefined ? "" : `${day}日`}`;
  }
  const parts = [String(year).padStart(4, "0")];
  if (month !== undefined) parts.unshift(months[month - 1] ?? String(month));
  if (day !== undefined) parts.unshift(two(day));
  return parts.join("-");
}

function writeAgo(t: T, ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return t("ago.now");
  if (minutes < 60) return t("ago.minutes", { count: minutes });
  if (minutes < 48 * 60) return t("ago.hours", { count: Math.floor(minutes / 60) });
  return t("ago.days", { count: Math.floor(minutes / 1440) });
}

interface Day {
  y: number;
  m: number;
  d: number;
}

function dayOf(at: When, zoned: (value: When) => Parts | null): Day | null {
  const known = typeof at === "string" ? partial.exec(at) : null;
  if (known) return { y: Number(known[1]), m: num(known[2]) ?? 12, d: num(known[3]) ?? 28 };
  const p = zoned(at);
  return p === null ? null : { y: p.year, m: p.month, d: p.day };
}

// writeAge follows the age steps of the patient banner guidance: days to four
// weeks, weeks and days to a year, months and days to two, years and months to
// eighteen, then years. A birth date without its day gives whole years, said
// to be about right.
function writeAge(t: T, born: string | undefined, at: Day | null): string {
  const known = born === undefined ? null : partial.exec(born.slice(0, 10));
  if (!known || at === null) return "";
  const b = { y: Number(known[1]), m: num(known[2]), d: num(known[3]) };
  if (b.m === undefined || b.d === undefined) {
    return at.y < b.y ? "" : t("age.about", { age: t("age.years", { count: at.y - b.y }) });
  }
  const days = Math.round((Date.UTC(at.y, at.m - 1, at.d) - Date.UTC(b.y, b.m - 1, b.d)) / 86_400_000);
  if (days < 0) return "";
  if (days < 28) return t("age.days", { count: days });
  const months = (at.y - b.y) * 12 + at.m - b.m - (at.d < b.d ? 1 : 0);
  if (months < 12) return join(t, "weeks", Math.floor(days / 7), "days", days % 7);
  if (months < 24) return join(t, "months", months, "days", daysAfter(b.y, b.m, b.d, months, at));
  if (months < 216) return join(t, "years", Math.floor(months / 12), "months", months % 12);
  return t("age.years", { count: Math.floor(months / 12) });
}

type Unit = "days" | "weeks" | "months" | "years";

function join(t: T, big: Unit, n: number, small: Unit, rest: number): string {
  const first = t(`age.${big}`, { count: n });
  return rest === 0 ? first : t("age.and", { big: first, small: t(`age.${small}`, { count: rest }) });
}

function daysAfter(y: number, m: number, d: number, months: number, at: Day): number {
  const last = new Date(Date.UTC(y, m - 1 + months + 1, 0)).getUTCDate();
  const from = Date.UTC(y, m - 1 + months, Math.min(d, last));
  return Math.max(0, Math.round((Date.UTC(at.y, at.m - 1, at.d) - from) / 86_400_000));
}

// writeName follows PAB-0033…0053: FAMILY, Given (Prefix). A name in Chinese,
// Japanese or Korean signs is written as one, family first, without a comma.
function writeName(t: T, who: NameParts): string {
  const family = who.family?.trim() ?? "";
  const given = who.given?.trim() ?? "";
  const text = who.text?.trim() ?? "";
  if (family === "" && given === "") return text === "" ? t("name.unknown") : text;
  if (cjk.test(family + given)) {
    const apart = cjk.test(family) && cjk.test(given) ? "" : " ";
    return [family, given].filter(Boolean).join(apart);
  }
  const suffix = who.suffix?.trim() ? ` ${who.suffix.trim()}` : "";
  const prefix = who.prefix?.trim() ? ` (${who.prefix.trim()})` : "";
  const first = family === "" ? t("name.unknownFamily") : family.toUpperCase();
  return `${[first + suffix, given].filter(Boolean).join(", ")}${prefix}`;
}

// isCJK tells whether a name is written in Chinese, Japanese or Korean signs.
export function isCJK(text: string): boolean {
  return cjk.test(text);
}

function instant(value: When): number {
  return new Date(value).getTime();
}

function num(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function two(n: number): string {
  return String(n).padStart(2, "0");
}
