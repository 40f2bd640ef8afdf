import { Button, Field, Input } from "@fluentui/react-components";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ApiProblem, api } from "../common/api";
import { faultText } from "../common/fault";
import { Failure } from "../common/state";
import { useT } from "../i18n";
import { Card, useParts } from "./parts";

// NewPerson makes a local account. Its one-time link is shown once, to be
// handed over.
export function NewPerson(props: { onMade: () => void }) {
  const t = useT();
  const parts = useParts();
  const [name, setName] = useState("");
  const [username, setUsername] = useState("");
  const [copied, setCopied] = useState(false);
  const make = useMutation({
    mutationFn: () => api.createPerson({ name: name.trim(), username: username.trim() }),
    onSuccess: () => {
      setName("");
      setUsername("");
      setCopied(false);
      props.onMade();
    },
  });
  const errors = make.error instanceof ApiProblem ? make.error.errors : {};
  const fault = (field: string) => (errors[field] ? { validationMessage: faultText(t, errors[field]) } : {});
  const link = make.data ? new URL(make.data.path, location.origin).toString() : "";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  const copy = async () => {
    await navigator.clipboard.writeText(link);
    setCopied(true);
  };
  return (
    <Card title={t("members.new")}>
      <form className={parts.form} onSubmit={submit}>
        <Field label={t("members.name")} required {...fault("name")}>
          <Input
            autoComplete="off"
            value={name}
            maxLength={120}
            onChange={(_, data) => setName(data.value)}
          />
        </Field>
        <Field label={t("session.username")} required {...fault("username")}>
          <Input
            autoComplete="off"
            value={username}
            maxLength={64}
            onChange={(_, data) => setUsername(data.value)}
          />
        </Field>
        {make.isError && <Failure of={make.error} marked />}
        <div className={parts.actions}>
          <Button type="submit" disabled={make.isPending || name.trim() === "" || username.trim() === ""}>
            {t("members.make")}
          </Button>
        </div>
      </form>
      {link !== "" && (
        <div className={parts.form} role="status">
          <Field
            label={t("members.link", { name: make.data?.person.name ?? "" })}
            hint={t("members.linkHint")}
          >
            <Input readOnly value={link} onFocus={(event) => event.currentTarget.select()} />
          </Field>
          <div className={parts.actions}>
            <Button onClick={copy}>{copied ? t("action.copied") : t("action.copy")}</Button>
          </div>
        </div>
      )}
    </Card>
  );
}
