import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
} from "@fluentui/react-components";
import type { ReactNode } from "react";
import { useSession, useT } from "../common";
import { useReturnFocus } from "../common/focus";
import css from "./list.module.css";
import { countMarks } from "./model";
import type { Screen } from "./useScreen";

// Frame is a dialog with a title and buttons.
export function Frame(props: {
  title: string;
  children: ReactNode;
  actions: ReactNode;
  wide?: boolean;
  onClose: () => void;
}) {
  useReturnFocus();
  return (
    <Dialog open onOpenChange={(_, change) => !change.open && props.onClose()}>
      <DialogSurface className={props.wide ? css.wide : undefined}>
        <DialogBody>
          <DialogTitle>{props.title}</DialogTitle>
          <DialogContent>{props.children}</DialogContent>
          <DialogActions className={css.dialogActions}>{props.actions}</DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

// SeenDialog warns before all marks go: some may be out of view (PAL-0930).
export function SeenDialog({ screen, onClose }: { screen: Screen; onClose: () => void }) {
  const { t, data, columns, left } = screen;
  const count = countMarks(
    data.marks,
    columns.map((c) => c.key),
  );
  return (
    <Frame
      title={t("list.seenAll.title", { count: data.marks.length })}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button
            appearance="primary"
            onClick={() => {
              onClose();
              void screen.seen.all();
            }}
          >
            {t("list.changes.seen")}
          </Button>
        </>
      }
    >
      <p>{t("list.seenAll.text")}</p>
      {count.elsewhere > 0 && <p>{t("list.changes.elsewhere", { count: count.elsewhere })}</p>}
      {left.length > 0 && <p>{t("list.left", { count: left.length })}</p>}
    </Frame>
  );
}

// HelpDialog lists the keys, and lets them be switched off (WCAG 2.1.4).
export function HelpDialog({ onClose }: { onClose: () => void }) {
  const t = useT();
  const { person, setPrefs } = useSession();
  const keys = [
    ["/", "list.help.find"],
    ["n", "list.help.next"],
    ["p", "list.help.previous"],
    ["?", "list.help.help"],
  ] as const;
  return (
    <Frame
      title={t("list.help.title")}
      onClose={onClose}
      actions={<Button onClick={onClose}>{t("action.close")}</Button>}
    >
      <dl className={css.keyList}>
        {keys.map(([key, text]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{t(text)}</dd>
          </div>
        ))}
      </dl>
      <p>{t("list.help.edit")}</p>
      <label className={css.checkLabel}>
        <input
          type="checkbox"
          className={css.check}
          checked={!person.prefs.noShortcuts}
          onChange={(event) => void setPrefs({ noShortcuts: !event.target.checked })}
        />
        {t("list.help.on")}
      </label>
    </Frame>
  );
}
