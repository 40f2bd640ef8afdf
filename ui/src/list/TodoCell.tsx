import { useState } from "react";
import type { Cell, Column, Entry, Item, Mark } from "../api/gen";
import { isSet, timeNow, useFormat, useT } from "../common";
import { useRows } from "./context";
import { TodoEditor } from "./editors";
import { Items } from "./Items";
import css from "./list.module.css";

// TodoCell lists what is to be done, in full, to be ticked off in place.
export function TodoCell(props: {
  entry: Entry;
  column: Column;
  cell: Cell | undefined;
  marks: readonly Mark[] | undefined;
  editing: boolean;
  editable: boolean;
}) {
  const { entry, column, cell, marks, editing, editable } = props;
  const t = useT();
  const { actions } = useRows();
  const [changing, setChanging] = useState<string | null>(null);
  const one = (item: Item) =>
    changing === item.id ? (
      <TodoEditor entry={entry} item={item} onClose={() => setChanging(null)} />
    ) : (
      <OneTodo entry={entry} item={item} editable={editable} onChange={() => setChanging(item.id)} />
    );
  return (
    <>
      <Items column={column} cell={cell ?? { status: "none" }} marks={marks} one={one} />
      {editing && editable ? (
        <TodoEditor entry={entry} onClose={() => actions.edit(null)} />
      ) : (
        editable && (
          <button
            type="button"
            className={css.small}
            data-cell={`${entry.id} ${column.key}`}
            onClick={() => actions.edit({ entry: entry.id, column: column.key })}
          >
            + {t("list.todo.add")}
          </button>
        )
      )}
    </>
  );
}

function OneTodo(props: { entry: Entry; item: Item; editable: boolean; onChange: () => void }) {
  const { entry, item, editable } = props;
  const t = useT();
  const { actions } = useRows();
  const text = (
    <span className={item.done ? css.done : undefined}>
      {item.text}
      <TodoFacts item={item} />
    </span>
  );
  if (!editable) {
    return (
      <span className={css.todo}>
        <span aria-hidden="true">{item.done ? "☑" : "☐"}</span>
        <span className={css.hidden}>{item.done ? t("list.todo.done") : t("list.todo.open")}</span>
        {text}
      </span>
    );
  }
  return (
    <span className={css.todo}>
      <input
        type="checkbox"
        className={css.check}
        checked={item.done ?? false}
        aria-label={t("list.todo.tick", { text: item.text })}
        onChange={(event) => void actions.changeTodo(entry, item, { done: event.target.checked })}
      />
      <button type="button" className={css.cellButton} onClick={props.onChange}>
        {text}
        <span className={css.hidden}>, {t("action.change")}</span>
      </button>
    </span>
  );
}

// TodoFacts are who does it and by when.
export function TodoFacts({ item }: { item: Item }) {
  const t = useT();
  const f = useFormat();
  const { people } = useRows();
  const late = isLate(item, f.zone);
  const owner = item.owner ? (people[item.owner] ?? "") : "";
  if (!owner && !isSet(item.due)) return null;
  return (
    <span className={css.quiet}>
      {owner && <> · {owner}</>}
      {isSet(item.due) && (
        <span className={late ? css.overdue : undefined}>
          {" "}
          ·{" "}
          {late
            ? t("list.todo.late", { time: f.short(item.due) })
            : t("list.todo.due", { time: f.short(item.due) })}
        </span>
      )}
    </span>
  );
}

// isLate tells an open to-do whose day or time is over.
export function isLate(item: Item, zone: string, now: Date = new Date(timeNow())): boolean {
  if (item.done || !isSet(item.due)) return false;
  if (item.due.length > 10) return Date.parse(item.due) < now.getTime();
  const today = new Intl.DateTimeFormat("en-CA", { timeZone: zone || "UTC", dateStyle: "short" }).format(now);
  return item.due < today;
}
