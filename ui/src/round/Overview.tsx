import { Button } from "@fluentui/react-components";
import { Suspense, useState } from "react";
import { Link } from "wouter";
import type { ListView, Round } from "../api/gen";
import { mayDo, PageHeading, paths, useFormat, useShared, useSpace, useT } from "../common";
import { lazily } from "../common/lazily";
import { ProgressLine } from "./ProgressLine";
import type { Progress } from "./progress";
import css from "./round.module.css";

const Ask = lazily(() => import("../patient/actions/Ask"), true);

interface Props {
  view: ListView;
  round: Round;
  progress: Progress;
  onOpen: (entry: string) => void;
  onEnd: () => void;
}

/** Whom nobody has seen yet, and then everyone else. No banner: this is about several patients (PAB-0009). */
export function Overview({ view, round, progress, onOpen, onEnd }: Props) {
  const t = useT();
  const format = useFormat();
  const shared = useShared();
  const { space } = useSpace();
  const [asking, setAsking] = useState(false);
  const done = progress.order.filter((id) => !progress.left.includes(id));
  const end = () => (progress.left.length > 0 ? setAsking(true) : onEnd());
  return (
    <>
      <PageHeading title={t("round.title")}>{t("round.of", { list: view.list.name })}</PageHeading>
      <p className={shared.quiet}>
        {t("own.by", { name: view.people[round.by] ?? "", time: format.dateTime(round.started) })}
      </p>
      <ProgressLine progress={progress} />
      <h2 className={shared.h2}>{t(progress.left.length > 0 ? "round.left" : "round.allSeen")}</h2>
      <Names view={view} round={round} ids={progress.left} onOpen={onOpen} />
      {done.length > 0 && <h2 className={shared.h2}>{t("round.seen")}</h2>}
      <Names view={view} round={round} ids={done} onOpen={onOpen} />
      <div className={css.choices}>
        {mayDo(view.role, "member") && (
          <Button appearance={progress.left.length > 0 ? "secondary" : "primary"} size="large" onClick={end}>
            {t("round.end")}
          </Button>
        )}
        <Link className={css.link} href={paths.list(space.id, view.list.id)}>
          {t("round.close")}
        </Link>
      </div>
      {asking && (
        <Suspense fallback={null}>
          <Ask
            text={t("round.endAsk", { count: progress.left.length })}
            action={t("round.end")}
            onYes={onEnd}
            onClose={() => setAsking(false)}
          />
        </Suspense>
      )}
    </>
  );
}

function Names(props: { view: ListView; round: Round; ids: string[]; onOpen: (entry: string) => void }) {
  const { view, round, ids } = props;
  const t = useT();
  const format = useFormat();
  const shared = useShared();
  return (
    <ul className={css.names}>
      {ids.map((id) => {
        const entry = view.entries.find((e) => e.id === id);
        const seen = round.seen[id];
        return (
          entry && (
            <li key={id}>
              <button type="button" className={css.name} onClick={() => props.onOpen(id)}>
                <span>{entry.bed}</span> <strong dir="auto">{format.name(entry.identity)}</strong>{" "}
                <span>
                  {t("banner.born")} {format.date(entry.identity.born) || t("value.notKnown")}
                </span>
              </button>
              {seen && (
                <span className={shared.quiet}>
                  {t("round.seenBy", { name: view.people[seen.by] ?? "", time: format.short(seen.at) })}
                </span>
              )}
            </li>
          )
        );
      })}
    </ul>
  );
}
