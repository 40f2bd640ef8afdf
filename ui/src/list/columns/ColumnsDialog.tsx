import { Button } from "@fluentui/react-components";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Column } from "../../api/gen";
import { api, keys, mayDo, reasonText, useSpace, useT, useToast } from "../../common";
import { Frame } from "../Dialogs";
import css from "../list.module.css";
import type { Screen } from "../useScreen";
import { columnLabel } from "../words";
import { Chosen } from "./Chosen";
import { CustomColumn } from "./CustomColumn";
import { available, withCustom } from "./choice";
import { Preview } from "./Preview";

type Scope = "me" | "everyone";

// ColumnsDialog chooses columns and their order (P5), for oneself or for
// everyone (PAL-0710…0740).
export default function ColumnsDialog({ screen, onClose }: { screen: Screen; onClose: () => void }) {
  const t = useT();
  const space = useSpace();
  const { data } = screen;
  const [chosen, setChosen] = useState<Column[]>(() => [...screen.columns]);
  const [scope, setScope] = useState<Scope>("me");
  const [custom, setCustom] = useState<Column | null>(null);
  const { save, reset, busy } = useSave(screen, onClose);
  const edits = mayDo(data.role, "member");
  const all = withCustom(space.columns, [
    ...space.schemas.map((s) => s.columns),
    data.schema.columns,
    chosen,
  ]);
  const onlyHere = chosen.some(
    (c) =>
      c.group === "custom" &&
      !isShared(
        c,
        space.schemas.flatMap((s) => s.columns),
      ),
  );
  const forAll = scope === "everyone" || onlyHere;
  return (
    <Frame
      title={t("list.columns.title")}
      wide
      onClose={onClose}
      actions={
        <>
          {(data.view.columns?.length ?? 0) > 0 && (
            <Button disabled={busy} onClick={() => void reset()}>
              {t("list.columns.reset")}
            </Button>
          )}
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button
            appearance="primary"
            disabled={busy || chosen.length === 0}
            onClick={() => void save(chosen, forAll ? "everyone" : "me")}
          >
            {t("action.save")}
          </Button>
        </>
      }
    >
      <StartFrom schemas={space.schemas} onStart={setChosen} />
      <div className={css.twoSides}>
        <Available all={all} chosen={chosen} onAdd={(column) => setChosen([...chosen, column])}>
          {edits && (
            <Button
              size="small"
              onClick={() => setCustom({ key: "", group: "custom", type: "text", label: "" })}
            >
              + {t("list.custom.new")}
            </Button>
          )}
        </Available>
        <Chosen chosen={chosen} onChange={setChosen} onEdit={edits ? setCustom : undefined} />
      </div>
      {custom && (
        <CustomColumn
          column={custom}
          owner={data.role === "owner"}
          onDone={(column) => {
            setCustom(null);
            const at = chosen.findIndex((c) => c.key === column.key);
            setChosen(at < 0 ? [...chosen, column] : chosen.map((c, i) => (i === at ? column : c)));
          }}
          onClose={() => setCustom(null)}
        />
      )}
      <Preview data={data} columns={chosen} />
      {edits && (
        <fieldset className={css.choices}>
          <legend className={css.legend}>{t("list.columns.for")}</legend>
          {(["me", "everyone"] as const).map((one) => (
            <label key={one} className={css.checkLabel}>
              <input
                type="radio"
                name="scope"
                className={css.check}
                checked={(forAll ? "everyone" : "me") === one}
                disabled={one === "me" && onlyHere}
                onChange={() => setScope(one)}
              />
              {t(`list.columns.for.${one}`)}
            </label>
          ))}
          {onlyHere && <p className={css.quiet}>{t("list.columns.onlyEveryone")}</p>}
        </fieldset>
      )}
    </Frame>
  );
}

function isShared(column: Column, known: readonly Column[]): boolean {
  return known.some((k) => k.key === column.key && JSON.stringify(k) === JSON.stringify(column));
}

function useSave(screen: Screen, onClose: () => void) {
  const t = useT();
  const toast = useToast();
  const space = useSpace();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const { data, live } = screen;
  const run = async (work: () => Promise<unknown>) => {
    setBusy(true);
    try {
      await work();
      await live.reload();
      onClose();
    } catch (error) {
      toast({ text: t("list.save.failed", { why: reasonText(t, error) }), tone: "failed" });
    } finally {
      setBusy(false);
    }
  };
  const forMe = (columns: string[]) => {
    const { filter, ...view } = data.view;
    return api.setView({ list: data.list.id, ...view, filter: { ...filter, text: "" }, columns });
  };
  const forAll = async (columns: Column[]) => {
    const { schema, list } = data;
    const name = schema.builtIn ? t("list.columns.setOf", { list: list.name }) : schema.name;
    await api.saveSchema({
      space: list.space,
      schema: schema.id,
      version: schema.version,
      name,
      columns,
      list: list.id,
    });
    await forMe([]);
    await client.invalidateQueries({ queryKey: keys.space(space.space.id) });
  };
  return {
    busy,
    save: (columns: Column[], scope: Scope) =>
      run(() => (scope === "me" ? forMe(columns.map((c) => c.key)) : forAll(columns))),
    reset: () => run(() => forMe([])),
  };
}

function StartFrom(props: {
  schemas: ReturnType<typeof useSpace>["schemas"];
  onStart: (columns: Column[]) => void;
}) {
  const t = useT();
  return (
    <div className={css.row} role="toolbar" aria-label={t("list.columns.start")}>
      <span className={css.label}>{t("list.columns.start")}</span>
      {props.schemas.map((schema) => (
        <Button key={schema.id} size="small" onClick={() => props.onStart([...schema.columns])}>
          {schema.builtIn ? t.dyn(`list.schema.${schema.id}`, schema.name) : schema.name}
        </Button>
      ))}
    </div>
  );
}

function Available(props: {
  all: readonly Column[];
  chosen: readonly Column[];
  onAdd: (column: Column) => void;
  children: React.ReactNode;
}) {
  const t = useT();
  const [words, setWords] = useState("");
  const groups = available(props.all, props.chosen, words, (column) => columnLabel(t, column));
  return (
    <section aria-label={t("list.columns.available")} className={css.stacked}>
      <h3 className={css.h3}>{t("list.columns.available")}</h3>
      <input
        type="search"
        className={css.input}
        aria-label={t("list.columns.find")}
        placeholder={t("list.columns.find")}
        value={words}
        onChange={(event) => setWords(event.target.value)}
      />
      <div className={css.pick}>
        {groups.map(([group, columns]) => (
          <section key={group} aria-label={t.dyn(`list.columnGroup.${group}`, group)}>
            <h4 className={css.h4}>{t.dyn(`list.columnGroup.${group}`, group)}</h4>
            <div className={css.row}>
              {columns.map((column) => (
                <Button key={column.key} size="small" onClick={() => props.onAdd(column)}>
                  + {columnLabel(t, column)}
                </Button>
              ))}
            </div>
          </section>
        ))}
        {groups.length === 0 && <p className={css.quiet}>{t("list.columns.noneLeft")}</p>}
      </div>
      {props.children}
    </section>
  );
}
