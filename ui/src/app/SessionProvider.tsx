import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useCallback, useMemo, useState, useSyncExternalStore } from "react";
import type { Prefs, Session, SignIn } from "../api/gen";
import { api, gate } from "../common/api";
import { keys } from "../common/keys";
import { type SessionState, Signed } from "../common/session";
import { Bones, Failure } from "../common/state";
import { keeper } from "../common/useDraft";
import { SignInPage } from "../setup/SignInPage";
import { takeToken, WelcomePage } from "../setup/WelcomePage";
import { Cover } from "./Cover";
import { useIdle } from "./idle";
import { Plain } from "./Plain";
import { sessionQuery } from "./queries";

// leave goes to the first page by loading it anew, so that nothing of what was
// shown stays in memory.
export const browserExit = { leave: () => location.assign("/patients/") };

// SessionProvider lets in who is signed in. When the session ends under an
// open page, it covers the page and keeps it, until the same person is back.
export function SessionProvider(props: { children: ReactNode }) {
  const [token] = useState(() => (location.pathname === "/patients/welcome" ? takeToken() : ""));
  const session = useQuery(sessionQuery);
  if (session.isPending) {
    return (
      <Plain>
        <Bones rows={3} />
      </Plain>
    );
  }
  if (session.data === undefined) {
    return (
      <Plain>
        <Failure of={session.error} onRetry={() => session.refetch()} />
      </Plain>
    );
  }
  if (token !== "" && session.data.person === undefined)
    return <WelcomePage token={token} first={session.data.signIn.firstRun} />;
  if (session.data.person === undefined) return <SignInPage session={session.data} />;
  return <SignedIn session={session.data}>{props.children}</SignedIn>;
}

function SignedIn(props: { session: Session; children: ReactNode }) {
  const { session } = props;
  const client = useQueryClient();
  const state = useSyncExternalStore(gate.subscribe, gate.state);
  const [locking, setLocking] = useState(false);
  const person = session.person;

  const lock = useCallback(async () => {
    if (gate.state() === "locked") return;
    gate.close("locked");
    setLocking(true);
    await Promise.race([keeper.flush(), new Promise((resolve) => setTimeout(resolve, 3000))]).catch(() => {});
    await api.signOut().catch(() => {});
    setLocking(false);
  }, []);

  useIdle({
    minutes: session.idleMinutes,
    active: state === "open",
    onIdle: () => void lock(),
    onKeep: () => void api.keepSession().catch(() => {}),
  });

  const value = useMemo<SessionState | null>(() => {
    if (person === undefined) return null;
    const reload = () => client.invalidateQueries({ queryKey: keys.session });
    return {
      session,
      person,
      reload,
      signIn: async (how: SignIn) => {
        const next = await api.signIn(how);
        if (next.person?.id !== person.id) {
          keeper.wipe();
          browserExit.leave();
          return;
        }
        client.setQueryData(keys.session, next);
        gate.open(true);
      },
      signOut: async () => {
        await keeper.flush().catch(() => {});
        await api.signOut();
        keeper.wipe();
        browserExit.leave();
      },
      setPrefs: async (change: Partial<Prefs>) => {
        const now = client.getQueryData<Session>(keys.session) ?? session;
        const prefs = { ...now.person?.prefs, ...change };
        client.setQueryData<Session>(keys.session, { ...now, person: { ...person, prefs } });
        try {
          await api.setPrefs(prefs);
        } catch (error) {
          await reload();
          throw error;
        }
      },
    };
  }, [client, person, session]);

  if (value === null) return null;
  return (
    <Signed value={value}>
      <div style={state === "open" ? undefined : { visibility: "hidden" }}>{props.children}</div>
      {state !== "open" && <Cover why={state} ways={session.signIn} busy={locking} />}
    </Signed>
  );
}
