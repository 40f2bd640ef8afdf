import type { PatientView } from "../api/gen";
import { useT } from "../common";
import { labelOfColumn, ownColumns } from "./columns";
import { OwnText } from "./own/OwnText";
import { OwnValue } from "./own/OwnValue";
import { Severity } from "./own/Severity";
import { Todos } from "./own/Todos";
import css from "./patient.module.css";
import { Part } from "./Section";

/** What the team says of a patient, as opposed to the record. */
export function Summary({ view, editable }: { view: PatientView; editable: boolean }) {
  const t = useT();
  return (
    <Part id="summary" title={t("section.summary")}>
      <div className={css.summary}>
        <OwnText view={view} column="summary" label={t("column.summary")} editable={editable} />
        <Severity view={view} editable={editable} />
        <Todos view={view} editable={editable} />
        <OwnText view={view} column="contingency" label={t("column.contingency")} editable={editable} />
        <OwnText view={view} column="bed" label={t("column.bed")} editable={editable} />
        {ownColumns(view).map((column) => (
          <OwnValue
            key={column.key}
            view={view}
            column={column}
            label={labelOfColumn(view, column.key, t)}
            editable={editable}
          />
        ))}
      </div>
    </Part>
  );
}
