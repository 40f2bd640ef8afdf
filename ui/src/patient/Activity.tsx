import { Button } from "@fluentui/react-components";
import { type ReactNode, useState } from "react";
import type { Activity as Done, PatientView } from "../api/gen";
import { useFormat, useShared, useT } from "../common";
import { labelOfColumn } from "./columns";
import { useDecision } from "./identity/useDecision";
import css from "./patient.module.css";
import { Part } from "./Section";
import { sayKept } from "./words";

const first = 15;

interface Props {
  view: PatientView;
  editable: boolean;
  /** Our own texts are not shown while it is not sure whom they are about. */
  withheld?: boolean;
}

/** Who did what for this patient, newest first. */
export function Activity({ view, editable, withheld = false }: Props) {
  const t = useT();
  const shared = useShared();
  const [all, setAll] = useState(false);
  const rows = [...view.activity].sort((a, b) => b.seq - a.seq);
  const shown = all ? rows : rows.slice(0, first);
  return (
    <Part id="activity" title={t("section.activity")}>
      {rows.length === 0 && <span className={shared.quiet}>{t("activity.none")}</span>}
      <ul className={css.activity}>
        {shown.map((one) => (
          <Row key={`${one.seq}`} view={view} one={one} silent={withheld && one.by !== undefined}>
            {editable && one.undo && <Undo view={view} />}
          </Row>
        ))}
      </ul>
      {rows.length > shown.length && (
        <Button size="small" onClick={() => setAll(true)}>
          {t("activity.more", { count: rows.length })}
        </Button>
      )}
    </Part>
  );
}

/** Takes the last decision on who this is back, also when its message has gone. */
function Undo({ view }: { view: PatientView }) {
  const t = useT();
  const { decide } = useDecision(view);
  return (
    <Button
      size="small"
      aria-label={t("activity.undoIdentity")}
      onClick={() => void decide({ action: "undo" })}
    >
      {t("action.undo")}
    </Button>
  );
}

interface RowProps {
  view: PatientView;
  one: Done;
  silent: boolean;
  children: ReactNode;
}

function Row({ view, one, silent, children }: RowProps) {
  const t = useT();
  const format = useFormat();
  const shared = useShared();
  const who = one.by ? (view.people[one.by] ?? "") : t("activity.ehr");
  const say = (raw = "") => (silent ? "" : sayKept(view, one.column, one.kind, raw, t, format));
  const [was, is] = [say(one.old), say(one.new)];
  return (
    <li>
      <time className={shared.quiet} dateTime={one.at}>
        {format.dateTime(one.at)}
      </time>
      <span className={css.activityBody}>
        <strong>{who}</strong> · {labelOfColumn(view, one.column, t)}{" "}
        {t.dyn(`activity.kind.${one.kind}`, one.kind)}
        {(was || is) && (
          <span className={css.activityText} dir="auto">
            {" "}
            {was && is ? t("activity.change", { old: was, new: is }) : was || is}
          </span>
        )}
      </span>
      {children}
    </li>
  );
}
