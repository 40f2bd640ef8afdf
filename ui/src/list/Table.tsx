import { type RefObject, useCallback, useLayoutEffect, useMemo, useRef } from "react";
import type { Column, Entry, ListView } from "../api/gen";
import { useFormat, useT } from "../common";
import { type Line, sortOf } from "./arrange";
import { type CellPlace, useRows } from "./context";
import css from "./list.module.css";
import type { MarkIndex } from "./model";
import type { NameWarning } from "./names";
import { Row } from "./Row";
import { BeforeOrder, useSteady } from "./useSteady";
import { columnLabel, groupLabel } from "./words";

export interface TableProps {
  frame: RefObject<HTMLDivElement | null>;
  data: ListView;
  lines: readonly Line[];
  columns: readonly Column[];
  marks: MarkIndex;
  warnings: ReadonlyMap<string, NameWarning>;
  selected: ReadonlySet<string>;
  editing: CellPlace | null;
  sort: string | undefined;
  onSort: (key: string) => void;
  onSelectAll: (on: boolean) => void;
  // onNew shows patients who are waiting to be shown.
  onNew: () => void;
  // from and to bound the lines that are in the document, where they are many;
  // before and after are the heights of those that are not.
  part?: { from: number; to: number; before: number; after: number } | undefined;
}

// ListTable is a plain table: it prints, the browser finds in it, and screen
// readers walk it by its rows and columns.
export function ListTable(props: TableProps) {
  const { data, lines, columns, part } = props;
  const t = useT();
  const table = useRef<HTMLTableElement>(null);
  useKeyWidths(table, columns);
  useSteady(table, columns, lines);
  const lit = useLitColumn(table);
  const shown = part ? lines.slice(part.from, part.to) : lines;
  const span = columns.length + 3;
  const patients = data.entries.length;
  return (
    <table ref={table} className={css.table} aria-rowcount={part ? lines.length + 1 : undefined} {...lit}>
      <caption className={css.caption}>
        {t("list.caption", { list: data.list.name, count: patients })}
      </caption>
      <Head {...props} />
      <tbody>
        <Edge span={span}>{t("list.start")}</Edge>
        {part && <Spacer height={part.before} />}
        <BeforeOrder table={table} lines={lines}>
          {shown.map((line, i) => (
            <OneLine key={lineKey(line)} {...props} line={line} at={i + (part?.from ?? 0)} span={span} />
          ))}
        </BeforeOrder>
        {part && <Spacer height={part.after} />}
        <Edge span={span}>
          <EndText data={data} shown={lines} />
        </Edge>
      </tbody>
    </table>
  );
}

export function lineKey(line: Line): string {
  switch (line.kind) {
    case "entry":
      return line.id;
    case "bed":
      return `bed ${line.bed}`;
    default:
      return `group ${line.value}`;
  }
}

// EndText says how many there are and what is not shown (PAL-0380).
export function EndText({ data, shown }: { data: ListView; shown: readonly Line[] }) {
  const t = useT();
  const here = shown.filter((line) => line.kind === "entry").length;
  const beds = data.unoccupied?.length ?? 0;
  const bedsShown = shown.some((line) => line.kind === "bed");
  return [
    t("list.end"),
    here < data.entries.length
      ? t("list.count.some", { shown: here, count: data.entries.length })
      : t("list.count.all", { count: data.entries.length }),
    beds > 0 && (bedsShown ? t("list.beds.shown", { count: beds }) : t("list.beds.hidden", { count: beds })),
  ]
    .filter(Boolean)
    .join(" · ");
}

function Edge({ span, children }: { span: number; children: React.ReactNode }) {
  return (
    <tr className={css.edge}>
      <td colSpan={span}>
        <span className={css.edgeText}>{children}</span>
      </td>
    </tr>
  );
}

function Spacer({ height }: { height: number }) {
  return (
    <tr className={css.spacer}>
      <td style={{ height }} />
    </tr>
  );
}

