import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Input,
  Select,
} from "@fluentui/react-components";
import { type FormEvent, useState } from "react";
import type { Cell, Identity, PatientView } from "../../api/gen";
import {
  api,
  ConflictDialog,
  conflictOf,
  identityOf,
  type Key,
  reasonText,
  useFormat,
  useReturnFocus,
  useShared,
  useT,
  useToast,
} from "../../common";
import { usePatientCache } from "../data";
import { keepComposing } from "../own/Todos";
import { type Checked, checked } from "./particulars";

const texts = [
  ["family", "particulars.family"],
  ["given", "particulars.given"],
  ["prefix", "particulars.prefix"],
  ["born", "particulars.born"],
  ["mrn", "particulars.mrn"],
] as const satisfies readonly (readonly [keyof Identity, Key])[];

/** The particulars of a patient who was typed by hand. */
export default function ParticularsDialog(props: { view: PatientView; onClose: () => void }) {
  useReturnFocus();
  const { view, onClose } = props;
  const t = useT();
  const format = useFormat();
  const shared = useShared();
  const toast = useToast();
  const { reload } = usePatientCache(view.entry.id);
  const [who, setWho] = useState<Identity>(view.entry.identity);
  const [errors, setErrors] = useState<Checked["errors"]>({});
  const [theirs, setTheirs] = useState<Cell>();

  const save = async (base: number) => {
    const result = checked(who);
    setErrors(result.errors);
    if (!result.identity) return;
    try {
      await api.setField({ entry: view.entry.id, column: "identity", base, value: result.identity });
      await reload();
      onClose();
    } catch (error) {
      const cell = conflictOf<Cell>(error);
      if (cell) setTheirs(cell);
      else toast({ text: reasonText(t, error), tone: "failed" });
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void save(identityOf(view.entry));
  };

  return (
    <Dialog open modalType="modal" onOpenChange={(_, data) => !data.open && onClose()}>
      <DialogSurface>
        <form onSubmit={submit}>
          <DialogBody>
            <DialogTitle>{t("particulars.title")}</DialogTitle>
            <DialogContent className={shared.stack}>
              <Fields who={who} errors={errors} onChange={setWho} />
            </DialogContent>
            <DialogActions>
              <Button appearance="primary" type="submit">
                {t("action.save")}
              </Button>
              <Button onClick={onClose}>{t("action.cancel")}</Button>
            </DialogActions>
          </DialogBody>
        </form>
        <ConflictDialog
          conflict={
            theirs
              ? {
                  mine: `${format.name(who)} ${format.date(who.born)}`,
                  theirs: `${theirs.items?.[0]?.text ?? ""} ${format.date(theirs.items?.[0]?.detail)}`,
                  by: theirs.by ? view.people[theirs.by] : undefined,
                  at: theirs.asOf,
                }
              : null
          }
          mergeable={false}
          onKeep={() => void save(theirs?.seq ?? 0)}
          onTake={() => {
            void reload();
            onClose();
          }}
          onClose={() => setTheirs(undefined)}
        />
      </DialogSurface>
    </Dialog>
  );
}

interface FieldsProps {
  who: Identity;
  errors: Checked["errors"];
  onChange: (who: Identity) => void;
}

function Fields({ who, errors, onChange }: FieldsProps) {
  const t = useT();
  const set = (key: keyof Identity, value: string) => onChange({ ...who, [key]: value });
  const errorOf = (key: keyof Identity) =>
    key === "born" ? errors.born : key === "family" ? errors.name : undefined;
  return (
    <>
      {texts.map(([key, label]) => {
        const error = errorOf(key);
        return (
          <Field
            key={key}
            label={t(label)}
            hint={key === "born" ? t("list.manual.bornHint") : undefined}
            validationMessage={error && t(error)}
          >
            <Input
              dir="auto"
              value={who[key] ?? ""}
              onChange={(_, data) => set(key, data.value)}
              onKeyDown={keepComposing}
            />
          </Field>
        );
      })}
      <Field label={t("particulars.gender")}>
        <Select value={who.gender || "unknown"} onChange={(_, data) => set("gender", data.value)}>
          {(["female", "male", "other", "unknown"] as const).map((g) => (
            <option key={g} value={g}>
              {t(`gender.${g}`)}
            </option>
          ))}
        </Select>
      </Field>
    </>
  );
}
