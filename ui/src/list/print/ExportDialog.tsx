import { Button } from "@fluentui/react-components";
import { useState } from "react";
import type { Column, ListView } from "../../api/gen";
import { api, Failure, useT, useToast } from "../../common";
import { Frame } from "../Dialogs";
import css from "../list.module.css";
import { columnLabel } from "../words";
import { PurposeField, usePurpose } from "./usePurpose";

// ExportDialog asks what goes into a file, and fetches it with a ticket that
// works once.
export default function ExportDialog(props: {
  data: ListView;
  columns: readonly Column[];
  onClose: () => void;
}) {
  const { data, columns, onClose } = props;
  const t = useT();
  const toast = useToast();
  const purpose = usePurpose();
  const [format, setFormat] = useState<"xlsx" | "csv">("xlsx");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(columns.map((c) => c.key)));
  const [deidentified, setDeidentified] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const run = async () => {
    setBusy(true);
    setError(null);
    try {
      const keys = columns.map((c) => c.key).filter((key) => chosen.has(key));
      const ticket = await api.exportList({
        list: data.list.id,
        format,
        columns: keys,
        deidentified,
        locale: t.locale,
        ...(purpose.needed ? { purpose: purpose.purpose.trim() } : {}),
      });
      fetchFile(ticket.path);
      toast({ text: t("list.export.begun") });
      onClose();
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Frame
      title={t("list.export.title")}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button
            appearance="primary"
            disabled={busy || !purpose.ready || chosen.size === 0}
            onClick={() => void run()}
          >
            {t("list.export.go")}
          </Button>
        </>
      }
    >
      <fieldset className={css.choices}>
        <legend className={css.legend}>{t("list.export.format")}</legend>
        {(["xlsx", "csv"] as const).map((one) => (
          <label key={one} className={css.checkLabel}>
            <input
              type="radio"
              name="format"
              className={css.check}
              checked={format === one}
              onChange={() => setFormat(one)}
            />
            {t(`list.export.${one}`)}
          </label>
        ))}
      </fieldset>
      <fieldset className={css.choices}>
        <legend className={css.legend}>{t("list.columns")}</legend>
        {columns.map((column) => (
          <label key={column.key} className={css.checkLabel}>
            <input
              type="checkbox"
              className={css.check}
              checked={chosen.has(column.key)}
              onChange={(event) => {
                const next = new Set(chosen);
                if (event.target.checked) next.add(column.key);
                else next.delete(column.key);
                setChosen(next);
              }}
            />
            {columnLabel(t, column)}
          </label>
        ))}
      </fieldset>
      <label className={css.checkLabel}>
        <input
          type="checkbox"
          className={css.check}
          checked={deidentified}
          onChange={(event) => setDeidentified(event.target.checked)}
        />
        {t("list.export.deidentified")}
      </label>
      <p className={css.quiet}>{t("list.export.deidentifiedNote")}</p>
      <PurposeField of={purpose} />
      {error !== null && <Failure of={error} />}
    </Frame>
  );
}

// fetchFile lets the browser save what a ticket leads to.
function fetchFile(path: string): void {
  const link = document.createElement("a");
  link.href = path;
  link.download = "";
  document.body.append(link);
  link.click();
  link.remove();
}
