import { Button } from "@fluentui/react-components";
import { useQueryClient } from "@tanstack/react-query";
import { type PointerEvent, useEffect, useRef } from "react";
import { Link } from "wouter";
import type { Entry, ListView, PatientView, Round, SeenNote } from "../api/gen";
import {
  api,
  Bones,
  Failure,
  identityOf,
  keys,
  mayDo,
  paths,
  useFormat,
  usePage,
  useSession,
  useShared,
  useSpace,
  useT,
} from "../common";
import { Banner } from "../patient/Banner";
import { allergyTitle } from "../patient/banner";
import { currentOf, isRead, sectionQuery, usePatient, useSection, useSeenOnLeaving } from "../patient/data";
import problem from "../patient/identity/identity.module.css";
import { Notes } from "../patient/notes/Notes";
import { OwnText } from "../patient/own/OwnText";
import { Severity } from "../patient/own/Severity";
import { Todos } from "../patient/own/Todos";
import page from "../patient/patient.module.css";
import { Part, RecordPart } from "../patient/Section";
import { Allergies } from "../patient/sections/records";
import { Latest } from "../patient/sections/Vitals";
import { type Step, swipeOf, useRoundKeys } from "./keys";
import { ProgressLine } from "./ProgressLine";
import type { Progress } from "./progress";
import css from "./round.module.css";

interface Props {
  entry: Entry;
  view: ListView;
  round: Round;
  progress: Progress;
  onSeen: (seen: boolean) => void;
  onStep: (by: 1 | -1) => void;
  onOverview: () => void;
}

/** One patient of a round. */
export function Stop(props: Props) {
  const { view, round, progress } = props;
  const { id } = props.entry;
  const t = useT();
  const { person } = useSession();
  const patient = usePatient(id);
  // The list is followed all the time: what it overtook is waited for again.
  const overtaken = patient.data && identityOf(patient.data.entry) < identityOf(props.entry);
  const current = overtaken ? undefined : patient.data;
  const entry = current?.entry ?? props.entry;
  const allergies = useSection(entry, "allergies", asks(entry));
  const start = useRef<{ x: number; y: number }>(undefined);
  const editable = mayDo(view.role, "member");
  const heading = usePage(t("round.title"), id);
  useSeenOnLeaving(patient.data);
  useAhead(view, progress, id);

  const take = (step: Step) => {
    if (step === "seen") {
      if (editable) props.onSeen(true);
    } else props.onStep(step === "next" ? 1 : -1);
  };
  useRoundKeys(!person.prefs.noShortcuts, take);
  const down = (event: PointerEvent) => {
    if (event.pointerType === "touch") start.current = { x: event.clientX, y: event.clientY };
  };
  const up = (event: PointerEvent) => {
    const swipe = start.current && swipeOf(start.current, { x: event.clientX, y: event.clientY });
    start.current = undefined;
    if (swipe) take(swipe);
  };

  const allergy = allergyTitle(entry, {
    section: allergies.query.data,
    failed: allergies.query.isError,
  });
  return (
    <div className={`${page.page} ${css.stop}`} onPointerDown={down} onPointerUp={up}>
      <Banner
        entry={entry}
        allergy={allergy}
        allergies={allergy === "known" ? currentOf(allergies.query.data) : []}
        heading={heading}
      />
      <main className={css.main}>
        <Head {...props} />
        {!current && !patient.error && <Bones rows={6} />}
        {patient.error && <Failure of={patient.error} onRetry={() => void patient.refetch()} />}
        {current && <Content view={current} allergies={allergies} editable={editable} />}
      </main>
      <Buttons {...props} seen={round.seen[id]} editable={editable} take={take} />
    </div>
  );
}

/** The record is asked for where there is one. */
function asks(entry: Entry): boolean {
  return entry.subject.connection !== undefined && isRead(entry);
}

