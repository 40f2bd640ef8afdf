import { Button, Field, Input, mergeClasses, Select } from "@fluentui/react-components";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";
import type { List } from "../api/gen";
import { api } from "../common/api";
import { keys } from "../common/keys";
import { PageHeading } from "../common/page";
import { paths } from "../common/paths";
import { mayDo, useFormat, useSpace } from "../common/place";
import { useShared } from "../common/shared";
import { Bones, Failure } from "../common/state";
import { useT } from "../i18n";
import { ListRow } from "./ListRow";
import { Card, useParts } from "./parts";
import { useListActions } from "./useListActions";

// ListsPage is the lists manager (P8).
export default function ListsPage() {
  const t = useT();
  const parts = useParts();
  const { space, role } = useSpace();
  const may = mayDo(role, "member");
  const lists = useQuery({
    queryKey: keys.lists(space.id),
    queryFn: ({ signal }) => api.getLists({ space: space.id }, { signal }),
  });
  const actions = useListActions(space.id);
  return (
    <div className={parts.page}>
      <PageHeading title={t("lists.title")} />
      {lists.isPending && <Bones rows={4} />}
      {lists.isError && <Failure of={lists.error} onRetry={() => lists.refetch()} />}
      {lists.data && (
        <>
          <Card>
            {lists.data.lists.length === 0 ? (
              <p className={parts.text}>{t("lists.none")}</p>
            ) : (
              <table className={mergeClasses(parts.table, parts.stacked)}>
                <thead>
                  <tr>
                    <th scope="col">{t("lists.name")}</th>
                    <th scope="col">{t("lists.patients")}</th>
                    <th scope="col">{t("lists.columns")}</th>
                    <th scope="col">{t("lists.changed")}</th>
                    <th scope="col">{t("lists.by")}</th>
                    {may && <th scope="col">{t("lists.actions")}</th>}
                  </tr>
                </thead>
                <tbody>
                  {lists.data.lists.map((list, i, all) => (
                    <ListRow
                      key={list.id}
                      list={list}
                      may={may}
                      first={i === 0}
                      last={i === all.length - 1}
                      actions={actions}
                    />
                  ))}
                </tbody>
              </table>
            )}
          </Card>
          {may && <NewList lists={lists.data.lists} />}
          {lists.data.deleted.length > 0 && (
            <Deleted lists={lists.data.deleted} onRestore={may ? actions.restore : undefined} />
          )}
        </>
      )}
    </div>
  );
}

function NewList(props: { lists: readonly List[] }) {
  const t = useT();
  const parts = useParts();
  const { space, schemas } = useSpace();
  const actions = useListActions(space.id);
  const [, go] = useLocation();
  const [name, setName] = useState("");
  const [location, setLocation] = useState("");
  const [schema, setSchema] = useState("rounding");
  const [copyOf, setCopyOf] = useState("");
  const create = useMutation({
    mutationFn: () =>
      api.createList({
        space: space.id,
        name: name.trim(),
        location: location.trim() || undefined,
        schema: copyOf === "" ? schema : undefined,
        copyOf: copyOf || undefined,
      }),
    onSuccess: async (list) => {
      await actions.changed();
      go(paths.list(space.id, list.id, copyOf === ""));
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <Card title={t("lists.new")}>
      <form className={parts.form} onSubmit={submit}>
        <Field label={t("lists.name")} required>
          <Input value={name} maxLength={120} onChange={(_, data) => setName(data.value)} />
        </Field>
        <Field label={t("lists.location")} hint={t("lists.locationHint")}>
          <Input value={location} maxLength={120} onChange={(_, data) => setLocation(data.value)} />
        </Field>
        <Field label={t("lists.start")}>
          <Select value={copyOf} onChange={(_, data) => setCopyOf(data.value)}>
            <option value="">{t("lists.empty")}</option>
            {props.lists.map((list) => (
              <option key={list.id} value={list.id}>
                {t("lists.copyOf", { name: list.name })}
              </option>
            ))}
          </Select>
        </Field>
        {copyOf === "" && (
          <Field label={t("lists.columns")}>
            <Select value={schema} onChange={(_, data) => setSchema(data.value)}>
              {schemas.map((s) => (
                <option key={s.id} value={s.id}>
                  {t.dyn(`schema.${s.id}`, s.name)}
                </option>
              ))}
            </Select>
          </Field>
        )}
        {create.isError && <Failure of={create.error} />}
        <div className={parts.actions}>
          <Button type="submit" appearance="primary" disabled={create.isPending || name.trim() === ""}>
            {t("lists.create")}
          </Button>
        </div>
      </form>
    </Card>
  );
}

function Deleted(props: { lists: readonly List[]; onRestore: ((list: List) => void) | undefined }) {
  const t = useT();
  const f = useFormat();
  const parts = useParts();
  const shared = useShared();
  return (
    <Card title={t("lists.deleted")}>
      <p className={mergeClasses(parts.text, shared.quiet)}>{t("lists.deletedText")}</p>
      <ul className={mergeClasses(parts.list, shared.stack)}>
        {props.lists.map((list) => (
          <li key={list.id} className={parts.inline}>
            <bdi>{list.name}</bdi>
            <span className={shared.quiet}>
              {t("lists.deletedAt", { time: f.dateTime(list.deleted), count: list.patients })}
            </span>
            {props.onRestore && (
              <Button
                size="small"
                aria-label={t("lists.restore", { name: list.name })}
                onClick={() => props.onRestore?.(list)}
              >
                {t("action.restore")}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}
