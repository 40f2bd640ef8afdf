import { useMemo } from "react";
import type { Column, ListView } from "../../api/gen";
import { useFormat, useT } from "../../common";
import { CellView } from "../cells";
import { Rows, useRows } from "../context";
import css from "../list.module.css";
import { columnLabel } from "../words";

// Preview is the list's first patient in the columns as they are chosen.
export function Preview({ data, columns }: { data: ListView; columns: readonly Column[] }) {
  const t = useT();
  const f = useFormat();
  const rows = useRows();
  const place = useMemo(() => ({ ...rows, role: "viewer" as const }), [rows]);
  const entry = data.entries[0];
  if (!entry) return null;
  return (
    <Rows value={place}>
      <section
        className={css.preview}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard
        tabIndex={0}
        aria-label={t("list.columns.preview")}
      >
        <table className={css.table}>
          <caption className={css.caption}>{t("list.columns.preview")}</caption>
          <thead>
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
            <tr>
              <td>{entry.bed}</td>
              <td>{f.name(entry.identity)}</td>
              {columns.map((column) => (
                <td key={column.key}>
                  {entry.cells[column.key] || !column.ehr ? (
                    <CellView
                      entry={entry}
                      column={column}
                      cell={entry.cells[column.key]}
                      marks={undefined}
                      editing={false}
                    />
                  ) : (
                    <span className={css.quiet}>{t("list.columns.afterSave")}</span>
                  )}
                </td>
              ))}
            </tr>
          </tbody>
        </table>
      </section>
    </Rows>
  );
}
