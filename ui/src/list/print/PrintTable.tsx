import type { Column, Entry, Item, ListView } from "../../api/gen";
import { type Format, isSet, rawOf, SeverityWord, sayValue, useFormat, useT } from "../../common";
import { cellNotes, columnLabel, itemLine } from "../words";
import print from "./print.module.css";
import { Boxes, PrintWho, SheetHead } from "./Sheet";

// PrintTable is the list as it stands on the screen, on paper laid across.
export function PrintTable(props: { data: ListView; entries: readonly Entry[]; columns: readonly Column[] }) {
  const { data, entries, columns } = props;
  const t = useT();
  return (
    <table className={print.sheet}>
      <caption className={print.hidden}>{t("list.print.table")}</caption>
      <thead>
        <SheetHead data={data} count={entries.length} span={columns.length + 2} />
        <tr>
          <th scope="col">{t("list.bed")}</th>
          <th scope="col">{t("list.patient")}</th>
          {columns.map((column) => (
            <th key={column.key} scope="col">
              {columnLabel(t, column)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <tr key={entry.id} data-print={entry.id}>
            <th scope="row" className={print.bed}>
              {entry.bed}
            </th>
            <th scope="row">
              <PrintWho entry={entry} data={data} />
            </th>
            {columns.map((column) => (
              <td key={column.key}>
                <PrintCell entry={entry} column={column} people={data.people} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function PrintCell({
  entry,
  column,
  people,
}: {
  entry: Entry;
  column: Column;
  people: Record<string, string>;
}) {
  const t = useT();
  const f = useFormat();
  const cell = entry.cells[column.key];
  if (!column.ehr && entry.state === "mismatch") return t("list.cell.withheld");
  const items = cell?.items ?? [];
  if (column.ehr) return <RecordLines entry={entry} column={column} />;
  if (column.type === "todos") return <Boxes items={items} />;
  if (column.type === "severity") return items[0] ? <SeverityWord of={items[0].text} /> : null;
  return items.map((item) => (
    <div key={item.id}>
      {sayValue(column, rawOf(column, item), { t, format: f, people })}
      {column.type === "notes" && <span className={print.time}> {writtenBy(f, item, people)}</span>}
    </div>
  ));
}

// writtenBy is who wrote a note, and when: on paper nobody can ask.
function writtenBy(f: Format, item: Item, people: Record<string, string>): string {
  return [people[item.owner ?? ""] ?? item.detail, isSet(item.time) && f.dateTime(item.time)]
    .filter(Boolean)
    .join(", ");
}

function RecordLines({ entry, column }: { entry: Entry; column: Column }) {
  const t = useT();
  const f = useFormat();
  const cell = entry.cells[column.key];
  if (!entry.subject.connection && !cell?.items?.length) return "–";
  return (
    <>
      {cell?.items?.map((item) => (
        <div key={item.id}>{itemLine(t, f, column, item)}</div>
      ))}
      {cellNotes(t, f, cell).map((note) => (
        <div key={note} className={print.time}>
          {note}
        </div>
      ))}
    </>
  );
}