function Head({ columns, sort, onSort, selected, onSelectAll, lines }: TableProps) {
  const t = useT();
  const { units } = useRows();
  const entries = lines.filter((line) => line.kind === "entry").length;
  const all = entries > 0 && selected.size >= entries;
  return (
    <thead>
      <tr>
        <td className={css.keySelect} data-key="select">
          <input
            type="checkbox"
            className={css.check}
            aria-label={t("list.selectAll")}
            checked={all}
            ref={(box) => {
              if (box) box.indeterminate = selected.size > 0 && !all;
            }}
            onChange={(event) => onSelectAll(event.target.checked)}
          />
        </td>
        <HeadCell
          label={t("list.bed")}
          sortKey="bed"
          sort={sort}
          onSort={onSort}
          className={css.keyBed}
          dataKey="bed"
        />
        <HeadCell
          label={t("list.patient")}
          sortKey="name"
          sort={sort}
          onSort={onSort}
          className={css.keyPatient}
          dataKey="patient"
        />
        {columns.map((column) => (
          <HeadCell
            key={column.key}
            label={columnLabel(t, column)}
            unit={units[column.key]}
            sortKey={column.key}
            sort={sort}
            onSort={onSort}
            minWidth={minWidths[column.type ?? ""] ?? minWidths[column.key] ?? minWidths[column.group]}
            column
          />
        ))}
      </tr>
    </thead>
  );
}

// minWidths keep a column wide enough for what it usually holds; it is always
// as wide as its widest word (PAL-0240 M).
const minWidths: Record<string, string> = {
  vitals: "4rem",
  severity: "5.5rem",
  text: "7.5rem",
  todos: "9rem",
  notes: "7.5rem",
  problems: "7.5rem",
  safety: "7.5rem",
  treatment: "9rem",
  cover: "7.5rem",
};

function HeadCell(props: {
  label: string;
  unit?: string | undefined;
  sortKey: string;
  sort: string | undefined;
  onSort: (key: string) => void;
  className?: string | undefined;
  dataKey?: string;
  minWidth?: string | undefined;
  column?: boolean;
}) {
  const sorted = sortOf(props.sort, props.sortKey);
  return (
    <th
      scope="col"
      className={props.className}
      aria-sort={sorted}
      data-key={props.dataKey}
      data-key-end={props.dataKey === "patient" ? "" : undefined}
      data-column={props.column ? props.sortKey : undefined}
    >
      <div style={{ minWidth: props.minWidth }}>
        <button type="button" className={css.sort} onClick={() => props.onSort(props.sortKey)}>
          <span>
            {props.label}
            {props.unit && <span className={css.headUnit}> {props.unit}</span>}
          </span>
          <span className={css.sortSign} aria-hidden="true">
            {sorted === "ascending" ? "▲" : sorted === "descending" ? "▼" : ""}
          </span>
        </button>
      </div>
    </th>
  );
}

function OneLine(props: TableProps & { line: Line; at: number; span: number }) {
  const { line, data, at, span, part, selected, editing } = props;
  const byId = useEntries(data);
  const index = part ? at + 2 : undefined;
  if (line.kind === "group") return <GroupRow {...props} value={line.value} count={line.count} />;
  if (line.kind === "bed")
    return <BedRow bed={line.bed} data={data} columns={props.columns.length} onNew={props.onNew} />;
  const entry = byId.get(line.id);
  if (!entry) return <GoneRow id={line.id} data={data} span={span} />;
  const warning = props.warnings.get(line.id);
  return (
    <Row
      entry={entry}
      columns={props.columns}
      marks={props.marks.get(line.id)}
      warning={warning}
      other={warning && byId.get(warning.others[0] ?? "")}
      selected={selected.has(line.id)}
      editing={editing?.entry === line.id ? editing.column : undefined}
      index={index}
    />
  );
}

const entryMaps = new WeakMap<readonly Entry[], ReadonlyMap<string, Entry>>();

// useEntries finds a list's entries by their id, made once per answer.
export function useEntries(data: ListView): ReadonlyMap<string, Entry> {
  return useMemo(() => {
    const known = entryMaps.get(data.entries) ?? new Map(data.entries.map((e) => [e.id, e]));
    entryMaps.set(data.entries, known);
    return known;
  }, [data.entries]);
}

