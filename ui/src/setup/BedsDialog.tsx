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
import { ConflictDialog } from "../common/conflict";
import { useReturnFocus } from "../common/focus";
import { useT } from "../i18n";
import type { ListActions } from "./useListActions";
import { useListEdit } from "./useListEdit";

// BedsDialog is where an owner types which beds a location has, one on each
// line. Those without a patient show as unoccupied (PAL-0630…0670).
export default function BedsDialog(props: { list: List; actions: ListActions; onClose: () => void }) {
  useReturnFocus();
  const t = useT();
  const edit = useListEdit(props.list, textOf, props.actions);
  const { theirs } = edit;
  const [text, setText] = useState(textOf(edit.seen));
  const beds = bedsIn(text);
  const save = async (typed: string[], over?: List) => {
    if (await edit.save({ beds: typed }, over)) props.onClose();
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
            <Button appearance="primary" disabledFocusable={edit.busy} onClick={() => void save(beds)}>
              {t("action.save")}
            </Button>
          </DialogActions>
        </DialogBody>
        <ConflictDialog
          conflict={theirs ? { mine: beds.join("\n"), theirs: textOf(theirs) } : null}
          onKeep={(kept) => {
            setText(kept);
            void save(bedsIn(kept), theirs);
          }}
          onTake={props.onClose}
          onClose={edit.forget}
        />
      </DialogSurface>
    </Dialog>
  );
}

// textOf are a list's beds as they are typed.
function textOf(list: List): string {
  return (list.beds ?? []).join("\n");
}

// bedsIn are the beds of a text, each once: by lines, or in one line by commas.
export function bedsIn(text: string): string[] {
  const beds = text.split(/[\n,、，;；]/).map((bed) => bed.trim());
  return [...new Set(beds.filter((bed) => bed !== ""))];
}
