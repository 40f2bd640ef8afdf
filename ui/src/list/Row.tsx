import { memo } from "react";
import type { Column, Entry, Mark } from "../api/gen";
import { useFormat, useT } from "../common";
import { CellView } from "./cells";
import { mayEdit, useRows } from "./context";
import { Editor } from "./editors";
import css from "./list.module.css";
import { MarkChip } from "./MarkChip";
import type { NameWarning } from "./names";
import { isLong, PatientBlock } from "./PatientBlock";

export interface RowProps {
  entry: Entry;
  columns: readonly Column[];
  marks: ReadonlyMap<string, readonly Mark[]> | undefined;
  warning: NameWarning | undefined;
  other: Entry | undefined;
  selected: boolean;
  // editing is the column whose cell is being edited.
  editing: string | undefined;
  // index counts the head as 1; set where not all rows are in the document.
  index: number | undefined;
}

export const bedColumn: Column = { key: "bed", group: "key", type: "text" };

// Row is one patient (PAL-0280 M). It is drawn again only when something of its
// own has changed.
export const Row = memo(function Row(props: RowProps) {
  const { entry, columns, marks, selected, editing } = props;
  const t = useT();
  const f = useFormat();
  const { actions, role } = useRows();
  const name = f.name(entry.identity);
  const whole = marks?.get("entry") ?? marks?.get("identity");
  return (
    <tr className={selected ? css.selected : undefined} data-entry={entry.id} aria-rowindex={props.index}>
      <td className={css.keySelect}>
        <input
          type="checkbox"
          className={css.check}
          checked={selected}
          aria-label={t("list.select", { name })}
          onChange={(event) => actions.select(entry.id, event.target.checked)}
        />
      </td>
      <th scope="row" className={`${css.keyBed} ${marks?.has("bed") ? css.marked : ""}`}>
        <BedCell
          entry={entry}
          marks={marks?.get("bed")}
          editing={editing === "bed"}
          editable={role !== "viewer"}
        />
      </th>
      <th scope="row" className={`${css.keyPatient} ${whole ? css.marked : ""}`}>
        <div className={css.whoTop}>
          <PatientBlock entry={entry} warning={props.warning} other={props.other} marks={whole} />
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
      </th>
      {columns.map((column) => (
        <RowCell key={column.key} {...props} column={column} editing={editing === column.key} />
      ))}
    </tr>
  );
});

function RowCell(props: { entry: Entry; column: Column; marks: RowProps["marks"]; editing: boolean }) {
  const { entry, column, editing } = props;
  const marks = props.marks?.get(column.key);
  const cell = entry.cells[column.key];
  const long = cell?.items?.some((item) => isLong(item.text) || isLong(item.detail ?? ""));
  const classes = [marks && css.marked, long && css.anywhere].filter(Boolean).join(" ");
  return (
    <td className={classes || undefined}>
      <CellView entry={entry} column={column} cell={cell} marks={marks} editing={editing} />
    </td>
  );
}

// BedCell is the row key's first part; a bed that we typed stands before the
// one of the EHR.
export function BedCell(props: {
  entry: Entry;
  marks: readonly Mark[] | undefined;
  editing: boolean;
  editable: boolean;
}) {
  const { entry, marks, editing, editable } = props;
  const t = useT();
  const { actions, role } = useRows();
  const mark = marks?.[0] && <MarkChip marks={marks} show={marks[0]} />;
  if (editing && mayEdit(role, bedColumn, entry))
    return <Editor entry={entry} column={bedColumn} cell={entry.cells.bed} />;
  const bed = entry.bed || <span className={css.quiet}>{t("list.bed.none")}</span>;
  const says = `${entry.bed || t("list.bed.none")}, ${t("list.bed.change")}`;
  return (
    <>
      {mark}
      {editable && entry.state !== "mismatch" ? (
        <button
          type="button"
          className={`${css.cellButton} ${isLong(entry.bed ?? "") ? css.anywhere : ""}`}
          aria-label={says}
          data-cell={`${entry.id} bed`}
          onClick={() => actions.edit({ entry: entry.id, column: "bed" })}
        >
          {bed}
        </button>
      ) : (
        bed
      )}
    </>
  );
}
