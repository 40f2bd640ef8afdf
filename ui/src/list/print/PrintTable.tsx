import type { Column, Entry, ListView } from "../../api/gen";
import { isSet, rawOf, SeverityWord, sayValue, useFormat, useT } from "../../common";
import { columnLabel, itemText, noteText } from "../words";
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
  if (column.type === "todos") return <Boxes items={items} />;
  if (column.type === "severity") return items[0] ? <SeverityWord of={items[0].text} /> : null;
  return (
    <>
      {items.map((item) => (
        <div key={item.id}>
          {column.ehr
            ? itemText(t, column, item)
            : sayValue(column, rawOf(column, item), { t, format: f, people })}
          {item.detail && `, ${item.detail}`}
          {column.ehr && isSet(item.time) && <span className={print.time}> {f.short(item.time)}</span>}
        </div>
      ))}
      {cell && column.ehr && items.length === 0 && cell.status !== "pending" && (
        <span className={print.time}>
          {cell.note ? noteText(t, cell.note) : t.dyn(`list.cell.${cell.status}`, cell.status)}
        </span>
      )}
      {cell?.status === "failed" && isSet(cell.asOf) && (
        <div className={print.time}>{t("asOf.at", { time: f.dateTime(cell.asOf) })}</div>
      )}
      {Boolean(cell?.total) && <div>{t("state.some", { shown: items.length, total: cell?.total ?? 0 })}</div>}
    </>
  );
}
