import { Button } from "@fluentui/react-components";
import { useLocation } from "wouter";
import { mayDo } from "../common";
import css from "./list.module.css";
import { goPrint } from "./print/choice";
import type { Screen } from "./useScreen";

// BulkBar is what can be done with the chosen patients.
export function BulkBar({ screen }: { screen: Screen }) {
  const { t, data, selected, setSelected, entries } = screen;
  const [, go] = useLocation();
  const ids = [...selected].filter((id) => data.entries.some((e) => e.id === id));
  const open = (panel: "move" | "copy") => {
    screen.setActing(ids);
    screen.setPanel(panel);
  };
  return (
    <div className={css.bulk} role="toolbar" aria-label={t("list.bulk")}>
      <strong>{t("list.selected", { count: ids.length })}</strong>
      {mayDo(data.role, "member") && (
        <>
          <Button size="small" onClick={() => open("move")}>
            {t("list.act.move")}
          </Button>
          <Button size="small" onClick={() => open("copy")}>
            {t("list.act.copy")}
          </Button>
          <Button
            size="small"
            onClick={() => {
              void entries.remove(ids);
              setSelected(new Set());
            }}
          >
            {t("list.act.remove")}
          </Button>
        </>
      )}
      <Button size="small" onClick={() => goPrint(go, data.list, ids)}>
        {t("list.act.print")}
      </Button>
      <Button size="small" appearance="subtle" onClick={() => setSelected(new Set())}>
        {t("list.selected.none")}
      </Button>
    </div>
  );
}
