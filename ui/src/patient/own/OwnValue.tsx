import { useId, useState } from "react";
import type { Column, PatientView } from "../../api/gen";
import { ConflictDialog, rawOf, sayValue, useEdited, useFormat, useSpace, useT } from "../../common";
import css from "../patient.module.css";
import { OwnFrame } from "./OwnFrame";
import { OwnText } from "./OwnText";
import { useField } from "./useField";

interface Props {
  view: PatientView;
  column: Column;
  label: string;
  editable: boolean;
}

/** One of our own columns of the list, edited by its type. */
export function OwnValue(props: Props) {
  switch (props.column.type) {
    case "choice":
    case "person":
    case "flag":
    case "date":
    case "number":
      return <Value {...props} />;
    default:
      return <OwnText {...props} column={props.column.key} />;
  }
}

function Value({ view, column, label, editable }: Props) {
  const field = useField(view, column.key);
  const show = useShow(column);
  const cell = view.entry.cells[column.key];
  // What was chosen last shows at once; the server's answer then takes its place.
  const [chosen, setChosen] = useState<string>();
  const raw = chosen ?? rawOf(column, cell?.items?.[0]);
  const save = async (text: string, base: number) => {
    setChosen(text);
    await field.save(valueFor(column, text), base, text);
    setChosen((last) => (last === text ? undefined : last));
  };
  return (
    <OwnFrame view={view} column={column.key} label={label}>
      {editable ? (
        <Control
          column={column}
          label={label}
          value={raw}
          seq={cell?.seq ?? 0}
          onSave={(text, base) => void save(text, base)}
        />
      ) : (
        <span dir="auto">{show(raw)}</span>
      )}
      <ConflictDialog
        conflict={
          field.conflict
            ? { ...field.conflict.shown, theirs: rawOf(column, field.conflict.cell.items?.[0]) }
            : null
        }
        show={show}
        mergeable={false}
        onKeep={(text) => void save(text, field.conflict?.cell.seq ?? 0)}
        onTake={field.clear}
        onClose={field.clear}
      />
    </OwnFrame>
  );
}

/** What the server takes for a column of this type; null empties it. */
export function valueFor(column: Column, text: string): unknown {
  if (text === "") return null;
  if (column.type === "flag") return text === "true";
  if (column.type === "number") return Number(text);
  return text;
}

function useShow(column: Column): (raw: string) => string {
  const t = useT();
  const format = useFormat();
  const { people } = useSpace();
  return (raw) => sayValue(column, raw, { t, format, people }) || t("own.empty");
}

function Control(props: {
  column: Column;
  label: string;
  value: string;
  seq: number;
  onSave: (text: string, base: number) => void;
}) {
  const { column, label, value, seq, onSave } = props;
  const t = useT();
  const { people } = useSpace();
  const id = useId();
  const typed = useEdited(value, seq);
  const [unread, setUnread] = useState(false);
  if (column.type === "flag") {
    return (
      <label className={css.flag}>
        <input
          type="checkbox"
          checked={value === "true"}
          onChange={(e) => onSave(String(e.target.checked), seq)}
        />
        {t(value === "true" ? "value.yes" : "value.no")}
      </label>
    );
  }
  if (column.type === "choice" || column.type === "person") {
    const options: [string, string][] =
      column.type === "person" ? Object.entries(people) : (column.choices ?? []).map((c) => [c, c]);
    return (
      <select
        id={id}
        className={css.control}
        aria-label={label}
        value={value}
        onChange={(e) => onSave(e.target.value, seq)}
      >
        <option value="">{t(column.type === "person" ? "own.nobody" : "value.notSet")}</option>
        {options.map(([code, text]) => (
          <option key={code} value={code}>
            {text}
          </option>
        ))}
      </select>
    );
  }
  return (
    <>
      <input
        className={css.control}
        type={column.type}
        step={column.type === "number" ? "any" : undefined}
        aria-label={label}
        aria-invalid={unread}
        aria-describedby={unread ? id : undefined}
        value={typed.value}
        onChange={(e) => typed.set(e.target.value)}
        onKeyDown={(e) => {
          if (e.key === "Enter" && !e.nativeEvent.isComposing) e.currentTarget.blur();
        }}
        onBlur={(e) => {
          // Half a date, or what is no number, has no value: it empties no cell.
          setUnread(e.currentTarget.validity.badInput);
          if (e.currentTarget.validity.badInput) return;
          if (typed.value !== value) onSave(typed.value, typed.base);
          typed.done();
        }}
      />
      {unread && (
        <span id={id} role="alert" className={css.late}>
          {t("own.unread")}
        </span>
      )}
    </>
  );
}
