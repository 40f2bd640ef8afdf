import { Button } from "@fluentui/react-components";
import type { ListView } from "../api/gen";
import { mayDo, useT } from "../common";
import css from "./list.module.css";

// EmptyList says what to do next.
export function EmptyList({ data, onAdd }: { data: ListView; onAdd: () => void }) {
  const t = useT();
  return (
    <div className={css.empty}>
      <h2>{t("list.empty.title")}</h2>
      {mayDo(data.role, "member") ? (
        <>
          <p>{t("list.empty.text")}</p>
          <Button appearance="primary" size="large" onClick={onAdd}>
            {t("list.add")}
          </Button>
        </>
      ) : (
        <p>{t("list.empty.viewer")}</p>
      )}
    </div>
  );
}
