import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Session, SignIn } from "../api/gen";
import { Plain } from "../app/Plain";
import { api, gate } from "../common/api";
import { keys } from "../common/keys";
import { PageHeading } from "../common/page";
import { useShared } from "../common/shared";
import { useT } from "../i18n";
import { SignInForm } from "./SignInForm";

// outcomes are how a sign-in elsewhere can end without a session.
const outcomes = ["refused", "again", "unreachable", "failed", "unknown"];

// takeOutcome takes out of the address how a sign-in elsewhere ended.
function takeOutcome(): string {
  const outcome = /^#sign-in=([a-z]+)$/.exec(location.hash)?.[1] ?? "";
  if (outcome !== "") history.replaceState(null, "", location.pathname);
  return outcomes.includes(outcome) ? outcome : "";
}

// SignInPage is the first page of who is not signed in.
export function SignInPage(props: { session: Session }) {
  const t = useT();
  const shared = useShared();
  const client = useQueryClient();
  const { signIn } = props.session;
  const [outcome] = useState(takeOutcome);
  useEffect(() => gate.open(false), []);
  const submit = async (how: SignIn) => {
    const session = await api.signIn(how);
    client.setQueryData(keys.session, session);
  };
  return (
    <Plain>
      <PageHeading title={t("signIn.title")} />
      {signIn.firstRun && signIn.demo.length === 0 && <p>{t("signIn.firstRun")}</p>}
      {outcome !== "" && (
        <p role="alert" className={shared.error}>
          {t.dyn(`signIn.${outcome}`, t("signIn.failed"))}
        </p>
      )}
      <SignInForm ways={signIn} onSubmit={submit} />
    </Plain>
  );
}
