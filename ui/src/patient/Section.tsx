import { Button } from "@fluentui/react-components";
import type { ReactNode } from "react";
import type { Section as Data, Kind, PatientView } from "../api/gen";
import { AsOf, Bones, isSet, Reason, StateLine, useFormat, useShared, useT } from "../common";
import type { SectionQuery } from "./data";
import { LastSeen } from "./LastSeen";
import css from "./patient.module.css";

/** The frame of a part of the page: a heading to jump to, and what is in it. */
export function Part(props: {
  id: string;
  title: string;
  count?: string | undefined;
  aside?: ReactNode;
  children: ReactNode;
}) {
  const shared = useShared();
  return (
    <section id={props.id} className={css.part} aria-labelledby={`${props.id}-title`}>
      <div className={css.partHead}>
        <h2 id={`${props.id}-title`} tabIndex={-1} className={`${shared.h2} ${css.partTitle}`}>
          {props.title} {props.count && <span className={css.count}>{props.count}</span>}
        </h2>
        {props.aside}
      </div>
      {props.children}
    </section>
  );
}

interface Props {
  view: PatientView;
  kind: Kind;
  source: SectionQuery;
  title?: string;
  children: (data: Data) => ReactNode;
}

/**
 * A section of the record. It says how many there are, from where and as of
 * when, and whether it is loaded, empty, not offered, or failed.
 */
export function RecordPart({ view, kind, source, title, children }: Props) {
  const t = useT();
  const { query } = source;
  const data = query.data;
  return (
    <Part
      id={kind}
      title={title ?? t(`section.${kind}`)}
      count={data ? countOf(data, t) : undefined}
      aside={data && <Source data={data} />}
    >
      {query.isPending && <Bones rows={3} />}
      {query.error && (
        <StateLine
          status="failed"
          reason={undefined}
          asOf={data?.asOf}
          onRetry={() => void query.refetch()}
        />
      )}
      {query.error && (
        <p className={css.line}>
          <Reason of={query.error} />
        </p>
      )}
      {data && !query.error && <State data={data} onRetry={() => void query.refetch()} />}
      {data && holds(data) ? children(data) : null}
      {(query.error || data?.status === "failed") && !(data && holds(data)) && (
        <LastSeen view={view} kind={kind} />
      )}
      {data && !data.complete && hasMore(data) && (
        <Button size="small" disabled={query.isFetching} onClick={source.showAll}>
          {t("section.showAll")}
        </Button>
      )}
    </Part>
  );
}

function holds(data: Data): boolean {
  return Boolean(data.items?.length || data.series?.length);
}

// hasMore tells a section that goes on, or was too much for one answer; of what
// could not be read nobody can ask for all.
function hasMore(data: Data): boolean {
  return data.status === "loaded" || data.reason === "ehr-too-much" || Boolean(data.items?.length);
}

function countOf(data: Data, t: ReturnType<typeof useT>): string | undefined {
  const shown = data.items?.length ?? 0;
  if (data.status === "none" || data.status === "unsupported" || data.kind === "vitals") return undefined;
  if (!data.complete && data.total > shown) return t("state.some", { shown, total: data.total });
  return shown > 0 ? t("section.count", { count: shown }) : undefined;
}

function Source({ data }: { data: Data }) {
  const t = useT();
  const shared = useShared();
  if (isSet(data.asOf)) return <AsOf at={data.asOf} source={data.source} full />;
  return data.source ? (
    <span className={shared.quiet}>{t("section.source", { source: data.source })}</span>
  ) : null;
}

function State({ data, onRetry }: { data: Data; onRetry: () => void }) {
  const t = useT();
  // A reason's code has a sentence for what to do, else the server's is shown.
  const advice = data.reason ? t.dyn(`advice.${data.reason}`, data.advice ?? "") : data.advice;
  return (
    <StateLine
      status={data.status}
      reason={data.reason}
      advice={advice}
      asOf={holds(data) ? data.asOf : undefined}
      none={data.allergy ? t(`allergy.${data.allergy}`) : undefined}
      onRetry={onRetry}
    />
  );
}

/** A time in its own precision and what it means: "measured 23-Nov-2026 14:00". */
export function When({ time, label }: { time: string | undefined; label: string | undefined }) {
  const t = useT();
  const format = useFormat();
  const shared = useShared();
  if (!time) return <span className={shared.quiet}>{t("item.noTime")}</span>;
  const what = label ? t.dyn(`timeLabel.${label}`, "") : "";
  const text = format.dateTime(time);
  return (
    <time className={shared.quiet} dateTime={time}>
      {what === "" ? text : t("item.time", { what, time: text })}
    </time>
  );
}
