import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Textarea,
} from "@fluentui/react-components";
import { useId, useRef, useState } from "react";
import { api, reasonText, useFormat, useReturnFocus, useShared, useT, useToast } from "../../common";
import css from "../patient.module.css";
import { copyText, type Form, forms, type Material } from "./copyText";

/** Shows what will be copied, has it recorded, then copies it. */
export default function CopyDialog(props: { material: Material; onClose: () => void }) {
  useReturnFocus();
  const t = useT();
  const format = useFormat();
  const shared = useShared();
  const toast = useToast();
  const name = useId();
  const [form, setForm] = useState<Form>("ipass");
  const [byHand, setByHand] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const text = copyText(form, props.material, { t, format });

  const copy = async () => {
    try {
      await api.copyPatient({ entry: props.material.view.entry.id, format: form });
    } catch (error) {
      toast({ text: reasonText(t, error), tone: "failed" });
      return;
    }
    try {
      await navigator.clipboard.writeText(text);
      toast({ text: t("copy.done") });
      props.onClose();
    } catch {
      // Not allowed here, or not a secure page: the person copies it.
      setByHand(true);
      area.current?.select();
    }
  };

  return (
    <Dialog open onOpenChange={(_, data) => !data.open && props.onClose()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{t("copy.title")}</DialogTitle>
          <DialogContent className={shared.stack}>
            <fieldset className={css.levels}>
              <legend className={css.hidden}>{t("copy.format")}</legend>
              {forms.map((f) => (
                <label key={f} className={css.level}>
                  <input type="radio" name={name} checked={f === form} onChange={() => setForm(f)} />
                  <span>{t(`copy.${f}`)}</span>
                </label>
              ))}
            </fieldset>
            <Field label={t("copy.text")} hint={t(byHand ? "copy.byHand" : "copy.hint")}>
              <Textarea ref={area} readOnly rows={12} dir="auto" value={text} />
            </Field>
          </DialogContent>
          <DialogActions>
            <Button appearance="primary" onClick={() => void copy()}>
              {t("copy.copy")}
            </Button>
            <Button onClick={props.onClose}>{t("action.close")}</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
