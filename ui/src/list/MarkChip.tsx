import type { Mark } from "../api/gen";
import { useT } from "../common";
import { useRows } from "./context";
import css from "./list.module.css";

const signs: Record<string, string> = { added: "✚", changed: "◆", removed: "✖" };

// MarkChip says that something changed since this person last looked: a shape,
// a word and a colour. A press shows what was there before.
export function MarkChip({ marks, show }: { marks: readonly Mark[]; show: Mark }) {
  const t = useT();
  const { actions } = useRows();
  const word = t.dyn(`mark.${show.kind}`, show.kind);
  return (
    <button
      type="button"
      className={css.mark}
      data-mark={`${show.entry} ${show.column}`}
      aria-haspopup="dialog"
      onClick={(event) => actions.mark(marks.length > 0 ? marks : [show], event.currentTarget)}
    >
      <span aria-hidden="true">{signs[show.kind] ?? "◆"}</span> {word}
    </button>
  );
}
