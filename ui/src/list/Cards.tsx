import { memo } from "react";
import type { Column } from "../api/gen";
import { useFormat, useT } from "../common";
import type { Line } from "./arrange";
import { CellView } from "./cells";
import { useRows } from "./context";
import css from "./list.module.css";
import { PatientBlock } from "./PatientBlock";
import { BedCell, type RowProps } from "./Row";
import { EndText, lineKey, type TableProps, useEntries } from "./Table";
import { columnLabel, groupLabel } from "./words";

// chosen are how many columns a card shows beside the severity; the others are
// one press away.
const chosen = 3;

// Cards are the list on a narrow screen: one patient, one card.
export function Cards(props: TableProps) {
  const { data, lines } = props;
  const t = useT();
  const byId = useEntries(data);
  return (
    <ul
      className={css.cards}
      aria-label={t("list.caption", { list: data.list.name, count: data.entries.length })}
    >
      <li className={css.cardEdge}>{t("list.start")}</li>
      {lines.map((line) => (
        <OneCard key={lineKey(line)} {...props} line={line} byId={byId} />
      ))}
      <li className={css.cardEdge}>
        <EndText data={data} shown={lines} />
      </li>
    </ul>
  );
}

function OneCard(props: TableProps & { line: Line; byId: ReturnType<typeof useEntries> }) {
  const { line, data, byId, selected, editing } = props;
  const t = useT();
  const f = useFormat();
  if (line.kind === "group") {
    return (
      <li className={css.cardEdge}>
        <strong>{groupLabel(t, data, line.value)}</strong> · {t("list.count.all", { count: line.count })}
      </li>
    );
  }
  if (line.kind === "bed") {
    return (
      <li className={css.card}>
        <div className={css.cardTop}>
          <span className={css.cardBed}>{line.bed}</span>
          <em>{t("list.bed.unoccupied")}</em>
        </div>
      </li>
    );
  }
  const entry = byId.get(line.id);
  if (!entry) {
    const gone = data.removed.find((r) => r.entry === line.id);
    if (!gone) return null;
    return (
      <li className={css.card}>
        <s>{[gone.bed, gone.name].filter(Boolean).join(" ")}</s>
        {t(gone.to ? "list.left.moved" : "list.left.removed", {
          name: data.people[gone.by] ?? "",
          time: f.short(gone.at),
        })}
      </li>
    );
  }
  const warning = props.warnings.get(line.id);
  return (
    <Card
      entry={entry}
      columns={props.columns}
      marks={props.marks.get(line.id)}
      warning={warning}
      other={warning && byId.get(warning.others[0] ?? "")}
      selected={selected.has(line.id)}
      editing={editing?.entry === line.id ? editing.column : undefined}
      index={undefined}
    />
  );
}

const Card = memo(function Card(props: RowProps) {
  const { entry, columns, marks, selected, editing } = props;
  const t = useT();
  const f = useFormat();
  const { actions, role, units } = useRows();
  const name = f.name(entry.identity);
  const severity = columns.filter((c) => c.key === "severity");
  const others = columns.filter((c) => c.key !== "severity");
  // What has changed is never behind a press.
  const first = others.filter((c, i) => i < chosen || marks?.has(c.key) || editing === c.key);
  const rest = others.filter((c) => !first.includes(c));
  const cell = (column: Column) => (
    <div key={column.key} className={css.cardCell}>
      <dt>
        {columnLabel(t, column)} {units[column.key]}
      </dt>
      <dd>
        <CellView
          entry={entry}
          column={column}
          cell={entry.cells[column.key]}
          marks={marks?.get(column.key)}
          editing={editing === column.key}
        />
      </dd>
    </div>
  );
  return (
    <li className={css.card} data-entry={entry.id}>
      <div className={css.cardTop}>
        <div className={css.cardKeys}>
          <div className={css.cardBed}>
            <BedCell
              entry={entry}
              marks={marks?.get("bed")}
              editing={editing === "bed"}
              editable={role !== "viewer"}
            />
          </div>
          <PatientBlock
            entry={entry}
            warning={props.warning}
            other={props.other}
            marks={marks?.get("entry") ?? marks?.get("identity")}
          />
        </div>
        <div className={css.cardButtons}>
          <input
            type="checkbox"
            className={css.check}
            checked={selected}
            aria-label={t("list.select", { name })}
            onChange={(event) => actions.select(entry.id, event.target.checked)}
          />
          <button
            type="button"
            className={`${css.small} ${css.menuButton}`}
            aria-haspopup="menu"
            aria-label={t("list.rowMenu", { name })}
            onClick={(event) => actions.menu(entry.id, event.currentTarget)}
          >
            ⋯
          </button>
        </div>
      </div>
      <dl className={css.cardCells}>{[...severity, ...first].map(cell)}</dl>
      {rest.length > 0 && (
        <details>
          <summary className={css.cardMore}>{t("list.card.more", { count: rest.length })}</summary>
          <dl className={css.cardCells}>{rest.map(cell)}</dl>
        </details>
      )}
    </li>
  );
});
