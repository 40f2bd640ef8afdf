import { Button, Popover, PopoverSurface } from "@fluentui/react-components";
import type { ListView, Mark } from "../api/gen";
import { sayValue, useFormat, useT } from "../common";
import css from "./list.module.css";
import { columnLabel } from "./words";

// MarkPopover shows, on demand, what was there before and what is there now,
// and takes the mark away for this person.
export default function MarkPopover(props: {
  marks: readonly Mark[];
  anchor: HTMLElement;
  data: ListView;
  onSeen: (marks: readonly Mark[]) => void;
  onClose: () => void;
}) {
  const { marks, anchor, data } = props;
  const t = useT();
  const close = () => {
    props.onClose();
    anchor.focus();
  };
  return (
    <Popover
      open
      trapFocus
      positioning={{ target: anchor, position: "below", align: "start" }}
      onOpenChange={(_, change) => !change.open && close()}
    >
      <PopoverSurface aria-label={t("list.mark.title")}>
        <ul className={css.items}>
          {marks.map((mark) => (
            <OneMark key={`${mark.column} ${mark.item ?? ""}`} mark={mark} data={data} />
          ))}
        </ul>
        <div className={css.popoverActions}>
          <Button
            size="small"
            appearance="primary"
            onClick={() => {
              props.onSeen(marks);
              close();
            }}
          >
            {t("list.mark.seen")}
          </Button>
          <Button size="small" onClick={close}>
            {t("action.close")}
          </Button>
        </div>
      </PopoverSurface>
    </Popover>
  );
}

function OneMark({ mark, data }: { mark: Mark; data: ListView }) {
  const t = useT();
  const f = useFormat();
  const column = data.columns.find((c) => c.key === mark.column);
  const label = column ? columnLabel(t, column) : t.dyn(`column.${mark.column}`, mark.column);
  const by = mark.by ? (data.people[mark.by] ?? "") : t("list.mark.ehr");
  const text = (value: string) =>
    sayValue(column ?? { key: mark.column }, value, { t, format: f, people: data.people });
  return (
    <li className={css.markText}>
      <strong>
        {label}: {t.dyn(`mark.${mark.kind}`, mark.kind)}
      </strong>
      {mark.column !== "entry" && (
        <div>
          {mark.old && <s>{text(mark.old)}</s>}
          {mark.old && mark.new && <span aria-hidden="true"> → </span>}
          {mark.old && mark.new && <span className={css.hidden}>{t("list.mark.becomes")}</span>}
          {mark.new && <span>{text(mark.new)}</span>}
        </div>
      )}
      <div className={css.quiet}>{t("list.mark.observed", { time: f.short(mark.at), by })}</div>
    </li>
  );
}
