import type { ReactNode } from "react";
import type { Entry, Identity, Mark } from "../api/gen";
import { isCJK, useFormat, useT } from "../common";
import { useRows } from "./context";
import css from "./list.module.css";
import { MarkChip } from "./MarkChip";
import { difference, type NameWarning, partOf } from "./names";
import { ageText, deceasedText } from "./words";

// PatientBlock is the row key's second part: name, born and age, number, each
// on a line of its own, in this order (PAL-0450 M).
export function PatientBlock(props: {
  entry: Entry;
  warning: NameWarning | undefined;
  // other is the patient whose name is the same or alike.
  other: Entry | undefined;
  marks: readonly Mark[] | undefined;
}) {
  const { entry, warning, other, marks } = props;
  const t = useT();
  const f = useFormat();
  const { actions } = useRows();
  const { identity } = entry;
  const unknown = isUnknown(identity);
  const differs = (field: string, text: string) =>
    warning?.differs === field ? (
      <Differs text={text} mine={partOf(entry, field)} theirs={other && partOf(other, field)} />
    ) : (
      text
    );
  return (
    <div className={css.who}>
      {marks && <MarkChip marks={marks} show={marks[0] as Mark} />}
      <div>
        <a
          className={`${css.link} ${isLong(f.name(identity)) ? css.anywhere : ""}`}
          href={`#${entry.id}`}
          data-open={entry.id}
          onClick={(event) => {
            event.preventDefault();
            actions.open(entry.id);
          }}
        >
          {differs("given", f.name(identity))}
        </a>
        {identity.preferred && <span className={css.quiet}> “{identity.preferred}”</span>}
      </div>
      <div>
        <span className={css.label}>{t("list.born")}</span>{" "}
        <span className={css.value}>
          {identity.born ? (
            <>
              {differs("born", f.date(identity.born))}
              {ageText(f, identity)}
            </>
          ) : (
            t("value.notKnown")
          )}
        </span>
      </div>
      <div>
        <span className={css.label}>{t("list.mrn")}</span>{" "}
        <span className={`${css.value} ${css.anywhere}`}>
          {identity.mrn ? differs("mrn", identity.mrn) : t("value.notKnown")}
        </span>
      </div>
      {(unknown || warning?.differs === "gender") && (
        <div>
          <span className={css.label}>{t("list.gender")}</span>{" "}
          <span className={css.value}>
            {differs("gender", t.dyn(`gender.${identity.gender ?? "unknown"}`, identity.gender ?? ""))}
          </span>
        </div>
      )}
      {warning && (
        <div className={css.alert}>
          <span aria-hidden="true">⚠</span>
          {t(warning.kind === "same" ? "list.name.same" : "list.name.similar", {
            count: warning.others.length,
            differs: t.dyn(`list.differs.${warning.differs}`, warning.differs),
          })}
        </div>
      )}
      <StateLines entry={entry} />
    </div>
  );
}

// Differs underlines what tells two patients apart, from the first letter that
// does (PAL-0560).
function Differs(props: { text: string; mine: string; theirs: string | undefined }): ReactNode {
  const { text, mine, theirs } = props;
  const at = text.indexOf(mine);
  if (mine === "" || at < 0 || !theirs || isCJK(text)) return <span className={css.differs}>{text}</span>;
  const [same, rest] = difference(mine, theirs);
  if (rest === "") return <span className={css.differs}>{text}</span>;
  return (
    <>
      {text.slice(0, at)}
      {same}
      <span className={css.differs}>{rest}</span>
      {text.slice(at + mine.length)}
    </>
  );
}

// StateLines say whether the entry still is who it was.
function StateLines({ entry }: { entry: Entry }) {
  const t = useT();
  const f = useFormat();
  const { deceased, inactive } = entry.identity;
  return (
    <>
      {deceased && <div className={`${css.alert} ${css.deceased}`}>{deceasedText(t, f, deceased)}</div>}
      {inactive && <div className={css.quiet}>{t("list.inactive")}</div>}
      {entry.state !== "ok" && (
        <div className={`${css.alert} ${entry.state === "mismatch" ? css.danger : ""}`}>
          <span aria-hidden="true">!</span>
          {t(`list.entryState.${entry.state}`)}
        </div>
      )}
      {entry.state === "merged" && entry.other && (
        <div>
          <span className={css.label}>{t("list.goesOnAs")}</span>{" "}
          <span className={`${css.value} ${css.anywhere}`}>
            <bdi>{f.name(entry.other)}</bdi> ·{" "}
            {[f.date(entry.other.born), entry.other.mrn].filter(Boolean).join(" · ")}
          </span>
        </div>
      )}
    </>
  );
}

// isUnknown tells a patient whose name nobody knows: there is none, or UNKNOWN
// was typed in its place. The gender and a number tell them apart
// (PAL-0460…0510).
function isUnknown({ family, given, text }: Identity): boolean {
  const name = family || given || text || "";
  return name === "" || name.trim().toUpperCase() === "UNKNOWN";
}

// isLong tells a text with a word that no column is wide enough for.
export function isLong(text: string): boolean {
  return /\S{25,}/.test(text);
}
