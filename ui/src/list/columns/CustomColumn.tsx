import { Button } from "@fluentui/react-components";
import { useEffect, useRef, useState } from "react";
import type { Column, Role } from "../../api/gen";
import { useT } from "../../common";
import css from "../list.module.css";
import { choicesOf, customKey } from "./choice";

const types = ["text", "choice", "date", "flag", "number"] as const;

// CustomColumn makes or changes a column of the team's own. What a column holds
// cannot change once there are cells of it.
export function CustomColumn(props: {
  column: Column;
  owner: boolean;
  onDone: (column: Column) => void;
  onClose: () => void;
}) {
  const { column } = props;
  const t = useT();
  const isNew = column.key === "";
  const [label, setLabel] = useState(column.label ?? "");
  const [type, setType] = useState(column.type ?? "text");
  const [choices, setChoices] = useState((column.choices ?? []).join("\n"));
  const [editBy, setEditBy] = useState<Role>(column.editBy ?? "member");
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  const list = choicesOf(choices);
  const ready = label.trim() !== "" && (type !== "choice" || list.length > 0);
  const done = () => {
    if (!ready) return;
    props.onDone({
      key: column.key || customKey(),
      group: "custom",
      label: label.trim(),
      type,
      editBy,
      ...(type === "choice" ? { choices: list } : {}),
    });
  };
  return (
    <fieldset className={css.custom}>
      <legend className={css.legend}>{t("list.custom.title")}</legend>
      <label className={css.field}>
        <span className={css.label}>{t("list.custom.name")}</span>
        <input
          ref={first}
          className={css.input}
          value={label}
          onChange={(event) => setLabel(event.target.value)}
        />
      </label>
      <label className={css.field}>
        <span className={css.label}>{t("list.custom.type")}</span>
        <select
          className={css.input}
          value={type}
          disabled={!isNew}
          onChange={(event) => setType(event.target.value)}
        >
          {types.map((one) => (
            <option key={one} value={one}>
              {t(`list.custom.type.${one}`)}
            </option>
          ))}
        </select>
      </label>
      {type === "choice" && (
        <label className={css.field}>
          <span className={css.label}>{t("list.custom.choices")}</span>
          <textarea
            className={css.input}
            rows={4}
            value={choices}
            onChange={(event) => setChoices(event.target.value)}
          />
        </label>
      )}
      <label className={css.field}>
        <span className={css.label}>{t("list.custom.editBy")}</span>
        <select
          className={css.input}
          value={editBy}
          disabled={!props.owner && editBy === "owner"}
          onChange={(event) => setEditBy(event.target.value as Role)}
        >
          <option value="member">{t("list.custom.member")}</option>
          <option value="owner">{t("list.custom.owner")}</option>
        </select>
      </label>
      <div className={css.row}>
        <Button size="small" appearance="primary" disabled={!ready} onClick={done}>
          {t(isNew ? "list.custom.add" : "list.custom.change")}
        </Button>
        <Button size="small" onClick={props.onClose}>
          {t("action.cancel")}
        </Button>
      </div>
    </fieldset>
  );
}