/** Reads the next patient while this one is looked at. */
function useAhead(view: ListView, progress: Progress, here: string): void {
  const client = useQueryClient();
  const id = progress.order[progress.order.indexOf(here) + 1];
  const next = view.entries.find((e) => e.id === id);
  const identity = next && identityOf(next);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a cell that changed is no reason to read again
  useEffect(() => {
    if (!next) return;
    void client.prefetchQuery({
      queryKey: keys.patient(next.id),
      queryFn: () => api.getPatient({ entry: next.id }),
    });
    if (!asks(next)) return;
    void client.prefetchQuery(sectionQuery(client, next, "vitals"));
  }, [client, id, identity]);
}

function Head({ entry, view, progress, onOverview }: Props) {
  const t = useT();
  const shared = useShared();
  const { space } = useSpace();
  const { person } = useSession();
  const place = progress.order.indexOf(entry.id) + 1;
  return (
    <div className={css.head}>
      <ProgressLine progress={progress} />
      <span className={shared.quiet}>{t("round.at", { place, total: progress.total })}</span>
      <Button onClick={onOverview}>{t("round.overview")}</Button>
      <Link className={css.link} href={paths.patient(space.id, view.list.id, entry.id)}>
        {t("round.page")}
      </Link>
      <Link className={css.link} href={paths.list(space.id, view.list.id)}>
        {t("round.close")}
      </Link>
      {!person.prefs.noShortcuts && <span className={`${shared.quiet} ${css.hint}`}>{t("round.keys")}</span>}
    </div>
  );
}

function Content(props: { view: PatientView; allergies: ReturnType<typeof useSection>; editable: boolean }) {
  const { view, editable } = props;
  const t = useT();
  const { state } = view.entry;
  const kinds = isRead(view.entry) ? view.kinds : [];
  const vitals = useSection(view.entry, "vitals", kinds.includes("vitals"));
  if (state === "mismatch") return <Problem state={state} />;
  return (
    <>
      {state === "merged" && <Problem state={state} />}
      <Part id="summary" title={t("section.summary")}>
        <div className={css.big}>
          <Severity view={view} editable={editable} />
          <Todos view={view} editable={editable} />
        </div>
        <OwnText view={view} column="summary" label={t("column.summary")} editable={editable} />
        <OwnText view={view} column="contingency" label={t("column.contingency")} editable={editable} />
      </Part>
      {kinds.includes("vitals") && (
        <RecordPart view={view} kind="vitals" source={vitals} title={t("round.vitals")}>
          {(data) => <Latest view={view} series={data.series ?? []} />}
        </RecordPart>
      )}
      {kinds.includes("allergies") && <Allergies view={view} source={props.allergies} />}
      <Notes view={view} editable={editable} />
    </>
  );
}

/** Why nothing of the record is shown. */
function Problem({ state }: { state: "mismatch" | "merged" }) {
  const t = useT();
  return (
    <section className={problem.problem}>
      <h2 className={problem.problemTitle}>{t(`identity.problem.${state}`)}</h2>
      <p>
        {t(`identity.text.${state}`)} {state === "mismatch" && t("identity.recordHidden")}
      </p>
    </section>
  );
}

function Buttons(
  props: Props & { seen: SeenNote | undefined; editable: boolean; take: (step: Step) => void },
) {
  const { seen, take, view } = props;
  const t = useT();
  const format = useFormat();
  const by = seen && t("round.seenBy", { name: view.people[seen.by] ?? "", time: format.short(seen.at) });
  return (
    <nav className={css.buttons} aria-label={t("round.title")}>
      {by && (
        <span className={css.seenBy}>
          {by}
          {props.editable && (
            <Button size="small" onClick={() => props.onSeen(false)}>
              {t("round.unseen")}
            </Button>
          )}
        </span>
      )}
      <Button size="large" onClick={() => take("previous")}>
        <span className={css.arrow} aria-hidden="true">
          ‹&nbsp;
        </span>
        {t("round.previous")}
      </Button>
      {props.editable && (
        <Button size="large" appearance="primary" onClick={() => take("seen")}>
          <span aria-hidden="true">✓&nbsp;</span>
          {t("round.seen")}
        </Button>
      )}
      <Button size="large" onClick={() => take("next")}>
        {t("round.next")}
        <span className={css.arrow} aria-hidden="true">
          &nbsp;›
        </span>
      </Button>
    </nav>
  );
}
