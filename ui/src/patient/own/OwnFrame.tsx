import type { ReactNode } from "react";
import type { PatientView } from "../../api/gen";
import { isSet, useFormat, useShared, useT } from "../../common";
import { marksFor } from "../data";
import { MarkBadge } from "../MarkBadge";
import css from "../patient.module.css";

/** A labelled value of ours, with who wrote it and when. */
export function OwnFrame(props: { view: PatientView; column: string; label: string; children: ReactNode }) {
  const { view, column } = props;
  const t = useT();
  const format = useFormat();
  const shared = useShared();
  const cell = view.entry.cells[column];
  const item = cell?.items?.[0];
  const at = item?.time ?? cell?.asOf;
  const name = cell?.by ? view.people[cell.by] : undefined;
  const [mark] = marksFor(view, { column });
  return (
    <div className={css.own} data-marked={mark ? true : undefined}>
      <h3 className={css.label}>{props.label}</h3>
      <div className={css.ownBody}>{props.children}</div>
      <span className={css.ownMeta}>
        {name && isSet(at) && (
          <span className={shared.quiet}>{t("own.by", { name, time: format.dateTime(at) })}</span>
        )}
        {mark && <MarkBadge mark={mark} view={view} />}
      </span>
    </div>
  );
}
