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
import { useState } from "react";
import type { List } from "../api/gen";
import { useReturnFocus } from "../common/focus";
import { useT } from "../i18n";
import type { ListActions } from "./useListActions";

// BedsDialog is where an owner types which beds a location has, one on each
// line. Those without a patient show as unoccupied (PAL-0630…0670).
export default function BedsDialog(props: { list: List; actions: ListActions; onClose: () => void }) {
  useReturnFocus();
  const t = useT();
  const [text, setText] = useState((props.list.beds ?? []).join("\n"));
  const [busy, setBusy] = useState(false);
  const beds = bedsIn(text);
  const save = async () => {
    setBusy(true);
    const saved = await props.actions.change(props.list, { beds });
    setBusy(false);
    if (saved) props.onClose();
  };
  return (
    <Dialog open modalType="modal" onOpenChange={(_, data) => !data.open && props.onClose()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{t("lists.bedsOf", { name: props.list.name })}</DialogTitle>
          <DialogContent>
            <Field label={t("lists.beds")} hint={t("lists.bedsHint")}>
              <Textarea
                value={text}
                rows={10}
                resize="vertical"
                onChange={(_, data) => setText(data.value)}
              />
            </Field>
            <p role="status">{t("lists.bedsCount", { count: beds.length })}</p>
          </DialogContent>
          <DialogActions>
            <Button onClick={props.onClose}>{t("action.cancel")}</Button>
            <Button appearance="primary" disabledFocusable={busy} onClick={() => void save()}>
              {t("action.save")}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

// bedsIn are the beds of a text, each once: by lines, or in one line by commas.
export function bedsIn(text: string): string[] {
  const beds = text.split(/[\n,、，;；]/).map((bed) => bed.trim());
  return [...new Set(beds.filter((bed) => bed !== ""))];
}
