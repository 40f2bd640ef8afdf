import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
} from "@fluentui/react-components";
import { useReturnFocus, useT } from "../../common";

/** Asks before what cannot be undone. */
export default function Ask(props: { text: string; action: string; onYes: () => void; onClose: () => void }) {
  useReturnFocus();
  const t = useT();
  return (
    <Dialog open modalType="alert" onOpenChange={(_, data) => !data.open && props.onClose()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{props.action}</DialogTitle>
          <DialogContent>{props.text}</DialogContent>
          <DialogActions>
            <Button
              appearance="primary"
              onClick={() => {
                props.onYes();
                props.onClose();
              }}
            >
              {props.action}
            </Button>
            <Button onClick={props.onClose}>{t("action.cancel")}</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
