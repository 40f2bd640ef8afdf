import { Button, Input } from "@fluentui/react-components";
import { ArrowDownRegular, ArrowUpRegular, StarFilled, StarRegular } from "@fluentui/react-icons";
import { type KeyboardEvent, lazy, Suspense, useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import type { List } from "../api/gen";
import { ConflictDialog } from "../common/conflict";
import { paths } from "../common/paths";
import { mayDo, useFormat, useSpace } from "../common/place";
import { useShared } from "../common/shared";
import { useT } from "../i18n";
import { useParts } from "./parts";
import type { ListActions } from "./useListActions";
import { useListEdit } from "./useListEdit";

const BedsDialog = lazy(() => import("./BedsDialog"));

// ListRow is one list in the manager, with all that can be done with it.
export function ListRow(props: {
  list: List;
  may: boolean;
  first: boolean;
  last: boolean;
  actions: ListActions;
}) {
  const t = useT();
  const f = useFormat();
  const parts = useParts();
  const shared = useShared();
  const { space, role, schemas, people } = useSpace();
  const { list, may, actions } = props;
  const [renaming, setRenaming] = useState(false);
  const [beds, setBeds] = useState(false);
  const columns = schemas.find((s) => s.id === list.schema);
  const act = (label: string) => `${label}: ${list.name}`;
  return (
    <tr>
      <th scope="row">
        {renaming ? (
          <Rename list={list} actions={actions} onDone={() => setRenaming(false)} />
        ) : (
          <Link href={paths.list(space.id, list.id)} className={shared.link}>
            <bdi>{list.name}</bdi>
          </Link>
        )}
        {list.default && !may && <span className={shared.quiet}> {t("lists.isDefault")}</span>}
      </th>
      <td data-label={t("lists.patients")}>{f.number(list.patients)}</td>
      <td data-label={t("lists.columns")}>{t.dyn(`schema.${list.schema}`, columns?.name ?? "")}</td>
      <td data-label={t("lists.changed")}>{f.short(list.changed)}</td>
      <td data-label={t("lists.by")}>{people[list.createdBy] ?? ""}</td>
      {may && (
        <td>
          <div className={parts.actions}>
            <Button
              size="small"
              appearance="subtle"
              icon={list.default ? <StarFilled /> : <StarRegular />}
              aria-pressed={list.default}
              aria-label={act(t("lists.makeDefault"))}
              title={t(list.default ? "lists.isDefault" : "lists.makeDefault")}
              onClick={() => actions.openFirst(list)}
            />
            <Button
              size="small"
              appearance="subtle"
              icon={<ArrowUpRegular />}
              disabled={props.first}
              aria-label={act(t("lists.up"))}
              title={t("lists.up")}
              onClick={() => actions.change(list, { position: list.position - 1 })}
            />
            <Button
              size="small"
              appearance="subtle"
              icon={<ArrowDownRegular />}
              disabled={props.last}
              aria-label={act(t("lists.down"))}
              title={t("lists.down")}
              onClick={() => actions.change(list, { position: list.position + 1 })}
            />
            <Button size="small" aria-label={act(t("lists.rename"))} onClick={() => setRenaming(true)}>
              {t("lists.rename")}
            </Button>
            {mayDo(role, "owner") && (
              <Button size="small" aria-label={act(t("lists.beds"))} onClick={() => setBeds(true)}>
                {t("lists.beds")}
              </Button>
            )}
            <Button size="small" aria-label={act(t("action.delete"))} onClick={() => actions.remove(list)}>
              {t("action.delete")}
            </Button>
          </div>
          {beds && (
            <Suspense fallback={null}>
              <BedsDialog list={list} actions={actions} onClose={() => setBeds(false)} />
            </Suspense>
          )}
        </td>
      )}
    </tr>
  );
}

function Rename(props: { list: List; actions: ListActions; onDone: () => void }) {
  const t = useT();
  const parts = useParts();
  const edit = useListEdit(props.list, nameOf, props.actions);
  const { seen, theirs } = edit;
  const [name, setName] = useState(seen.name);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    input.current?.focus();
    input.current?.select();
  }, []);
  const wanted = name.trim();
  const save = async (over?: List) => {
    if (edit.busy) return;
    if (wanted === "" || wanted === seen.name || (await edit.save({ name: wanted }, over))) props.onDone();
  };
  const key = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter") void save();
    if (event.key === "Escape") props.onDone();
  };
  return (
    <span className={parts.actions}>
      <Input
        ref={input}
        aria-label={t("lists.name")}
        value={name}
        maxLength={120}
        onChange={(_, data) => setName(data.value)}
        onKeyDown={key}
      />
      <Button size="small" appearance="primary" onClick={() => void save()}>
        {t("action.save")}
      </Button>
      <Button size="small" onClick={props.onDone}>
        {t("action.cancel")}
      </Button>
      <ConflictDialog
        conflict={theirs ? { mine: wanted, theirs: nameOf(theirs) } : null}
        mergeable={false}
        onKeep={() => void save(theirs)}
        onTake={props.onDone}
        onClose={edit.forget}
      />
    </span>
  );
}

function nameOf(list: List): string {
  return list.name;
}
