import { timeNow } from "../common/time";

/**
 * Reads a date of birth as people write it. Never guesses between two
 * readings: where day and month could be swapped, both are given and a person
 * chooses.
 */
export type DateReading =
  | { kind: "empty" }
  | { kind: "read"; iso: string }
  | { kind: "ambiguous"; isos: [string, string] }
  | { kind: "unreadable" }
  | { kind: "future"; iso: string };

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** Years of the Republic of China count from 1912. */
const rocEpoch = 1911;
const oldest = 130;

export function readBorn(text: string, today: Date = new Date(timeNow())): DateReading {
  const plain = text.normalize("NFKC").trim();
  if (plain === "") {
    return { kind: "empty" };
  }
  const isos = readings(plain).filter((iso) => Number(iso.slice(0, 4)) >= today.getFullYear() - oldest);
  const distinct = [...new Set(isos)];
  const past = distinct.filter((iso) => !isFuture(iso, today));
  if (past.length === 2) {
    return { kind: "ambiguous", isos: [past[0] as string, past[1] as string] };
  }
  if (past[0] !== undefined) {
    return { kind: "read", iso: past[0] };
  }
  return distinct[0] === undefined ? { kind: "unreadable" } : { kind: "future", iso: distinct[0] };
}

function readings(text: string): string[] {
  return (
    readCJK(text) ??
    readISO(text) ??
    readDigits(text) ??
    readNamedMonth(text) ??
    readNumbers(text) ??
    []
  ).filter((iso): iso is string => iso !== undefined);
}

type Maybe = (string | undefined)[] | undefined;

/** 1981年11月10日, 民國70年11月10日, 民國70.11.10, 民國70年. */
function readCJK(text: string): Maybe {
  const roc = /^(?:民國|民国|ROC)\s*/i.exec(text);
  const rest = roc ? text.slice(roc[0].length) : text;
  const parts =
    /^(\d{1,4})\s*年(?:\s*(\d{1,2})\s*月(?:\s*(\d{1,2})\s*[日號号]?)?)?$/.exec(rest) ??
    (roc ? /^(\d{1,3})[./-](\d{1,2})[./-](\d{1,2})$/.exec(rest) : null);
  if (!parts) {
    return roc ? [] : undefined;
  }
  const year = Number(parts[1]);
  const western = roc || (parts[1] as string).length < 4 ? year + rocEpoch : year;
  return [iso(western, parts[2], parts[3])];
}

function readISO(text: string): Maybe {
  const parts = /^(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?$/.exec(text);
  return parts ? [iso(Number(parts[1]), parts[2], parts[3])] : undefined;
}

/** 19811110, and 0701110 as health cards in Taiwan write it. */
function readDigits(text: string): Maybe {
  const western = /^(\d{4})(\d{2})(\d{2})$/.exec(text);
  if (western) {
    return [iso(Number(western[1]), western[2], western[3])];
  }
  const roc = /^(\d{3})(\d{2})(\d{2})$/.exec(text);
  return roc ? [iso(Number(roc[1]) + rocEpoch, roc[2], roc[3])] : undefined;
}

/** 10-Nov-1981, 10 November 1981, Nov 10, 1981, Nov 1981. */
function readNamedMonth(text: string): Maybe {
  const name = /[a-z]{3,9}/i.exec(text)?.[0].toLowerCase();
  const month = name ? months.findIndex((m) => name.startsWith(m)) + 1 : 0;
  if (!name || month === 0) {
    return name ? [] : undefined;
  }
  const numbers = text.replace(/(\d)(st|nd|rd|th)\b/gi, "$1").match(/\d+/g) ?? [];
  if (numbers.length === 1 && (numbers[0] as string).length === 4) {
    return [iso(Number(numbers[0]), String(month))];
  }
  if (numbers.length !== 2) {
    return [];
  }
  const [a, b] = numbers as [string, string];
  const [day, year] = b.length === 4 ? [a, b] : [b, a];
  return year.length === 4 ? [iso(Number(year), String(month), day)] : [];
}

/** 10/11/1981 either way round; 70/11/10 is a year of the Republic of China. */
function readNumbers(text: string): Maybe {
  const parts = /^(\d{1,4})[-/. ]+(\d{1,2})[-/. ]+(\d{1,4})$/.exec(text);
  if (!parts) {
    return undefined;
  }
  const [, a, b, c] = parts as unknown as [string, string, string, string];
  if (c.length === 4) {
    return [iso(Number(c), b, a), iso(Number(c), a, b)];
  }
  if (c.length <= 2 && (a.length === 3 || (a.length === 2 && Number(a) > 31))) {
    return [iso(Number(a) + rocEpoch, b, c)];
  }
  return [];
}

/** A FHIR date in the precision given, or undefined where no such day is. */
function iso(year: number, month?: string, day?: string): string | undefined {
  const y = String(year).padStart(4, "0");
  if (month === undefined) {
    return y;
  }
  const m = Number(month);
  if (m < 1 || m > 12) {
    return undefined;
  }
  const mm = String(m).padStart(2, "0");
  if (day === undefined) {
    return `${y}-${mm}`;
  }
  const d = Number(day);
  const days = new Date(Date.UTC(year, m, 0)).getUTCDate();
  return d >= 1 && d <= days ? `${y}-${mm}-${String(d).padStart(2, "0")}` : undefined;
}

function isFuture(date: string, today: Date): boolean {
  const now = [
    String(today.getFullYear()).padStart(4, "0"),
    String(today.getMonth() + 1).padStart(2, "0"),
    String(today.getDate()).padStart(2, "0"),
  ].join("-");
  return date > now.slice(0, date.length);
}
