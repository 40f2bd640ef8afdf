import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Select,
} from "@fluentui/react-components";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { PatientView } from "../../api/gen";
import { api, Bones, keys, reasonText, useReturnFocus, useSpace, useT, useToast } from "../../common";

/** Moves the patient to another list; what we wrote goes along, and it can be undone. */
export default function MoveDialog(props: { view: PatientView; onMoved: () => void; onClose: () => void }) {
  useReturnFocus();
  const { view } = props;
  const t = useT();
  const toast = useToast();
  const client = useQueryClient();
  const { space } = useSpace();
  const lists = useQuery({
    queryKey: keys.lists(space.id),
    queryFn: () => api.getLists({ space: space.id }),
  });
  const others = (lists.data?.lists ?? []).filter((l) => l.id !== view.list.id);
  const [chosen, setChosen] = useState("");
  const to = chosen || (others[0]?.id ?? "");

  const move = async () => {
    const name = others.find((l) => l.id === to)?.name ?? "";
    const change = (list: string, action: string) =>
      api.changeEntries({ list, entries: [view.entry.id], action, to: action === "move" ? to : undefined });
    try {
      const done = await change(view.list.id, "move");
      if (done.duplicates.length > 0) {
        toast({ text: t("move.duplicate", { list: name }), tone: "failed" });
        return;
      }
      const refresh = () => client.invalidateQueries({ queryKey: ["list"] });
      toast({
        text: t("move.done", { list: name }),
        undo: () => void change(view.list.id, "restore").then(refresh, () => {}),
      });
      void refresh();
      props.onMoved();
    } catch (error) {
      toast({ text: reasonText(t, error), tone: "failed" });
    }
  };

  return (
    <Dialog open onOpenChange={(_, data) => !data.open && props.onClose()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{t("move.title")}</DialogTitle>
          <DialogContent>
            {lists.isPending && <Bones rows={1} />}
            {lists.data && others.length === 0 && t("move.none")}
            {others.length > 0 && (
              <Field label={t("move.to")}>
                <Select value={to} onChange={(_, data) => setChosen(data.value)}>
                  {others.map((l) => (
                    <option key={l.id} value={l.id}>
                      {l.name}
                    </option>
                  ))}
                </Select>
              </Field>
            )}
          </DialogContent>
          <DialogActions>
            <Button
              appearance="primary"
              disabledFocusable={to === ""}
              onClick={() => to !== "" && void move()}
            >
              {t("move.action")}
            </Button>
            <Button onClick={props.onClose}>{t("action.cancel")}</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
