import type { ReactNode } from "react";
import type { Field, Item, Mark } from "../api/gen";
import { type Format, type T, useFormat, useShared, useT } from "../common";
import { MarkBadge } from "./MarkBadge";
import css from "./patient.module.css";
import { When } from "./Section";

interface Props {
  items: Item[];
  marks: Mark[];
  /** Those that no longer hold stand apart under "Past": a stopped medicine is not a current one. */
  apart?: boolean;
}

/** The entries of a section, those that hold now first. */
export function Items({ items, marks, apart = true }: Props) {
  const t = useT();
  const now = apart ? items.filter((i) => i.current) : items;
  const past = apart ? items.filter((i) => !i.current) : [];
  return (
    <>
      <Rows items={now} marks={marks} />
      <Gone marks={marks} items={items} />
      {past.length > 0 && (
        <details className={css.past} open={now.length === 0 || undefined}>
          <summary>{t("item.past", { count: past.length })}</summary>
          <Rows items={past} marks={marks} />
        </details>
      )}
    </>
  );
}

function Rows({ items, marks }: { items: Item[]; marks: Mark[] }) {
  if (items.length === 0) return null;
  return (
    <ul className={css.items}>
      {items.map((item) => (
        <Row key={item.id} item={item} mark={marks.find((m) => m.item === item.id && m.kind !== "removed")} />
      ))}
    </ul>
  );
}

function Row({ item, mark }: { item: Item; mark: Mark | undefined }) {
  const t = useT();
  const shared = useShared();
  return (
    <li className={css.item} data-marked={mark ? true : undefined}>
      <span className={css.itemText} dir="auto">
        <strong>{item.text}</strong>
        {item.severity && <span> · {t.dyn(`code.${item.severity}`, item.severity)}</span>}
        {item.state && (
          <span className={shared.quiet}> · {t.dyn(`itemState.${item.state}`, item.state)}</span>
        )}
        {mark && <MarkBadge mark={mark} />}
      </span>
      {item.detail && (
        <span className={css.detail} dir="auto">
          {t.dyn(`itemState.${item.detail}`, item.detail)}
        </span>
      )}
      <Fields item={item} />
      <When time={item.time} label={item.timeLabel} />
    </li>
  );
}

function Fields({ item }: { item: Item }): ReactNode {
  const t = useT();
  const format = useFormat();
  // What the item says already is not said again.
  const fields = (item.fields ?? []).filter((f) => !isSaid(f, item));
  if (fields.length === 0) return null;
  return (
    <dl className={css.fields}>
      {fields.map((f, i) => (
        <div key={`${f.label}${i}`}>
          <dt>{t.dyn(`fieldLabel.${f.label}`, f.label)}</dt>
          <dd dir="auto">{dated.has(f.label) ? withDates(f.value, format) : codeText(t, f)}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Fields that the second line of an item is made of. */
const inDetail = new Set(["dosage", "prescriber", "location", "manifestation", "plan"]);

/** Whether the item says a field's value in its own lines already. */
function isSaid(field: Field, item: Item): boolean {
  if (["", item.text, item.severity, item.time].includes(field.value)) return true;
  return inDetail.has(field.label) && (item.detail ?? "").includes(field.value);
}

/** Fields that may hold codes of FHIR; where they hold a text of the record it stays as it is. */
const coded = new Set(["verification", "severity", "criticality", "type", "category", "intent"]);

function codeText(t: T, { label, value }: Field): string {
  if (!coded.has(label)) return value;
  const say = (code: string) => t.dyn(`code.${code}`, t.dyn(`itemState.${code}`, code));
  return value.split(", ").map(say).join(t("value.and"));
}

/** Fields that hold dates. Others may hold numbers that only look like one. */
const dated = new Set(["onset", "recorded", "ended", "last", "period"]);

const dates = /\b\d{4}-\d{2}(?:-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2})?)?)?\b/g;

/** A text of a record with its dates as the page writes them: with a month in words. */
export function withDates(text: string, format: Format): string {
  return text.replace(dates, (date) => format.dateTime(date));
}

/** What was there when this person last looked, and is not any more. */
function Gone({ marks, items }: { marks: Mark[]; items: Item[] }) {
  const t = useT();
  const gone = marks.filter((m) => m.kind === "removed" && !items.some((i) => i.id === m.item));
  if (gone.length === 0) return null;
  return (
    <ul className={css.items}>
      {gone.map((m) => (
        <li key={`${m.column}${m.item}`} className={css.item} data-marked>
          <span dir="auto">{t("mark.removedItem", { old: m.old ?? "" })}</span>
        </li>
      ))}
    </ul>
  );
}
