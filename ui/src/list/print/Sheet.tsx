import type { Entry, Item, ListView } from "../../api/gen";
import { isSet, otherZone, recordNotices, useFormat, useSession, useT } from "../../common";
import { warningsByEntry } from "../names";
import { bornText, deceasedText } from "../words";
import print from "./print.module.css";

// SheetHead is the head that every sheet repeats: which list, when, for whom,
// and that the paper is to be destroyed.
export function SheetHead({ data, count, span }: { data: ListView; count: number; span: number }) {
  const t = useT();
  const f = useFormat();
  const { person } = useSession();
  const { list, refresh } = data;
  const time = [f.dateTime(data.now), otherZone(f)].filter(Boolean).join(" ");
  return (
    <tr className={print.sheetHead}>
      <td colSpan={span}>
        <div>
          <strong>
            {list.name}
            {list.location ? ` · ${list.location}` : ""}
          </strong>{" "}
          · {t("list.count.all", { count })}
          <span className={print.destroy}>{t("list.print.destroy")}</span>
        </div>
        <div>
          {t("list.print.by", { time, name: person.name })}
          {isSet(refresh.last) && ` · ${t("list.print.ehr", { time: f.dateTime(refresh.last) })}`}
        </div>
      </td>
    </tr>
  );
}

// Identity is the patient block on paper.
export function PrintWho({ entry, data }: { entry: Entry; data: ListView }) {
  const t = useT();
  const f = useFormat();
  const { identity } = entry;
  const warning = warningsByEntry(data.names).get(entry.id);
  return (
    <>
      <div className={print.name}>{f.name(identity)}</div>
      <div>
        {t("list.born")} {bornText(t, f, identity)}
      </div>
      <div>
        {t("list.mrn")} {identity.mrn || t("value.notKnown")}
        {identity.gender && ` · ${t.dyn(`gender.${identity.gender}`, identity.gender)}`}
      </div>
      {warning && <div className={print.warning}>⚠ {t(`list.name.${warning.kind}Short`)}</div>}
      {identity.deceased && <div className={print.warning}>{deceasedText(t, f, identity.deceased)}</div>}
      {recordNotices(t, entry).map((notice) => (
        <div key={notice} className={print.warning}>
          ! {notice}
        </div>
      ))}
    </>
  );
}

// Boxes are to-dos with a box to be ticked by hand.
export function Boxes({ items }: { items: readonly Item[] }) {
  const f = useFormat();
  return items.map((item) => (
    <div key={item.id} className={print.box}>
      <span aria-hidden="true">{item.done ? "☑" : "☐"}</span>
      <span>
        {item.text}
        {isSet(item.due) && ` · ${f.dateTime(item.due)}`}
      </span>
    </div>
  ));
}
