import { Fragment, type ReactNode } from "react";
import type { Cell, Column, Item, Mark } from "../api/gen";
import { sayValue, useFormat, useT } from "../common";
import { useRows } from "./context";
import css from "./list.module.css";
import { MarkChip } from "./MarkChip";
import { markOf, removedItems } from "./model";
import { detailText, itemText, stateText, timeText, unitOf } from "./words";

// subLists are the columns whose cells have an entry per line, each with its
// own mark; all others hold one value.
const subLists: readonly string[] = ["problems", "allergies", "medications", "coverage", "todo", "note"];

// Items are the values of a cell, each with its mark, and those that were
// removed and not seen to be.
export function Items(props: {
  column: Column;
  cell: Cell;
  marks: readonly Mark[] | undefined;
  one?: (item: Item) => ReactNode;
}) {
  const { column, cell, marks } = props;
  const items = cell.items ?? [];
  const gone = removedItems(marks);
  const t = useT();
  const format = useFormat();
  const { people } = useRows();
  const draw = props.one ?? ((item: Item) => <ItemView column={column} item={item} />);
  if (!subLists.includes(column.key)) {
    const mark = marks?.find((m) => m.kind !== "removed") ?? gone[0];
    return (
      <>
        {mark && <MarkChip marks={marks ?? []} show={mark} />}
        {items.map((item) => (
          <Fragment key={item.id}>{draw(item)}</Fragment>
        ))}
      </>
    );
  }
  if (items.length + gone.length === 0) return null;
  const whole = marks?.find((m) => !m.item && m.kind !== "removed");
  return (
    <ul className={css.items}>
      {items.map((item) => {
        const mark = markOf(marks, item.id) ?? (whole && items.length === 1 ? whole : undefined);
        return (
          <li key={item.id}>
            {mark && <MarkChip marks={[mark]} show={mark} />}
            {draw(item)}
          </li>
        );
      })}
      {gone.map((mark) => (
        <li key={`gone ${mark.item ?? ""}`}>
          <MarkChip marks={[mark]} show={mark} />
          <span className={css.struck}>{sayValue(column, mark.old ?? "", { t, format, people })}</span>
        </li>
      ))}
    </ul>
  );
}

function ItemView({ column, item }: { column: Column; item: Item }) {
  const t = useT();
  const f = useFormat();
  const { units } = useRows();
  const place = item.value !== undefined ? css.measure : item.current ? undefined : css.notCurrent;
  const unit = unitOf(item);
  const state = stateText(t, column, item);
  const time = timeText(t, column, item, f.short);
  return (
    <>
      <span className={place}>
        {itemText(t, f, column, item)}
        {unit && units[column.key] !== unit && <span className={css.unit}> {unit}</span>}
        <Trend of={item.trend} />
      </span>
      {item.severity && <span> · {t.dyn(`code.${item.severity}`, item.severity)}</span>}
      {item.detail && <div className={css.detail}>{detailText(t, item)}</div>}
      {state && <span className={css.quiet}> ({state})</span>}
      {time && <div className={css.quiet}>{time}</div>}
    </>
  );
}

const trends: Record<string, string> = { up: "↑", down: "↓", same: "→" };

function Trend({ of }: { of: string | undefined }) {
  const t = useT();
  if (!of || !trends[of]) return null;
  return (
    <>
      <span aria-hidden="true"> {trends[of]}</span>
      <span className={css.hidden}> {t.dyn(`list.trend.${of}`, of)}</span>
    </>
  );
}
