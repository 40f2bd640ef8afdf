import { Button } from "@fluentui/react-components";
import { type RefObject, useId } from "react";
import type { Filter, ListView, View } from "../api/gen";
import { mayDo, severities, useT } from "../common";
import { isFiltered } from "./arrange";
import css from "./list.module.css";
import { columnLabel } from "./words";

const filterId = "list-filter";

export interface ToolbarProps {
  data: ListView;
  view: View;
  search: RefObject<HTMLInputElement | null>;
  filtering: boolean;
  onFiltering: (on: boolean) => void;
  onView: (change: Partial<View>) => void;
  onAdd: () => void;
  onColumns: () => void;
  onRound: () => void;
  onMore: (anchor: HTMLElement) => void;
}

// Toolbar holds what is done with the list as a whole.
export function Toolbar(props: ToolbarProps) {
  const { data, view, onView } = props;
  const t = useT();
  const id = useId();
  const text = view.filter?.text ?? "";
  return (
    <div className={css.bar} role="toolbar" aria-label={t("list.tools")}>
      {mayDo(data.role, "member") && (
        <Button appearance="primary" onClick={props.onAdd}>
          {t("list.add")}
        </Button>
      )}
      <Button onClick={props.onRound}>{t("list.round")}</Button>
      <Button onClick={props.onColumns}>{t("list.columns")}</Button>
      <Button
        aria-expanded={props.filtering}
        aria-controls={props.filtering ? filterId : undefined}
        onClick={() => props.onFiltering(!props.filtering)}
      >
        {t("list.filter")}
        {isFiltered({ ...view.filter, text: "" }) ? " ●" : ""}
      </Button>
      <span className={css.row}>
        <label htmlFor={`${id}g`} className={css.label}>
          {t("list.group")}
        </label>
        <select
          id={`${id}g`}
          className={css.select}
          value={view.group ?? ""}
          onChange={(event) => onView({ group: event.target.value })}
        >
          <option value="">{t("list.group.no")}</option>
          {groups(data).map((key) => (
            <option key={key} value={key}>
              {groupName(t, data, key)}
            </option>
          ))}
        </select>
      </span>
      <input
        ref={props.search}
        type="search"
        className={`${css.input} ${css.grow}`}
        placeholder={t("list.find")}
        aria-label={t("list.find")}
        value={text}
        onChange={(event) => onView({ filter: { ...view.filter, text: event.target.value } })}
      />
      <Button
        className={css.icon}
        aria-haspopup="menu"
        aria-label={t("list.more")}
        onClick={(event) => props.onMore(event.currentTarget)}
      >
        ⋯
      </Button>
    </div>
  );
}

// groups are the ways to group: the fixed ones, and custom columns of choices.
function groups(data: ListView): string[] {
  const choices = data.columns.filter((c) => c.type === "choice").map((c) => c.key);
  return ["severity", "location", "owner", "gender", ...choices];
}

function groupName(t: ReturnType<typeof useT>, data: ListView, key: string): string {
  const column = data.columns.find((c) => c.key === key);
  return column ? columnLabel(t, column) : t.dyn(`column.${key}`, key);
}

// FilterPanel narrows the list down.
export function FilterPanel(props: { data: ListView; filter: Filter; onFilter: (filter: Filter) => void }) {
  const { data, filter, onFilter } = props;
  const t = useT();
  const id = useId();
  const chosen = filter.severity ?? [];
  const toggle = (severity: string, on: boolean) =>
    onFilter({ ...filter, severity: on ? [...chosen, severity] : chosen.filter((s) => s !== severity) });
  return (
    <fieldset id={filterId} className={css.filters}>
      <legend className={css.hidden}>{t("list.filter")}</legend>
      {severities.map((severity) => (
        <Check
          key={severity}
          label={t(`severity.${severity}`)}
          on={chosen.includes(severity)}
          onChange={(on) => toggle(severity, on)}
        />
      ))}
      <Check
        label={t("list.filter.changed")}
        on={filter.changed}
        onChange={(changed) => onFilter({ ...filter, changed })}
      />
      <Check
        label={t("list.filter.openTodo")}
        on={filter.openTodo}
        onChange={(openTodo) => onFilter({ ...filter, openTodo })}
      />
      {data.round && (
        <Check
          label={t("list.filter.unseen")}
          on={filter.unseen}
          onChange={(unseen) => onFilter({ ...filter, unseen })}
        />
      )}
      <span className={css.row}>
        <label htmlFor={`${id}o`}>{t("column.owner")}</label>
        <select
          id={`${id}o`}
          className={css.select}
          value={filter.owner ?? ""}
          onChange={(event) => onFilter({ ...filter, owner: event.target.value })}
        >
          <option value="">{t("list.filter.anyone")}</option>
          {Object.entries(data.people).map(([key, name]) => (
            <option key={key} value={key}>
              {name}
            </option>
          ))}
        </select>
      </span>
    </fieldset>
  );
}

function Check(props: { label: string; on: boolean | undefined; onChange: (on: boolean) => void }) {
  return (
    <label className={css.checkLabel}>
      <input
        type="checkbox"
        className={css.check}
        checked={props.on ?? false}
        onChange={(event) => props.onChange(event.target.checked)}
      />
      {props.label}
    </label>
  );
}

// FilterOn says loudly that not all patients are shown (PAL-0760 M).
export function FilterOn(props: {
  data: ListView;
  filter: Filter | undefined;
  hidden: number;
  onClear: () => void;
}) {
  const { data, filter, hidden } = props;
  const t = useT();
  if (!filter || !isFiltered(filter)) return null;
  const says = [
    filter.text?.trim() && t("list.filtered.text", { text: filter.text.trim() }),
    filter.severity?.map((s) => t.dyn(`severity.${s}`, s)).join(", "),
    filter.owner && (data.people[filter.owner] ?? ""),
    filter.changed && t("list.filter.changed"),
    filter.openTodo && t("list.filter.openTodo"),
    filter.unseen && t("list.filter.unseen"),
  ].filter(Boolean);
  return (
    <div className={css.filterOn} role="status">
      <span>
        <span aria-hidden="true">▼ </span>
        {t("list.filtered", { shown: data.entries.length - hidden, count: data.entries.length })}
      </span>
      <span>{says.join(" · ")}</span>
      <Button size="small" onClick={props.onClear}>
        {t("list.filtered.clear")}
      </Button>
    </div>
  );
}
