import type { Series } from "../../api/gen";
import type { Format } from "../../common/format";
import { useT } from "../../i18n";
import css from "./chart.module.css";
import { labelOf } from "./sentence";
import type { Window } from "./time";
import { unitText } from "./unit";

interface Row {
  at: string;
  cells: { text: string; state: string }[];
}

/** The same measurements as the graphs of a window, newest at the top (GTAB-189), one unit a column (GTAB-029). */
export function rowsOf(series: Series[], window: Window): Row[] {
  const rows = new Map<number, Row>();
  series.forEach((one, column) => {
    for (const p of one.points) {
      const at = Date.parse(p.time);
      if (at < window.from || at > window.to) continue;
      const minute = Math.floor(at / 60_000);
      let row = rows.get(minute);
      if (!row) {
        row = { at: p.time, cells: series.map(() => ({ text: "", state: "" })) };
        rows.set(minute, row);
      }
      const cell = row.cells[column];
      if (!cell) continue;
      cell.text = cell.text === "" ? p.text : `${cell.text}, ${p.text}`;
      if (p.state && p.state !== "final") cell.state = p.state;
    }
  });
  return [...rows.entries()].sort(([a], [b]) => b - a).map(([, row]) => row);
}

export function VitalsTable({
  series,
  window,
  format,
}: {
  series: Series[];
  window: Window;
  format: Format;
}) {
  const t = useT();
  const rows = rowsOf(series, window);
  if (rows.length === 0) return <p className={css.nothing}>{t("chart.nothing")}</p>;
  let shown = "";
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
    <section className={css.scroller} aria-label={t("chart.table")} tabIndex={0}>
      <table className={css.table}>
        <caption className={css.hidden}>{t("chart.table")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("chart.time")}</th>
            {series.map((s) => (
              <th key={`${s.vital}|${s.unit}`} scope="col">
                {labelOf(s, t)} <span className={css.unit}>{unitText(s.unit)}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const date = format.date(row.at);
            const first = date !== shown;
            shown = date;
            return (
              <tr key={row.at}>
                <th scope="row">
                  <span className={first ? css.firstDate : css.otherDate}>{date}</span> {format.time(row.at)}
                </th>
                {row.cells.map((cell, i) => (
                  <td key={`${series[i]?.vital}|${series[i]?.unit}`}>
                    {cell.text}
                    {cell.state !== "" && (
                      <span className={css.state}> {t.dyn(`itemState.${cell.state}`, cell.state)}</span>
                    )}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
