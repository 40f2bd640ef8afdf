import type { PatientView } from "../../api/gen";
import { useFormat, useT } from "../../common";
import { marksFor, type SectionQuery } from "../data";
import { Items } from "../Items";
import css from "../patient.module.css";
import { RecordPart } from "../Section";

interface Props {
  view: PatientView;
  source: SectionQuery;
}

export function Problems({ view, source }: Props) {
  return (
    <RecordPart view={view} kind="problems" source={source}>
      {(data) => <Items items={data.items ?? []} marks={marksFor(view, { kind: "problems" })} />}
    </RecordPart>
  );
}

/** Its title is one of four, so that "none", "not recorded" and "not available" are never taken for each other. */
export function Allergies({ view, source }: Props) {
  const t = useT();
  const state = source.query.data?.allergy;
  return (
    <RecordPart
      view={view}
      kind="allergies"
      source={source}
      title={state ? t(`allergy.${state}`) : t("section.allergies")}
    >
      {(data) => <Items items={data.items ?? []} marks={marksFor(view, { kind: "allergies" })} />}
    </RecordPart>
  );
}

export function Medicines({ view, source }: Props) {
  return (
    <RecordPart view={view} kind="medications" source={source}>
      {(data) => <Items items={data.items ?? []} marks={marksFor(view, { kind: "medications" })} />}
    </RecordPart>
  );
}

/** The stay that goes on comes first; without one it says that, and when the last one ended. */
export function Encounters({ view, source }: Props) {
  const t = useT();
  const format = useFormat();
  return (
    <RecordPart view={view} kind="encounters" source={source}>
      {(data) => {
        const items = data.items ?? [];
        const newest = items[0];
        const left = newest?.timeLabel === "discharged" ? newest.time : undefined;
        return (
          <>
            {!items.some((i) => i.current) && (
              <p className={css.line}>
                <strong>{t("encounters.notIn")}</strong>{" "}
                {left && t("encounters.discharged", { date: format.dateTime(left) })}
              </p>
            )}
            <Items items={items} marks={marksFor(view, { kind: "encounters" })} />
          </>
        );
      }}
    </RecordPart>
  );
}

export function Coverage({ view, source }: Props) {
  return (
    <RecordPart view={view} kind="coverage" source={source}>
      {(data) => <Items items={data.items ?? []} marks={marksFor(view, { kind: "coverage" })} />}
    </RecordPart>
  );
}
