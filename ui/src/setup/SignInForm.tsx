import { Button, Field, Input } from "@fluentui/react-components";
import { type FormEvent, type ReactNode, useState } from "react";
import type { SignIn, SignInWays } from "../api/gen";
import { roleName } from "../common/place";
import { useShared } from "../common/shared";
import { Reason } from "../common/state";
import { type T, useT } from "../i18n";
import { useParts } from "./parts";

// SignInForm offers the ways there are: ready-made people of the demo as big
// buttons, other sign-in services, and a local account.
export function SignInForm(props: { ways: SignInWays; onSubmit: (how: SignIn) => Promise<void> }) {
  const t = useT();
  const shared = useShared();
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<unknown>(null);
  const { ways } = props;

  const submit = async (how: SignIn) => {
    setBusy(true);
    setFailed(null);
    try {
      await props.onSubmit(how);
    } catch (error) {
      setFailed(error);
    } finally {
      setBusy(false);
    }
  };
  const local = (event: FormEvent) => {
    event.preventDefault();
    void submit({ username, password });
  };

  const none = ways.demo.length === 0 && ways.issuers.length === 0 && !ways.local;

  return (
    <div className={shared.stack}>
      {none && <p>{t("signIn.noWay")}</p>}
      {failed !== null && (
        <p role="alert" className={shared.error}>
          <Reason of={failed} />
        </p>
      )}
      {ways.demo.length > 0 && (
        <section className={shared.stack} aria-label={t("signIn.demo")}>
          <p>{t("signIn.demoText")}</p>
          {ways.demo.map((person, i) => (
            <Button
              key={person.id}
              size="large"
              appearance={i === 0 ? "primary" : "secondary"}
              disabled={busy}
              onClick={() => submit({ demo: person.id })}
            >
              {nameWithRole(t, person.name, roleName(t, person.role))}
            </Button>
          ))}
        </section>
      )}
      {ways.issuers.map((issuer) => (
        <Button
          key={issuer.id}
          as="a"
          size="large"
          href={`/auth/start/${encodeURIComponent(issuer.id)}?return=${encodeURIComponent(location.pathname)}`}
        >
          {t("signIn.with", { name: issuer.name })}
        </Button>
      ))}
      {ways.local && (
        <Aside when={ways.demo.length > 0} title={t("signIn.account")}>
          <form className={shared.stack} onSubmit={local}>
            <Field label={t("session.username")} required>
              <Input
                name="username"
                autoComplete="username"
                value={username}
                onChange={(_, data) => setUsername(data.value)}
              />
            </Field>
            <Field label={t("session.password")} required>
              <Input
                name="password"
                type="password"
                autoComplete="current-password"
                value={password}
                onChange={(_, data) => setPassword(data.value)}
              />
            </Field>
            <Button
              type="submit"
              size="large"
              appearance={ways.demo.length > 0 ? "secondary" : "primary"}
              disabled={busy || username === "" || password === ""}
            >
              {t("session.signIn")}
            </Button>
          </form>
        </Aside>
      )}
    </div>
  );
}

function nameWithRole(t: T, name: string, role: string): string {
  return name === role ? name : t("signIn.as", { name, role });
}

// Aside folds away what is not the usual way in.
function Aside(props: { when: boolean; title: string; children: ReactNode }) {
  const parts = useParts();
  if (!props.when) return props.children;
  return (
    <details className={parts.details}>
      <summary>{props.title}</summary>
      {props.children}
    </details>
  );
}