function GroupRow({ data, value, count, span }: TableProps & { value: string; count: number; span: number }) {
  const t = useT();
  return (
    <tr className={css.groupRow}>
      <th scope="colgroup" colSpan={span}>
        {groupLabel(t, data, value)} · {t("list.count.all", { count })}
      </th>
    </tr>
  );
}

// BedRow is a bed without a patient (PAL-0650…0670). Someone who was put there
// since is not shown above other rows until the reader asks.
function BedRow({
  bed,
  data,
  columns,
  onNew,
}: {
  bed: string;
  data: ListView;
  columns: number;
  onNew: () => void;
}) {
  const t = useT();
  const taken = data.entries.some((e) => e.bed?.trim().toLowerCase() === bed.trim().toLowerCase());
  return (
    <tr className={css.bedRow}>
      <td className={css.keySelect} />
      <th scope="row" className={css.keyBed}>
        {bed}
      </th>
      <th scope="row" className={css.keyPatient}>
        {taken ? (
          <button type="button" className={css.small} onClick={onNew}>
            {t("list.bed.taken")}
          </button>
        ) : (
          t("list.bed.unoccupied")
        )}
      </th>
      {columns > 0 && <td colSpan={columns} />}
    </tr>
  );
}

// GoneRow keeps the place of someone who left, so that no row moves; it goes
// when the list is put in order again.
function GoneRow({ id, data, span }: { id: string; data: ListView; span: number }) {
  const t = useT();
  const f = useFormat();
  const gone = data.removed.find((r) => r.entry === id);
  if (!gone) return null;
  return (
    <tr className={css.goneRow}>
      <td className={css.keySelect} />
      <th scope="row" className={css.keyBed}>
        {gone.bed}
      </th>
      <td className={css.keyPatient}>
        <s>{gone.name}</s>
        <div>
          {t(gone.to ? "list.left.moved" : "list.left.removed", {
            name: data.people[gone.by] ?? "",
            time: f.short(gone.at),
          })}
        </div>
      </td>
      {span > 3 && <td colSpan={span - 3} />}
    </tr>
  );
}

// useKeyWidths tells the styles how wide the row keys are: each sticks where the
// one before it ends.
function useKeyWidths(table: RefObject<HTMLTableElement | null>, columns: readonly Column[]): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: other columns leave the keys other widths
  useLayoutEffect(() => {
    const element = table.current;
    const heads = element ? [...element.querySelectorAll<HTMLElement>("[data-key]")] : [];
    if (!element || heads.length === 0) return;
    const write = () => {
      const [select = 0, bed = 0, patient = 0] = heads.map((head) => head.offsetWidth);
      element.style.setProperty("--key-bed", `${select}px`);
      element.style.setProperty("--key-patient", `${select + bed}px`);
      element.parentElement?.style.setProperty("--keys", `${select + bed + patient}px`);
    };
    write();
    if (typeof ResizeObserver === "undefined") return;
    const sizes = new ResizeObserver(write);
    for (const head of heads) sizes.observe(head);
    return () => sizes.disconnect();
  }, [table, columns]);
}

// useLitColumn lights up the head of the column that the pointer or the focus is
// in (PAL-0700 M). The row key's part of the rule needs no script.
function useLitColumn(table: RefObject<HTMLTableElement | null>) {
  const lit = useRef<Element | null>(null);
  const light = useCallback(
    (event: React.SyntheticEvent) => {
      const cell = (event.target as Element).closest("td, th");
      const row = cell?.parentElement;
      const at = cell && row ? [...row.children].indexOf(cell) : -1;
      const plain = row?.hasAttribute("data-entry") ?? false;
      const head = plain ? (table.current?.tHead?.rows[0]?.cells[at] ?? null) : null;
      if (head === lit.current) return;
      lit.current?.classList.remove(css.lit ?? "");
      head?.classList.add(css.lit ?? "");
      lit.current = head;
    },
    [table],
  );
  return { onMouseOver: light, onFocus: light };
}
