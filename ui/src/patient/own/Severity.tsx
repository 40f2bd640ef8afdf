import { useState } from "react";
import type { PatientView } from "../../api/gen";
import { ConflictDialog, SeverityShape, SeverityWord, severities, useT } from "../../common";
import css from "../patient.module.css";
import { OwnFrame } from "./OwnFrame";
import { textOf, useField } from "./useField";

interface Props {
  view: PatientView;
  editable: boolean;
}

/**
 * Illness severity: a word and a shape; changed by one press. They are buttons:
 * arrow keys between radio buttons would write each severity on their way.
 */
export function Severity({ view, editable }: Props) {
  const t = useT();
  const field = useField(view, "severity");
  const cell = view.entry.cells.severity;
  // What was pressed last shows at once; the server's answer then takes its place.
  const [pressed, setPressed] = useState<string>();
  const now = pressed ?? textOf(cell);
  const save = async (code: string, base: number) => {
    setPressed(code);
    await field.save(code === "" ? null : code, base, code);
    setPressed((last) => (last === code ? undefined : last));
  };
  const say = (code: string) => (code === "" ? t("value.notSet") : t.dyn(`severity.${code}`, code));
  return (
    <OwnFrame view={view} column="severity" label={t("column.severity")}>
      {editable ? (
        <fieldset className={css.levels}>
          <legend className={css.hidden}>{t("column.severity")}</legend>
          {[...severities, ""].map((code) => (
            <button
              key={code}
              type="button"
              className={css.level}
              data-level={code || undefined}
              aria-pressed={now === code}
              onClick={() => now !== code && void save(code, cell?.seq ?? 0)}
            >
              <SeverityShape of={code} />
              {say(code)}
            </button>
          ))}
        </fieldset>
      ) : (
        <SeverityWord of={now} />
      )}
      <ConflictDialog
        conflict={field.conflict?.shown ?? null}
        show={say}
        mergeable={false}
        onKeep={(code) => void save(code, field.conflict?.cell.seq ?? 0)}
        onTake={field.clear}
        onClose={field.clear}
      />
    </OwnFrame>
  );
}
