import { Button, Field, Input, Select } from "@fluentui/react-components";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { SpaceView } from "../api/gen";
import { ApiProblem, api } from "../common/api";
import { keys } from "../common/keys";
import { useSpace } from "../common/place";
import { useSession } from "../common/session";
import { Failure } from "../common/state";
import { useToast } from "../common/toast";
import { useT } from "../i18n";
import { Card, useParts } from "./parts";
import { ZoneField } from "./ZoneField";

// withChoice adds what is set to what can be chosen.
function withChoice(choices: readonly number[], set: number): number[] {
  return [...new Set([...choices, set])].sort((a, b) => a - b);
}

// SpaceSettings are those of a space; its owners change them.
export function SpaceSettings(props: { owner: boolean }) {
  const t = useT();
  const parts = useParts();
  const toast = useToast();
  const client = useQueryClient();
  const { reload } = useSession();
  const { space } = useSpace();
  const [form, setForm] = useState({ name: space.name, ...space.settings });
  const disabled = !props.owner;
  const save = useMutation({
    mutationFn: () => {
      const { name, ...settings } = form;
      return api.changeSpace({
        space: space.id,
        version: space.version,
        name: name.trim(),
        settings,
      });
    },
    onSuccess: (view: SpaceView) => {
      client.setQueryData(keys.space(space.id), view);
      void reload();
      toast({ text: t("settings.saved") });
    },
    onError: (error) => {
      // Somebody else was faster: show theirs.
      if (error instanceof ApiProblem && error.status === 412) {
        void client.invalidateQueries({ queryKey: keys.space(space.id) });
      }
    },
  });
  const number = (field: "refreshEvery" | "retentionDays" | "idleMinutes", choices: readonly number[]) => ({
    value: String(form[field]),
    disabled,
    onChange: (_: unknown, data: { value: string }) =>
      setForm((f) => ({ ...f, [field]: Number(data.value) })),
    children: withChoice(choices, form[field]).map((n) => (
      <option key={n} value={n}>
        {t(`settings.${field}.value`, { count: n })}
      </option>
    )),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Card title={t("settings.space")}>
      <form className={parts.form} onSubmit={submit}>
        <Field label={t("spaces.name")} required>
          <Input
            value={form.name}
            maxLength={120}
            disabled={disabled}
            onChange={(_, data) => setForm((f) => ({ ...f, name: data.value }))}
          />
        </Field>
        <p className={parts.text}>
          <strong>{t(space.ehr ? "first.ehr" : "first.manual")}</strong> {t("settings.mode")}
        </p>
        <ZoneField
          value={form.zone}
          disabled={disabled}
          onChange={(zone) => setForm((f) => ({ ...f, zone }))}
        />
        <Field label={t("settings.refreshEvery")} hint={t("settings.refreshEvery.hint")}>
          <Select {...number("refreshEvery", [60, 120, 300, 600])} />
        </Field>
        <Field label={t("settings.retentionDays")} hint={t("settings.retentionDays.hint")}>
          <Select {...number("retentionDays", [1, 7, 30, 90])} />
        </Field>
        <Field label={t("settings.idleMinutes")} hint={t("settings.idleMinutes.hint")}>
          <Select {...number("idleMinutes", [5, 10, 15, 30])} />
        </Field>
        {save.isError && <Failure of={save.error} />}
        {props.owner && (
          <div className={parts.actions}>
            <Button type="submit" appearance="primary" disabled={save.isPending || form.name.trim() === ""}>
              {t("action.save")}
            </Button>
          </div>
        )}
      </form>
    </Card>
  );
}
