import type { Mark, PatientView } from "../api/gen";
import { useFormat, useT } from "../common";
import css from "./patient.module.css";
import { sayKept } from "./words";

/** A change that this person has not seen: in words, with what was there before. */
export function MarkBadge({ mark, view }: { mark: Mark; view?: PatientView }) {
  const t = useT();
  const format = useFormat();
  const kind = mark.kind === "added" || mark.kind === "removed" ? mark.kind : "changed";
  const old = mark.old ?? "";
  return (
    <span className={css.mark}>
      <span className={css.markWord}>{t(`mark.${kind}`)}</span>
      <span className={css.markTime}> {format.short(mark.at)}</span>
      {kind === "changed" && old !== "" && (
        <span className={css.markOld} dir="auto">
          {" "}
          {t("item.was", { old: view ? sayKept(view, mark.column, mark.kind, old, t, format) : old })}
        </span>
      )}
    </span>
  );
}
