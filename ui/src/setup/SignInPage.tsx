import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { Session, SignIn } from "../api/gen";
import { Plain } from "../app/Plain";
import { api, gate } from "../common/api";
import { keys } from "../common/keys";
import { PageHeading } from "../common/page";
import { useT } from "../i18n";
import { SignInForm } from "./SignInForm";

// SignInPage is the first page of who is not signed in.
export function SignInPage(props: { session: Session }) {
  const t = useT();
  const client = useQueryClient();
  const { signIn } = props.session;
  useEffect(() => gate.open(false), []);
  const submit = async (how: SignIn) => {
    const session = await api.signIn(how);
    client.setQueryData(keys.session, session);
  };
  return (
    <Plain>
      <PageHeading title={t("signIn.title")} />
      {signIn.firstRun && signIn.demo.length === 0 && <p>{t("signIn.firstRun")}</p>}
      <SignInForm ways={signIn} onSubmit={submit} />
    </Plain>
  );
}
