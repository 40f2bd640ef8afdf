import { Button } from "@fluentui/react-components";
import { useEffect, useState } from "react";
import { Link, useLocation, useParams } from "wouter";
import type { ListView, Round } from "../api/gen";
import { NotFound } from "../app/NotFound";
import {
  ApiProblem,
  Bones,
  Failure,
  mayDo,
  PageHeading,
  paths,
  useAnnounce,
  useFormat,
  useShared,
  useSpace,
  useT,
} from "../common";
import { Overview } from "./Overview";
import { nextUnseen, type Progress, progressOf, step } from "./progress";
import css from "./round.module.css";
import { Stop } from "./Stop";
import { useRound } from "./useRound";

const overview = "overview";

/** A walk along a list, one patient at a time, so that nobody is missed. */
export default function RoundPage() {
  const { list = "" } = useParams<{ list: string }>();
  const [at, setAt] = useState<string>();
  const { live, act } = useRound(list, at === overview ? undefined : at);
  const { data: view, error } = live;
  if (!view) {
    const gone = error instanceof ApiProblem && error.status === 404;
    return (
      <main className={css.plain}>
        {!error && <Bones rows={6} />}
        {gone && <NotFound />}
        {error && !gone ? <Failure of={error} onRetry={() => void live.reload()} /> : null}
      </main>
    );
  }
  if (!view.round) return <Begin view={view} onStart={() => void act("start")} />;
  return <Walk view={view} round={view.round} act={act} at={at} go={setAt} />;
}

function Begin({ view, onStart }: { view: ListView; onStart: () => void }) {
  const t = useT();
  const shared = useShared();
  const { space } = useSpace();
  const count = view.entries.length;
  return (
    <main className={css.plain}>
      <PageHeading title={t("round.title")}>{t("round.of", { list: view.list.name })}</PageHeading>
      <p className={shared.quiet}>{count === 0 ? t("round.empty") : t("round.startHint", { count })}</p>
      <div className={css.choices}>
        {count > 0 && mayDo(view.role, "member") && (
          <Button appearance="primary" size="large" onClick={onStart}>
            {t("round.start")}
          </Button>
        )}
        <Link className={css.link} href={paths.list(space.id, view.list.id)}>
          {t("patient.back", { list: view.list.name })}
        </Link>
      </div>
    </main>
  );
}

interface WalkProps {
  view: ListView;
  round: Round;
  act: ReturnType<typeof useRound>["act"];
  at: string | undefined;
  go: (to: string) => void;
}

function Walk({ view, round, act, at, go }: WalkProps) {
  const t = useT();
  const format = useFormat();
  const announce = useAnnounce();
  const [, leave] = useLocation();
  const { space } = useSpace();
  const progress = progressOf(round, view.entries);
  const first = at ?? nextUnseen(progress, undefined) ?? overview;
  useEffect(() => {
    if (at === undefined) go(first);
  }, [at, first, go]);

  const seen = async (entry: string, isSeen: boolean) => {
    const done = await act(isSeen ? "seen" : "unseen", entry);
    if (!done?.round || !isSeen) return;
    const now = progressOf(done.round, view.entries);
    const name = format.name(view.entries.find((e) => e.id === entry)?.identity ?? {});
    announce(t("round.saidSeen", { name, seen: now.seen, total: now.total }));
    go(nextUnseen(now, entry) ?? overview);
  };
  const end = async () => {
    if (await act("end")) leave(paths.list(space.id, view.list.id));
  };

  const here = view.entries.find((e) => e.id === first);
  if (here === undefined) {
    return (
      <main className={css.plain}>
        <Overview view={view} round={round} progress={progress} onOpen={go} onEnd={() => void end()} />
      </main>
    );
  }
  return (
    <Stop
      key={here.id}
      entry={here}
      view={view}
      round={round}
      progress={progress}
      onSeen={(isSeen) => void seen(here.id, isSeen)}
      onStep={(by) => go(stepOrEnd(progress, here.id, by))}
      onOverview={() => go(overview)}
    />
  );
}

/** After the last patient comes the list of those who were not seen. */
function stepOrEnd(progress: Progress, from: string, by: 1 | -1): string {
  return by === 1 && progress.order.at(-1) === from ? overview : step(progress, from, by);
}
