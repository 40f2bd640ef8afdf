import { Suspense } from "react";
import type { PatientView, Section, Series } from "../../api/gen";
import { Bones, useFormat, useNow, useT } from "../../common";
import { lazily } from "../../common/lazily";
import { labelOf, newestFirst } from "../chart/sentence";
import { unitText } from "../chart/unit";
import { marksFor, type SectionQuery } from "../data";
import { Items } from "../Items";
import { MarkBadge } from "../MarkBadge";
import { RecordPart } from "../Section";
import css from "./vitals.module.css";

const Charts = lazily(() => import("../chart/Charts"));

/** Newest values first; the graphs come after, in a chunk of their own. */
export function Vitals({ view, source }: { view: PatientView; source: SectionQuery }) {
  return (
    <RecordPart view={view} kind="vitals" source={source}>
      {(data) => (
        <>
          <Latest view={view} series={data.series ?? []} />
          <Words view={view} data={data} />
          {data.series?.length ? <Graphs data={data} /> : null}
        </>
      )}
    </RecordPart>
  );
}

/** Observations that are words and no numbers: they are in no graph. */
function Words({ view, data }: { view: PatientView; data: Section }) {
  const words = (data.items ?? []).filter((i) => i.value === undefined);
  return <Items items={words} marks={marksFor(view, { kind: "vitals" }).filter((m) => m.item)} />;
}

function Graphs({ data }: { data: Section }) {
  const format = useFormat();
  const now = useNow(60_000);
  return (
    <Suspense fallback={<Bones rows={5} />}>
      <Charts series={data.series ?? []} now={now} format={format} />
    </Suspense>
  );
}

/** The newest value of each vital sign, its time, and the one before it (GTAB-045…047). */
export function Latest({ view, series }: { view: PatientView; series: Series[] }) {
  const t = useT();
  return (
    <ul className={css.latest} aria-label={t("vitals.latest")}>
      {series.map((one) => (
        <Tile key={`${one.vital}|${one.unit}`} view={view} series={one} />
      ))}
    </ul>
  );
}

function Tile({ view, series }: { view: PatientView; series: Series }) {
  const t = useT();
  const format = useFormat();
  const now = useNow(60_000);
  const [newest, before] = newestFirst(series.points);
  const [mark] = marksFor(view, { column: series.vital });
  if (!newest) return null;
  return (
    <li className={css.tile} data-marked={mark ? true : undefined}>
      <span className={css.tileName}>
        {labelOf(series, t)} {unitText(series.unit)}
      </span>
      <span>
        <strong className={css.tileValue}>{newest.text}</strong> <Trend newest={newest} before={before} />
      </span>
      {newest.state && newest.state !== "final" && (
        <span>{t.dyn(`itemState.${newest.state}`, newest.state)}</span>
      )}
      <time dateTime={newest.time}>{format.short(newest.time, now)}</time>
      {before && (
        <span className={css.tileBefore}>
          {t("vitals.before", { value: before.text, time: format.short(before.time, now) })}
        </span>
      )}
      {mark && <MarkBadge mark={{ ...mark, old: undefined }} />}
    </li>
  );
}

function Trend(props: { newest: { value: number }; before: { value: number } | undefined }) {
  const t = useT();
  if (!props.before) return null;
  const by = Math.sign(props.newest.value - props.before.value);
  const way = by > 0 ? "up" : by < 0 ? "down" : "same";
  return (
    <span role="img" aria-label={t(`vitals.trend.${way}`)}>
      {{ up: "↑", down: "↓", same: "→" }[way]}
    </span>
  );
}
