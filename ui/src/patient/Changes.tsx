import { Button } from "@fluentui/react-components";
import type { PatientView } from "../api/gen";
import { api, reasonText, useFormat, useT, useToast } from "../common";
import { labelOfColumn, looseMarks } from "./columns";
import { usePatientCache } from "./data";
import { MarkBadge } from "./MarkBadge";
import css from "./patient.module.css";
import { sayKept } from "./words";

/** How many changes are marked, and a way to take the marks away without leaving (PAL-0900…0980). */
export function Changes({ view }: { view: PatientView }) {
  const t = useT();
  const format = useFormat();
  const toast = useToast();
  const { change, reload } = usePatientCache(view.entry.id);
  if (view.marks.length === 0) return null;
  const send = async (undo: boolean) => {
    try {
      await api.markSeen({ list: view.list.id, entry: view.entry.id, upTo: view.seq, undo });
      if (!undo) {
        change((v) => ({ ...v, marks: [] }));
        toast({ text: t("patient.marksGone"), undo: () => void send(true) });
      }
      void reload();
    } catch (error) {
      toast({ text: reasonText(t, error), tone: "failed" });
    }
  };
  return (
    <div className={css.changes}>
      <strong>{t("patient.marks", { count: view.marks.length })}</strong>
      <Button size="small" onClick={() => void send(false)}>
        {t("patient.marksSeen")}
      </Button>
      {looseMarks(view).map((mark) => (
        <span key={`${mark.column} ${mark.item}`} className={css.loose} dir="auto">
          {labelOfColumn(view, mark.column, t)}{" "}
          <b>{sayKept(view, mark.column, mark.kind, mark.new ?? "", t, format)}</b>{" "}
          <MarkBadge mark={mark} view={view} />
        </span>
      ))}
    </div>
  );
}
