import { Button } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { api, Bones, Failure, keys } from "../common";
import { Frame } from "./Dialogs";
import css from "./list.module.css";
import type { Screen } from "./useScreen";

// ChooseList asks where patients are moved or copied to.
export function ChooseList(props: {
  screen: Screen;
  action: "move" | "copy";
  count: number;
  onChoose: (list: { id: string; name: string }) => void;
  onClose: () => void;
}) {
  const { screen, action } = props;
  const { t, data } = screen;
  const name = useId();
  const lists = useQuery({
    queryKey: keys.lists(data.list.space),
    queryFn: ({ signal }) => api.getLists({ space: data.list.space }, { signal }),
  });
  const others = (lists.data?.lists ?? []).filter((list) => list.id !== data.list.id);
  const [chosen, setChosen] = useState("");
  const to = others.find((list) => list.id === chosen);
  return (
    <Frame
      title={t(`list.${action}.title`, { count: props.count })}
      onClose={props.onClose}
      actions={
        <>
          <Button onClick={props.onClose}>{t("action.cancel")}</Button>
          <Button appearance="primary" disabled={!to} onClick={() => to && props.onChoose(to)}>
            {t(`list.act.${action}`)}
          </Button>
        </>
      }
    >
      {lists.isPending && <Bones rows={3} />}
      {lists.error && <Failure of={lists.error} onRetry={() => void lists.refetch()} />}
      {lists.data && others.length === 0 && <p>{t("list.move.none")}</p>}
      <fieldset className={css.choices}>
        <legend className={css.hidden}>{t("list.move.to")}</legend>
        {others.map((list) => (
          <label key={list.id} className={css.checkLabel}>
            <input
              type="radio"
              className={css.check}
              name={name}
              checked={chosen === list.id}
              onChange={() => setChosen(list.id)}
            />
            {list.name} <span className={css.quiet}>{t("list.count.all", { count: list.patients })}</span>
          </label>
        ))}
      </fieldset>
    </Frame>
  );
}
