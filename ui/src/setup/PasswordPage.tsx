import { Button, Field, Input, mergeClasses } from "@fluentui/react-components";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";
import { ApiProblem, api } from "../common/api";
import { faultText } from "../common/fault";
import { PageHeading } from "../common/page";
import { paths } from "../common/paths";
import { useSession } from "../common/session";
import { Failure } from "../common/state";
import { useToast } from "../common/toast";
import { useT } from "../i18n";
import { least, NewPassword } from "./NewPassword";
import { Card, useParts } from "./parts";

// PasswordPage lets somebody with a local account change the password.
export default function PasswordPage() {
  const t = useT();
  const parts = useParts();
  const { session, person } = useSession();
  return (
    <div className={mergeClasses(parts.page, parts.narrow)}>
      <PageHeading title={t("password.title")} />
      <Card>
        {session.signIn.local && person.username ? (
          <PasswordForm username={person.username} />
        ) : (
          <p className={parts.text}>{t("reason.no-password")}</p>
        )}
      </Card>
    </div>
  );
}

function PasswordForm(props: { username: string }) {
  const t = useT();
  const parts = useParts();
  const toast = useToast();
  const [, go] = useLocation();
  const [old, setOld] = useState("");
  const [password, setPassword] = useState("");
  const change = useMutation({
    mutationFn: () => api.changePassword({ old, password }),
    onSuccess: () => {
      toast({ text: t("password.changed") });
      go(paths.home(), { replace: true });
    },
  });
  const errors = change.error instanceof ApiProblem ? change.error.errors : {};
  const fault = (field: string) => (errors[field] ? faultText(t, errors[field]) : undefined);
  const wrongOld = fault("old");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <form className={parts.form} onSubmit={submit}>
      <p className={parts.text}>{t("password.text")}</p>
      {/* Password managers look for the user name beside the password. */}
      <Field label={t("session.username")}>
        <Input name="username" autoComplete="username" readOnly value={props.username} />
      </Field>
      <Field label={t("password.old")} required {...(wrongOld ? { validationMessage: wrongOld } : {})}>
        <Input
          name="old"
          type="password"
          autoComplete="current-password"
          value={old}
          onChange={(_, data) => setOld(data.value)}
        />
      </Field>
      <NewPassword
        label={t("password.new")}
        value={password}
        onChange={setPassword}
        fault={fault("password")}
      />
      {change.isError && <Failure of={change.error} marked />}
      <div className={parts.actions}>
        <Button
          type="submit"
          appearance="primary"
          disabled={change.isPending || old === "" || [...password].length < least}
        >
          {t("password.change")}
        </Button>
      </div>
    </form>
  );
}
