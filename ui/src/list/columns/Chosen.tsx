import { type DragEvent, useRef, useState } from "react";
import type { Column } from "../../api/gen";
import { useAnnounce, useT } from "../../common";
import css from "../list.module.css";
import { columnLabel } from "../words";
import { move } from "./choice";

// Chosen are the columns in their order. Each can be moved by buttons; dragging
// does the same for those who like it (WCAG 2.5.7).
export function Chosen(props: {
  chosen: readonly Column[];
  onChange: (columns: Column[]) => void;
  onEdit: ((column: Column) => void) | undefined;
}) {
  const { chosen, onChange } = props;
  const t = useT();
  const announce = useAnnounce();
  const list = useRef<HTMLOListElement>(null);
  const [dragged, setDragged] = useState<number | null>(null);
  const go = (from: number, to: number) => {
    const column = chosen[from];
    if (!column || to < 0 || to >= chosen.length) return;
    onChange(move(chosen, from, to));
    announce(
      t("list.columns.moved", { column: columnLabel(t, column), place: to + 1, count: chosen.length }),
    );
  };
  const remove = (at: number) => {
    onChange(chosen.filter((_, i) => i !== at));
    requestAnimationFrame(() => {
      const rows = list.current?.querySelectorAll<HTMLElement>("[data-remove]");
      rows?.[Math.min(at, rows.length - 1)]?.focus();
    });
  };
  return (
    <section aria-label={t("list.columns.chosen")} className={css.stacked}>
      <h3 className={css.h3}>{t("list.columns.chosen")}</h3>
      <ol ref={list} className={css.chosen}>
        {(["list.bed", "list.patient"] as const).map((key) => (
          <li key={key} className={css.locked}>
            <span>
              <svg viewBox="0 0 16 16" className={css.lock} aria-hidden="true">
                <path d="M4 7V5a4 4 0 018 0v2h1v8H3V7zm2 0h4V5a2 2 0 00-4 0z" fill="currentColor" />
              </svg>
              {t(key)}
            </span>
            <span className={css.quiet}>{t("list.columns.locked")}</span>
          </li>
        ))}
        {chosen.map((column, i) => {
          const label = columnLabel(t, column);
          return (
            <li
              key={column.key}
              draggable
              className={dragged === i ? css.dragged : undefined}
              onDragStart={(event: DragEvent) => {
                event.dataTransfer.effectAllowed = "move";
                setDragged(i);
              }}
              onDragOver={(event: DragEvent) => {
                event.preventDefault();
                if (dragged !== null && dragged !== i) {
                  onChange(move(chosen, dragged, i));
                  setDragged(i);
                }
              }}
              onDragEnd={() => setDragged(null)}
            >
              <span className={css.chosenName}>
                <span aria-hidden="true" className={css.quiet}>
                  ⠿{" "}
                </span>
                {label}
              </span>
              <span className={css.chosenButtons}>
                {column.group === "custom" && props.onEdit && (
                  <button
                    type="button"
                    className={css.small}
                    aria-label={t("list.custom.edit", { column: label })}
                    onClick={() => props.onEdit?.(column)}
                  >
                    ✎
                  </button>
                )}
                <button
                  type="button"
                  className={css.small}
                  aria-label={t("list.columns.up", { column: label })}
                  aria-disabled={i === 0}
                  onClick={() => go(i, i - 1)}
                >
                  ↑
                </button>
                <button
                  type="button"
                  className={css.small}
                  aria-label={t("list.columns.down", { column: label })}
                  aria-disabled={i === chosen.length - 1}
                  onClick={() => go(i, i + 1)}
                >
                  ↓
                </button>
                <button
                  type="button"
                  className={css.small}
                  data-remove
                  aria-label={t("list.columns.remove", { column: label })}
                  onClick={() => remove(i)}
                >
                  ✕
                </button>
              </span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
