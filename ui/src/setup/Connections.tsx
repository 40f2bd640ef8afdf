import { Button, mergeClasses } from "@fluentui/react-components";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import { useLocation } from "wouter";
import type { Connection } from "../api/gen";
import { api } from "../common/api";
import { isSet } from "../common/format";
import { keys } from "../common/keys";
import { lazily } from "../common/lazily";
import { useAnnounce } from "../common/live";
import { paths } from "../common/paths";
import { useFormat, useSpace } from "../common/place";
import { useShared } from "../common/shared";
import { Failure, Reason } from "../common/state";
import { useT } from "../i18n";
import { Card, useParts } from "./parts";
import { CopyReport, Resources, Steps } from "./Trial";
import { useConnecting } from "./useConnect";

const ConfirmDialog = lazily(() => import("./ConfirmDialog"), true);

const versions: Record<string, string> = { dstu2: "DSTU2", stu3: "STU3", r4: "R4" };

// Connections are a space's ways to record systems, and how they are doing.
export function Connections(props: { owner: boolean }) {
  const t = useT();
  const parts = useParts();
  const shared = useShared();
  const [, go] = useLocation();
  const { space, connections } = useSpace();
  return (
    <Card title={t("settings.connections")}>
      {connections.length === 0 && (
        <p className={mergeClasses(parts.text, shared.quiet)}>{t("settings.noConnection")}</p>
      )}
      {connections.map((c) => (
        <One key={c.id} connection={c} owner={props.owner} />
      ))}
      {props.owner && (
        <div className={parts.actions}>
          <Button onClick={() => go(paths.connect(space.id))}>
            {t(connections.length === 0 ? "settings.connect" : "settings.connectMore")}
          </Button>
        </div>
      )}
    </Card>
  );
}

function One(props: { connection: Connection; owner: boolean }) {
  const t = useT();
  const parts = useParts();
  const shared = useShared();
  const client = useQueryClient();
  const announce = useAnnounce();
  const [, go] = useLocation();
  const { space } = useSpace();
  const { connection } = props;
  const testing = useConnecting();
  const [removing, setRemoving] = useState(false);
  const changed = () => client.invalidateQueries({ queryKey: keys.space(space.id) });
  const remove = useMutation({
    mutationFn: () => api.removeConnection({ space: space.id, connection: connection.id }),
    onSuccess: changed,
  });
  const test = async () => {
    const end = await testing.run(connection.link, (options) =>
      api.testConnection({ space: space.id, connection: connection.id }, options),
    );
    if (end !== null) announce(t(end.done?.outcome === "ok" ? "connect.testOk" : "connect.failed"));
    await changed();
  };
  return (
    <section className={shared.stack} aria-label={connection.name}>
      <Facts connection={connection} />
      {props.owner && (
        <div className={parts.actions}>
          <Button disabled={testing.running} onClick={test}>
            {t("settings.test")}
          </Button>
          <Button
            onClick={() => go(`${paths.connect(space.id)}?replaces=${encodeURIComponent(connection.id)}`)}
          >
            {t("action.change")}
          </Button>
          <Button onClick={() => setRemoving(true)}>{t("action.remove")}</Button>
        </div>
      )}
      {testing.error !== null && <Failure of={testing.error} />}
      {remove.isError && <Failure of={remove.error} />}
      {testing.trial && testing.error === null && (
        <>
          <Steps trial={testing.trial} />
          <Resources trial={testing.trial} />
          {!testing.running && (
            <div className={parts.actions}>
              <CopyReport trial={testing.trial} />
            </div>
          )}
        </>
      )}
      {removing && (
        <Suspense fallback={null}>
          <ConfirmDialog
            title={t("settings.removeTitle", { name: connection.name })}
            text={t("settings.removeText")}
            action={t("settings.remove")}
            onConfirm={() => {
              setRemoving(false);
              remove.mutate();
            }}
            onClose={() => setRemoving(false)}
          />
        </Suspense>
      )}
    </section>
  );
}

function Facts(props: { connection: Connection }) {
  const t = useT();
  const f = useFormat();
  const parts = useParts();
  const shared = useShared();
  const { connection } = props;
  const lost = connection.lastError ?? "";
  return (
    <div>
      <p className={parts.text}>
        <strong>
          <bdi>{connection.name}</bdi>
        </strong>{" "}
        {versions[connection.version] ?? connection.version}
      </p>
      <p className={mergeClasses(parts.text, shared.quiet)}>{connection.link}</p>
      <p className={parts.text}>
        {isSet(connection.lastOK)
          ? t("settings.lastOK", { time: f.dateTime(connection.lastOK) })
          : t("settings.neverOK")}
      </p>
      {lost !== "" && (
        <p className={mergeClasses(parts.text, shared.error)}>
          {t("settings.lastError")} <Reason of={lost} />
        </p>
      )}
      {(connection.missing?.length ?? 0) > 0 && (
        <p className={mergeClasses(parts.text, shared.quiet)}>
          {t("settings.missing", { types: new Intl.ListFormat(t.locale).format(connection.missing ?? []) })}
        </p>
      )}
    </div>
  );
}
