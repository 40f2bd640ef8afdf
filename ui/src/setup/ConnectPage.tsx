import { Button, mergeClasses } from "@fluentui/react-components";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useLocation, useSearchParams } from "wouter";
import type { ConnectInput, ConnectionChoice } from "../api/gen";
import { api } from "../common/api";
import { keys } from "../common/keys";
import { useAnnounce } from "../common/live";
import { PageHeading } from "../common/page";
import { paths } from "../common/paths";
import { useFormat, useSpace } from "../common/place";
import { useSession } from "../common/session";
import { useShared } from "../common/shared";
import { Bones, Failure } from "../common/state";
import { useT } from "../i18n";
import { ConnectForm } from "./ConnectForm";
import { Card, useParts } from "./parts";
import { failedStep, type Trial } from "./steps";
import { CopyReport, Resources, Steps } from "./Trial";
import { useConnecting } from "./useConnect";

// ConnectPage connects a space with a record system (P2): a ready-made partner
// or a link, five visible steps, and what is there and what is missing.
export default function ConnectPage() {
  const t = useT();
  const parts = useParts();
  const { space, role } = useSpace();
  const [search] = useSearchParams();
  const replaces = search.get("replaces") ?? "";
  const client = useQueryClient();
  const { reload } = useSession();
  const announce = useAnnounce();
  const connecting = useConnecting();
  const { trial, running, error } = connecting;

  const connect = async (input: ConnectInput) => {
    const end = await connecting.run(input.link, (options) => api.connect(input, options));
    if (end === null) return;
    announce(t(made(end) ? "connect.done" : "connect.failed"));
    if (made(end)) {
      await client.invalidateQueries({ queryKey: keys.space(space.id) });
      void reload();
    }
  };

  if (role !== "owner") {
    return (
      <div className={mergeClasses(parts.page, parts.narrow)}>
        <PageHeading title={t("connect.title")} />
        <p>{t("connect.ownersOnly")}</p>
      </div>
    );
  }
  const done = trial !== null && made(trial);
  return (
    <div className={mergeClasses(parts.page, parts.narrow)}>
      <PageHeading title={t(replaces ? "connect.replaceTitle" : "connect.title")} />
      {replaces !== "" && !done && <p className={parts.text}>{t("connect.replaceText")}</p>}
      {!done && (
        <>
          <Choices space={space.id} replaces={replaces} busy={running} onConnect={connect} />
          <ConnectForm
            space={space.id}
            replaces={replaces}
            busy={running}
            need={trial?.need ?? []}
            error={error}
            onConnect={connect}
          />
        </>
      )}
      {error !== null && !running && <Failure of={error} marked />}
      {trial !== null && error === null && (
        <Outcome trial={trial} running={running} onStop={connecting.stop} />
      )}
    </div>
  );
}

function made(trial: Trial): boolean {
  return trial.done?.outcome === "ok" && trial.done.connection !== undefined;
}

// Choices are the ready-made partners: one press connects.
function Choices(props: {
  space: string;
  replaces: string;
  busy: boolean;
  onConnect: (input: ConnectInput) => void;
}) {
  const t = useT();
  const parts = useParts();
  const shared = useShared();
  const choices = useQuery({
    queryKey: keys.choices(props.space),
    queryFn: ({ signal }) => api.getConnectionChoices({ space: props.space }, { signal }),
  });
  if (choices.isPending) return <Bones rows={2} />;
  if (choices.data === undefined) return <Failure of={choices.error} onRetry={() => choices.refetch()} />;
  const ready = choices.data.choices.filter((c) => c.ready);
  if (ready.length === 0) return null;
  const pick = (choice: ConnectionChoice) =>
    props.onConnect({
      space: props.space,
      name: choice.name,
      link: choice.link,
      choice: choice.id,
      replaces: props.replaces || undefined,
      save: true,
    });
  return (
    <Card title={t("connect.ready")}>
      <ul className={mergeClasses(parts.list, shared.stack)}>
        {ready.map((choice, i) => (
          <li key={choice.id} className={parts.inline}>
            <Button
              size="large"
              appearance={i === 0 ? "primary" : "secondary"}
              disabled={props.busy}
              onClick={() => pick(choice)}
            >
              {t("connect.to", { name: choice.name })}
            </Button>
            <span className={mergeClasses(shared.quiet, parts.text)}>{choice.link}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

// Outcome shows how a trial goes, and the way on when it went well. The focus
// goes to that way.
function Outcome(props: { trial: Trial; running: boolean; onStop: () => void }) {
  const t = useT();
  const f = useFormat();
  const parts = useParts();
  const shared = useShared();
  const [, go] = useLocation();
  const { space } = useSpace();
  const { trial, running } = props;
  const done = made(trial);
  const next = useRef<HTMLButtonElement>(null);
  const top = useRef<HTMLDivElement>(null);
  useEffect(() => {
    top.current?.scrollIntoView({ block: "nearest" });
  }, []);
  useEffect(() => {
    if (done) next.current?.focus();
  }, [done]);
  const failed = failedStep(trial);
  const unmatched = trial.done?.unmatched ?? [];
  return (
    <div ref={top}>
      <Card title={t(running ? "connect.running" : done ? "connect.done" : "connect.failed")}>
        <Steps trial={trial} />
        {trial.need.length > 0 && !running && !done && <p className={parts.text}>{t("connect.needText")}</p>}
        {failed !== undefined && !running && trial.need.length === 0 && (
          <p className={mergeClasses(parts.text, shared.quiet)}>{t("connect.nothingSaved")}</p>
        )}
        <Resources trial={trial} />
        {unmatched.length > 0 && (
          <div className={shared.stack}>
            <p className={parts.text}>{t("connect.unmatched", { count: unmatched.length })}</p>
            <ul>
              {unmatched.map((entry) => (
                <li key={entry.id}>
                  <bdi>{f.name(entry.identity)}</bdi> {entry.identity.mrn}
                </li>
              ))}
            </ul>
          </div>
        )}
        <div className={parts.actions}>
          {done && (
            <Button ref={next} size="large" appearance="primary" onClick={() => go(paths.space(space.id))}>
              {t("connect.next")}
            </Button>
          )}
          {running ? (
            <Button onClick={props.onStop}>{t("action.cancel")}</Button>
          ) : (
            <CopyReport trial={trial} />
          )}
        </div>
      </Card>
    </div>
  );
}
