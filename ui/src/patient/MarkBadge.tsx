import type { Mark } from "../api/gen";
import { useFormat, useT } from "../common";
import css from "./patient.module.css";

/** A change that this person has not seen: in words, with what was there before. */
export function MarkBadge({ mark }: { mark: Mark }) {
  const t = useT();
  const format = useFormat();
  const kind = mark.kind === "added" || mark.kind === "removed" ? mark.kind : "changed";
  return (
    <span className={css.mark}>
      <span className={css.markWord}>{t(`mark.${kind}`)}</span>
      <span className={css.markTime}> {format.short(mark.at)}</span>
      {kind === "changed" && mark.old && (
        <span className={css.markOld} dir="auto">
          {" "}
          {t("item.was", { old: mark.old })}
        </span>
      )}
    </span>
  );
}
