import { Button, Field, Input, mergeClasses } from "@fluentui/react-components";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";
import { api } from "../common/api";
import { keys } from "../common/keys";
import { PageHeading } from "../common/page";
import { paths } from "../common/paths";
import { mayDo, useSpace } from "../common/place";
import { Failure } from "../common/state";
import { useT } from "../i18n";
import { Card, useParts } from "./parts";

// FirstList makes the first list of a space, and goes on to adding patients.
export function FirstList() {
  const t = useT();
  const parts = useParts();
  const client = useQueryClient();
  const [, go] = useLocation();
  const { space, role } = useSpace();
  const [name, setName] = useState(t("firstList.default"));
  const create = useMutation({
    mutationFn: () => api.createList({ space: space.id, name: name.trim() }),
    onSuccess: async (list) => {
      await client.invalidateQueries({ queryKey: keys.lists(space.id) });
      go(paths.list(space.id, list.id, true), { replace: true });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  const may = mayDo(role, "member");
  return (
    <div className={mergeClasses(parts.page, parts.narrow)}>
      <PageHeading title={may ? t("firstList.title") : t("firstList.none")} />
      <Card>
        {may ? (
          <form className={parts.form} onSubmit={submit}>
            <Field label={t("lists.name")} hint={t("firstList.hint")} required>
              <Input value={name} maxLength={120} onChange={(_, data) => setName(data.value)} />
            </Field>
            {create.isError && <Failure of={create.error} />}
            <div className={parts.actions}>
              <Button
                type="submit"
                size="large"
                appearance="primary"
                disabled={create.isPending || name.trim() === ""}
              >
                {t("firstList.create")}
              </Button>
            </div>
          </form>
        ) : (
          <p className={parts.text}>{t("firstList.ask")}</p>
        )}
      </Card>
    </div>
  );
}
