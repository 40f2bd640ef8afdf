import { Button, Field, Textarea } from "@fluentui/react-components";
import { type KeyboardEvent, useState } from "react";
import { DraftState, useDraft, useT } from "../../common";
import css from "../patient.module.css";

/** A box for a new note. What is typed is a draft at once, and outlives an expired session. */
export function NewNote(props: { entry: string; onWrite: (text: string) => Promise<boolean> }) {
  const t = useT();
  const draft = useDraft(`note:${props.entry}`);
  const [saving, setSaving] = useState(false);
  const empty = draft.text.trim() === "";
  const save = async () => {
    if (empty || saving) return;
    setSaving(true);
    if (await props.onWrite(draft.text.trim())) draft.done();
    setSaving(false);
  };
  const press = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void save();
  };
  return (
    <div className={css.editor}>
      <Field label={t("note.new")} hint={draft.restored && !empty ? t("own.restored") : undefined}>
        <Textarea
          dir="auto"
          resize="vertical"
          rows={2}
          value={draft.text}
          onChange={(_, data) => draft.setText(data.value)}
          onKeyDown={press}
        />
      </Field>
      <div className={css.buttons}>
        <Button appearance="primary" disabledFocusable={empty || saving} onClick={() => void save()}>
          {t("note.save")}
        </Button>
        <DraftState of={draft} />
      </div>
    </div>
  );
}
