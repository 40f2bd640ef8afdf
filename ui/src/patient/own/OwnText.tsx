import { Button, Field, Textarea } from "@fluentui/react-components";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import type { PatientView } from "../../api/gen";
import { ConflictDialog, DraftState, useDraft, useShared, useT } from "../../common";
import css from "../patient.module.css";
import { OwnFrame } from "./OwnFrame";
import { textOf, useField, useHasDraft } from "./useField";

interface Props {
  view: PatientView;
  column: string;
  label: string;
  editable: boolean;
}

/** A text of ours: read, or with a button, written. A draft that was left opens by itself. */
export function OwnText({ view, column, label, editable }: Props) {
  const t = useT();
  const shared = useShared();
  const hasDraft = useHasDraft(`field:${view.entry.id}:${column}`);
  const [editing, setEditing] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (hasDraft && editable) setEditing(true);
  }, [hasDraft, editable]);
  const text = textOf(view.entry.cells[column]);
  const close = () => {
    setEditing(false);
    requestAnimationFrame(() => button.current?.focus());
  };
  if (editing) return <Editor {...{ view, column, label }} onClose={close} />;
  return (
    <OwnFrame view={view} column={column} label={label}>
      <span className={css.ownText} dir="auto">
        {text || <span className={shared.quiet}>{t("own.empty")}</span>}
      </span>
      {editable && (
        <Button
          ref={button}
          size="small"
          aria-label={t("own.edit", { what: label })}
          onClick={() => setEditing(true)}
        >
          {t("action.edit")}
        </Button>
      )}
    </OwnFrame>
  );
}

function Editor(props: { view: PatientView; column: string; label: string; onClose: () => void }) {
  const { view, column, label, onClose } = props;
  const t = useT();
  const cell = view.entry.cells[column];
  const draft = useDraft(`field:${view.entry.id}:${column}`, textOf(cell), cell?.seq ?? 0);
  const field = useField(view, column);
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => area.current?.focus(), []);

  const save = async (text: string, base: number) => {
    if (!(await field.save(text.trim(), base, text))) return;
    draft.done();
    onClose();
  };
  const drop = () => {
    draft.done();
    field.clear();
    onClose();
  };
  const press = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void save(draft.text, draft.base);
  };
  return (
    <div className={css.editor}>
      <Field label={label} hint={draft.restored ? t("own.restored") : undefined}>
        <Textarea
          ref={area}
          dir="auto"
          resize="vertical"
          rows={3}
          value={draft.text}
          onChange={(_, data) => draft.setText(data.value)}
          onKeyDown={press}
        />
      </Field>
      <div className={css.buttons}>
        <Button
          appearance="primary"
          disabledFocusable={field.saving}
          onClick={() => void save(draft.text, draft.base)}
        >
          {t("action.save")}
        </Button>
        <Button onClick={drop}>{draft.restored ? t("own.discard") : t("action.cancel")}</Button>
        <DraftState of={draft} />
      </div>
      <ConflictDialog
        conflict={field.conflict?.shown ?? null}
        onKeep={(text) => void save(text, field.conflict?.cell.seq ?? 0)}
        onTake={drop}
        onClose={field.clear}
      />
    </div>
  );
}
