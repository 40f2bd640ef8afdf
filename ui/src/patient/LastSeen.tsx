import type { Cell, Column, Kind, PatientView } from "../api/gen";
import { AsOf, type Format, isSet, type T, useFormat, useT } from "../common";
import { itemLine, noteText } from "../list/words";
import { labelOfColumn } from "./columns";
import css from "./patient.module.css";

/**
 * What the list last saw of a kind of data, each with its age, in place of a
 * section that cannot be read now.
 */
export function LastSeen({ view, kind }: { view: PatientView; kind: Kind }) {
  const t = useT();
  const format = useFormat();
  const seen = view.columns
    .filter((column) => column.ehr && column.kind === kind)
    .map((column) => ({ column, cell: view.entry.cells[column.key] }))
    .map(({ column, cell }) => ({ column, cell, lines: linesOf(t, format, column, cell) }))
    .filter(({ lines }) => lines.length > 0);
  if (seen.length === 0) return null;
  return (
    <>
      <h3 className={css.lastSeen}>{t("section.lastSeen")}</h3>
      <dl className={css.seen}>
        {seen.map(({ column, cell, lines }) => (
          <div key={column.key}>
            <dt>{labelOfColumn(view, column.key, t)}</dt>
            {lines.map(({ id, text }) => (
              <dd key={id}>{text}</dd>
            ))}
            <dd>
              <AsOf at={cell?.asOf} full />
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

// Two items may read alike, and are two all the same.
function linesOf(
  t: T,
  format: Format,
  column: Column,
  cell: Cell | undefined,
): { id: string; text: string }[] {
  if (!cell || !isSet(cell.asOf)) return [];
  const items = cell.items ?? [];
  const lines = items.map((item) => ({ id: item.id, text: itemLine(t, format, column, item) }));
  if (items.length === 0 && cell.status === "none")
    lines.push({ id: "none", text: cell.note ? noteText(t, cell.note) : t("list.cell.none") });
  if (cell.total)
    lines.push({ id: "total", text: t("state.some", { shown: items.length, total: cell.total }) });
  return lines;
}
