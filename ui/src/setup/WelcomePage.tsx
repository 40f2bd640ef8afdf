import { Button, Field, Input } from "@fluentui/react-components";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";
import { Plain } from "../app/Plain";
import { ApiProblem, api } from "../common/api";
import { faultText } from "../common/fault";
import { keys } from "../common/keys";
import { PageHeading } from "../common/page";
import { paths } from "../common/paths";
import { useShared } from "../common/shared";
import { Reason } from "../common/state";
import { useT } from "../i18n";
import { least, NewPassword } from "./NewPassword";

// takeToken takes the one-time token out of the address, so that it stays
// neither in the history nor on the screen.
export function takeToken(): string {
  const token = decodeURIComponent(location.hash.slice(1).replace(/^token=/, ""));
  history.replaceState(null, "", location.pathname);
  return token;
}

// WelcomePage makes the first account of all with a one-time link, or lets an
// invited person, whose name is known already, choose a password.
export function WelcomePage(props: { token: string; first: boolean }) {
  const t = useT();
  const shared = useShared();
  const client = useQueryClient();
  const [, go] = useLocation();
  const [values, setValues] = useState({ name: "", username: "", password: "" });
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<unknown>(null);
  const errors = failed instanceof ApiProblem ? failed.errors : {};
  const named = !props.first || (values.name.trim() !== "" && values.username.trim() !== "");
  const ready = named && [...values.password].length >= least;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFailed(null);
    try {
      const session = await api.firstAccount({ token: props.token, ...values });
      client.setQueryData(keys.session, session);
      go(paths.home(), { replace: true });
    } catch (error) {
      setFailed(error);
      setBusy(false);
    }
  };
  const field = (name: keyof typeof values) => ({
    name,
    value: values[name],
    onChange: (_: unknown, data: { value: string }) => setValues((v) => ({ ...v, [name]: data.value })),
  });
  const fault = (name: string) => (errors[name] ? { validationMessage: faultText(t, errors[name]) } : {});

  return (
    <Plain>
      <PageHeading title={t(props.first ? "welcome.title" : "welcome.invited")} />
      <p>{t("welcome.text")}</p>
      {failed !== null && (
        <p role="alert" className={shared.error}>
          <Reason of={failed} marked />
        </p>
      )}
      <form className={shared.stack} onSubmit={submit}>
        {props.first && (
          <>
            <Field label={t("welcome.name")} required hint={t("welcome.nameHint")} {...fault("name")}>
              <Input autoComplete="name" {...field("name")} />
            </Field>
            <Field label={t("session.username")} required {...fault("username")}>
              <Input autoComplete="username" {...field("username")} />
            </Field>
          </>
        )}
        <NewPassword
          label={t("session.password")}
          value={values.password}
          onChange={(password) => setValues((v) => ({ ...v, password }))}
          fault={errors.password && faultText(t, errors.password)}
        />
        <Button type="submit" appearance="primary" size="large" disabled={!ready || busy}>
          {t(props.first ? "welcome.create" : "welcome.set")}
        </Button>
      </form>
    </Plain>
  );
}
