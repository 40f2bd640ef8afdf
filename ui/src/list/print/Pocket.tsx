import type { Entry, ListView } from "../../api/gen";
import { SeverityWord, useT } from "../../common";
import { firstItem } from "../model";
import print from "./print.module.css";
import { Boxes, PrintWho, SheetHead } from "./Sheet";

// Pocket is the list on paper that is folded and carried: who, the one-liner,
// boxes for what is to be done, and ruled space to write on.
export function Pocket({ data, entries }: { data: ListView; entries: readonly Entry[] }) {
  const t = useT();
  return (
    <table className={print.pocket}>
      <caption className={print.hidden}>{t("list.print.pocket")}</caption>
      <colgroup>
        <col className={print.colBed} />
        <col className={print.colWho} />
        <col className={print.colSummary} />
        <col className={print.colTodo} />
        <col />
      </colgroup>
      <thead>
        <SheetHead data={data} count={entries.length} span={5} />
        <tr>
          <th scope="col">{t("list.bed")}</th>
          <th scope="col">{t("list.patient")}</th>
          <th scope="col">{t("column.summary")}</th>
          <th scope="col">{t("column.todo")}</th>
          <th scope="col">{t("list.print.space")}</th>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <PocketRow key={entry.id} entry={entry} data={data} />
        ))}
      </tbody>
    </table>
  );
}

function PocketRow({ entry, data }: { entry: Entry; data: ListView }) {
  const hidden = entry.state === "mismatch";
  const severity = hidden ? undefined : firstItem(entry.cells.severity);
  const summary = hidden ? undefined : firstItem(entry.cells.summary);
  return (
    <tr data-print={entry.id}>
      <th scope="row" className={print.bed}>
        {entry.bed}
        {severity && (
          <div className={print.severity}>
            <SeverityWord of={severity.text} />
          </div>
        )}
      </th>
      <th scope="row">
        <PrintWho entry={entry} data={data} />
      </th>
      <td>{summary?.text}</td>
      <td>
        <Boxes items={hidden ? [] : (entry.cells.todo?.items ?? []).filter((i) => !i.done)} />
      </td>
      <td className={print.ruled} />
    </tr>
  );
}
