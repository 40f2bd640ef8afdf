import type { Cell, Column, Entry, Item, Mark } from "../api/gen";
import { Bone, isSet, rawOf, reasonText, SeverityWord, sayValue, useFormat, useT } from "../common";
import { isAged, mayEdit, useRows } from "./context";
import { Editor } from "./editors";
import { Items } from "./Items";
import css from "./list.module.css";
import { TodoCell } from "./TodoCell";
import { columnLabel, noteText } from "./words";

interface CellProps {
  entry: Entry;
  column: Column;
  cell: Cell | undefined;
  marks: readonly Mark[] | undefined;
  editing: boolean;
}

// CellView is what one cell shows: always whole (PAL-0330), and how asking for
// it went, never left to be guessed from emptiness.
export function CellView(props: CellProps) {
  const t = useT();
  const { entry, column } = props;
  if (!column.ehr && entry.state === "mismatch") {
    return <span className={css.quiet}>{t("list.cell.withheld")}</span>;
  }
  return column.ehr ? <RecordCell {...props} /> : <OwnCell {...props} />;
}

function RecordCell({ entry, cell, column, marks }: CellProps) {
  const t = useT();
  if (!entry.subject.connection && !cell?.items?.length) {
    return (
      <span role="img" className={css.quiet} title={t("list.cell.manual")} aria-label={t("list.cell.manual")}>
        –
      </span>
    );
  }
  if (!cell || cell.status === "pending") {
    return (
      <>
        <Bone />
        <span className={css.hidden}>{t("state.pending")}</span>
      </>
    );
  }
  return (
    <>
      <Items column={column} cell={cell} marks={marks} />
      <Told column={column} cell={cell} />
    </>
  );
}

// Told says what a reader must know beside the values.
function Told({ column, cell }: { column: Column; cell: Cell }) {
  const t = useT();
  const f = useFormat();
  const { refreshed, trouble } = useRows();
  const empty = !cell.items?.length;
  const told = trouble !== undefined && cell.reason === trouble;
  return (
    <>
      {cell.note && <NoteLine column={column} cell={cell} />}
      {cell.status === "none" && empty && !cell.note && (
        <span className={css.quiet}>{t("list.cell.none")}</span>
      )}
      {cell.status === "unsupported" && <span className={css.quiet}>{t("list.cell.unsupported")}</span>}
      {cell.status === "failed" && (empty || !told) && (
        <div className={css.failed}>
          {t("list.cell.failed")} {cell.reason && !told && reasonText(t, cell.reason)}
        </div>
      )}
      {Boolean(cell.total) && (
        <div className={css.aged}>
          {t("state.some", { shown: cell.items?.length ?? 0, total: cell.total ?? 0 })}
        </div>
      )}
      {isAged(cell, refreshed) && isSet(cell.asOf) && (
        <div className={css.aged}>{t("asOf.at", { time: f.short(cell.asOf) })}</div>
      )}
    </>
  );
}

function NoteLine({ column, cell }: { column: Column; cell: Cell }) {
  const t = useT();
  if (column.key === "allergies" && cell.note === "known" && cell.items?.length) return null;
  return <div className={css.quiet}>{noteText(t, cell.note ?? "")}</div>;
}

function OwnCell(props: CellProps) {
  const { entry, column, cell, marks, editing } = props;
  const t = useT();
  const { role, actions } = useRows();
  const editable = mayEdit(role, column, entry);
  if (column.type === "todos") return <TodoCell {...props} editable={editable} />;
  if (editing) {
    return (
      <>
        {/* Someone else may change it meanwhile: that shows beside the editor. */}
        <Items column={column} cell={(column.type === "notes" && cell) || empty} marks={marks} />
        <Editor entry={entry} column={column} cell={cell} />
      </>
    );
  }
  if (column.type === "notes") return <NotesCell {...props} editable={editable} />;
  if (!editable) return <OwnValue {...props} />;
  const label = columnLabel(t, column);
  const isEmpty = !cell?.items?.length;
  return (
    <>
      {marks && <Items column={column} cell={empty} marks={marks} />}
      <button
        type="button"
        className={isEmpty ? `${css.cellButton} ${css.add}` : css.cellButton}
        aria-label={isEmpty ? `${t("list.cell.add")} ${label}` : undefined}
        data-cell={`${entry.id} ${column.key}`}
        onClick={() => actions.edit({ entry: entry.id, column: column.key })}
      >
        {isEmpty ? (
          t("list.cell.add")
        ) : (
          <>
            <OwnValue {...props} marks={undefined} />
            <span className={css.hidden}>
              , {t("action.change")}: {label}
            </span>
          </>
        )}
      </button>
    </>
  );
}

const empty: Cell = { status: "none" };

function NotesCell({ entry, column, cell, marks, editable }: CellProps & { editable: boolean }) {
  const t = useT();
  const f = useFormat();
  const { actions, people } = useRows();
  const one = (item: Item) => (
    <>
      <span className={css.cellText}>{item.text}</span>
      <div className={css.quiet}>
        {[people[item.owner ?? ""] ?? item.detail, isSet(item.time) && f.short(item.time)]
          .filter(Boolean)
          .join(" · ")}
      </div>
    </>
  );
  return (
    <>
      <Items column={column} cell={cell ?? empty} marks={marks} one={one} />
      {editable && (
        <button
          type="button"
          className={css.small}
          data-cell={`${entry.id} ${column.key}`}
          onClick={() => actions.edit({ entry: entry.id, column: column.key })}
        >
          + {t("list.note.add")}
        </button>
      )}
    </>
  );
}

// OwnValue shows one of our own values.
function OwnValue({ column, cell, marks }: CellProps) {
  const t = useT();
  const format = useFormat();
  const { people } = useRows();
  const one = (item: Item) =>
    column.type === "severity" ? (
      <SeverityWord of={item.text} />
    ) : (
      <span>{sayValue(column, rawOf(column, item), { t, format, people })}</span>
    );
  return <Items column={column} cell={cell ?? empty} marks={marks} one={one} />;
}
