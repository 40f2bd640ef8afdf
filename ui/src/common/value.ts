import type { Column, Entry, Item } from "../api/gen";
import type { T } from "../i18n";
import type { Format } from "./format";

/** The illness severities of I-PASS, gravest first. */
export const severities = ["unstable", "watcher", "stable"] as const;
export type Severity = (typeof severities)[number];

/** What a column's codes are said with. */
export interface Words {
  t: T;
  format: Format;
  people: Readonly<Record<string, string>>;
}

/** The code behind one of our own values: a person's id, true or false, a plain date. */
export function rawOf(column: Pick<Column, "type">, item: Item | undefined): string {
  return (column.type === "person" ? item?.owner : undefined) ?? item?.text ?? "";
}

/**
 * Says one value, which is kept as a code where its column has codes: in cells, marks, activity, conflicts and on paper alike.
 */
export function sayValue(column: Pick<Column, "key" | "type">, code: string, words: Words): string {
  if (code === "") return "";
  switch (column.type) {
    case "severity":
      return words.t.dyn(`severity.${code}`, code);
    case "person":
      return words.people[code] ?? code;
    case "flag":
      return words.t(code === "true" ? "value.yes" : "value.no");
    case "date":
      return words.format.date(code);
    default:
      break;
  }
  switch (column.key) {
    case "gender":
      return words.t.dyn(`gender.${code}`, code);
    case "admitted": // a moment as the record has it, in the record's own zone
      return code.replace(/^\S+/, (at) => words.format.dateTime(at) || at);
    case "todo": // a line of a mark ends with when it is due
      return code.replace(
        dueAtEnd,
        (_, date: string, done = "") => ` · ${words.format.dateTime(date)}${done}`,
      );
    case "identity":
      return code
        .split(" · ")
        .map((part) => (day.test(part) ? words.format.dateTime(part) : words.t.dyn(`gender.${part}`, part)))
        .join(" · ");
    default:
      return code;
  }
}

const day = /^\d{4}-\d{2}-\d{2}(T\S+)?$/;
const dueAtEnd = / · (\d{4}(?:-\d{2}(?:-\d{2}(?:T\S+)?)?)?)( ✓)?$/;

/** What whoever reads an entry away from the screen must know of its record: that it is not in use, or not read any more. */
export function recordNotices(t: T, { identity, state }: Pick<Entry, "identity" | "state">): string[] {
  const notices = identity.inactive ? [t("list.inactive")] : [];
  return state === "ok" ? notices : [...notices, t(`list.entryState.${state}`)];
}
