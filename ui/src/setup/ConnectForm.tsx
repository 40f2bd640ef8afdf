import { Button, Field, Input, Select } from "@fluentui/react-components";
import { type FormEvent, useEffect, useRef, useState } from "react";
import type { ConnectInput } from "../api/gen";
import { ApiProblem } from "../common/api";
import { faultText } from "../common/fault";
import { useT } from "../i18n";
import { nameOfLink, normalizeLink } from "./link";
import { Card, useParts } from "./parts";
import { emptyForm, type Form, inputOf } from "./useConnect";

const ways = ["client_secret_post", "client_secret_basic", "basic", "bearer", "none"] as const;

// ConnectForm takes a link. It asks for credentials only when the record system
// turns out to want them, or when someone opens that part.
export function ConnectForm(props: {
  space: string;
  replaces: string;
  busy: boolean;
  need: readonly string[];
  error: unknown;
  onConnect: (input: ConnectInput) => void;
}) {
  const t = useT();
  const parts = useParts();
  const [form, setForm] = useState<Form>(emptyForm);
  const [named, setNamed] = useState(false);
  const [opened, setOpened] = useState(false);
  const link = normalizeLink(form.link);
  const errors = props.error instanceof ApiProblem ? props.error.errors : {};
  const name = named ? form.name : nameOfLink(link);
  const set = (field: keyof Form) => (_: unknown, data: { value: string }) =>
    setForm((f) => ({ ...f, [field]: data.value }));
  const about = (field: keyof Form) => {
    if (errors[field]) return { validationMessage: faultText(t, errors[field]) };
    if (props.need.includes(field) && form[field] === "") {
      return { validationMessage: t("connect.needed"), validationState: "warning" as const };
    }
    return {};
  };
  const details = useRef<HTMLDetailsElement>(null);
  const missing = props.busy ? undefined : props.need[0];
  useEffect(() => {
    if (missing) details.current?.querySelector<HTMLInputElement>(`input[name="${missing}"]`)?.focus();
  }, [missing]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (link !== "") props.onConnect(inputOf(props.space, { ...form, name }, link, props.replaces));
  };
  return (
    <Card title={t("connect.byLink")}>
      <form className={parts.form} onSubmit={submit}>
        <Field
          label={t("connect.link")}
          required
          hint={
            link !== "" && link !== form.link.trim() ? t("connect.linkRead", { link }) : t("connect.linkHint")
          }
          {...about("link")}
        >
          <Input
            inputMode="url"
            spellCheck={false}
            autoComplete="off"
            value={form.link}
            onChange={set("link")}
          />
        </Field>
        <Field label={t("connect.name")} required {...about("name")}>
          <Input
            value={name}
            maxLength={120}
            onChange={(event, data) => {
              setNamed(true);
              set("name")(event, data);
            }}
          />
        </Field>
        <details
          ref={details}
          className={parts.details}
          open={opened || props.need.length > 0}
          onToggle={(event) => setOpened(event.currentTarget.open)}
        >
          <summary>{t("connect.credentials")}</summary>
          <div className={parts.form}>
            <Field label={t("connect.clientID")} {...about("clientID")}>
              <Input name="clientID" autoComplete="off" value={form.clientID} onChange={set("clientID")} />
            </Field>
            <Field label={t("connect.secret")} hint={t("connect.secretHint")} {...about("secret")}>
              <Input
                name="secret"
                type="password"
                autoComplete="off"
                value={form.secret}
                onChange={set("secret")}
              />
            </Field>
            <Field label={t("connect.tenant")} hint={t("connect.tenantHint")} {...about("tenant")}>
              <Input name="tenant" autoComplete="off" value={form.tenant} onChange={set("tenant")} />
            </Field>
            <Field label={t("connect.auth")} {...about("auth")}>
              <Select value={form.auth} onChange={set("auth")}>
                <option value="">{t("connect.auth.find")}</option>
                {ways.map((way) => (
                  <option key={way} value={way}>
                    {t(`connect.auth.${way}`)}
                  </option>
                ))}
              </Select>
            </Field>
            {(form.auth === "basic" || props.need.includes("username")) && (
              <Field label={t("session.username")} {...about("username")}>
                <Input name="username" autoComplete="off" value={form.username} onChange={set("username")} />
              </Field>
            )}
            <Field label={t("connect.tokenURL")} hint={t("connect.tokenURLHint")} {...about("tokenURL")}>
              <Input inputMode="url" autoComplete="off" value={form.tokenURL} onChange={set("tokenURL")} />
            </Field>
          </div>
        </details>
        <div className={parts.actions}>
          <Button type="submit" size="large" disabled={props.busy || link === "" || name.trim() === ""}>
            {t("connect.connect")}
          </Button>
        </div>
      </form>
    </Card>
  );
}
