import { useId } from "react";
import type { Point, Series } from "../../api/gen";
import type { Format } from "../../common/format";
import { useT } from "../../i18n";
import css from "./chart.module.css";
import { type Reading, readAt, toleranceOf } from "./focus";
import {
  type Dot,
  doubleT,
  type Frame,
  frameOf,
  lineWidth,
  type Plot,
  plotOf,
  symbolOf,
  xOf,
  yOf,
} from "./geometry";
import { bandOf, labelOf, newestFirst, sentenceOf } from "./sentence";
import type { Mark, Window } from "./time";
import { unitText } from "./unit";
import { type Axis, axisOf, marksOfAxis } from "./value";

interface Props {
  series: Series;
  index: number;
  window: Window;
  marks: Mark[];
  width: number;
  focus: number | undefined;
  joined: boolean;
  format: Format;
}

/** One vital sign over time: its name, unit and newest values above, the drawing below. */
export function Graph(props: Props) {
  const { series, window, format } = props;
  const t = useT();
  const axis = axisOf(series);
  const frame = frameOf(props.width, series.points.some((p) => p.value2 !== undefined) ? 170 : 118);
  const plot = plotOf(series, window, axis, frame);
  const reading = props.focus === undefined ? undefined : readAt(series, props.focus, toleranceOf(window));
  return (
    <figure className={css.graph}>
      <Heading {...props} reading={reading} />
      {plot.dots.length === 0 ? (
        <p className={css.nothing}>{t("chart.nothing")}</p>
      ) : (
        <svg
          className={css.svg}
          role="img"
          aria-label={sentenceOf(series, window, t, format)}
          width={frame.width}
          height={frame.height}
          viewBox={`0 0 ${frame.width} ${frame.height}`}
        >
          <Ground {...props} plot={plot} axis={axis} frame={frame} />
          <Data {...props} plot={plot} frame={frame} />
          {props.focus !== undefined && (
            <FocusMark x={xOf(props.focus, window, frame)} frame={frame} plot={plot} reading={reading} />
          )}
        </svg>
      )}
    </figure>
  );
}

/** Newest value large, the one before it smaller (GTAB-045…047); the unit beside the name (GTAB-027, 036). */
function Heading({ series, format, reading }: Props & { reading: Reading | undefined }) {
  const t = useT();
  const [latest, before] = newestFirst(series.points);
  const band = bandOf(series, t);
  return (
    <figcaption className={css.heading}>
      <span className={css.name}>
        {labelOf(series, t)} <span className={css.unit}>{unitText(series.unit)}</span>
      </span>
      {latest && (
        <span className={css.latest}>
          <strong className={css.large}>{latest.text}</strong> <span>{format.short(latest.time)}</span>
        </span>
      )}
      {before && (
        <span className={css.before}>
          {t("chart.before")} <b>{before.text}</b> <span>{format.short(before.time)}</span>
        </span>
      )}
      {band !== "" && (
        <span className={css.bandLabel}>
          <span className={css.swatch} aria-hidden="true" /> {band}
        </span>
      )}
      {reading && <Read reading={reading} />}
    </figcaption>
  );
}

/** What the focus line reads here, apart from what was before and after it (GTAB-060, 061). */
function Read({ reading }: { reading: Reading }) {
  const t = useT();
  const part = (point: Point | undefined) => point?.text ?? t("chart.noValue");
  return (
    <span className={css.reading} aria-hidden="true">
      {part(reading.before)} → <b>{part(reading.at)}</b> → {part(reading.after)}
    </span>
  );
}

function Ground(props: Props & { plot: Plot; axis: Axis; frame: Frame }) {
  const { plot, axis, frame, window, format } = props;
  const right = frame.width - frame.right;
  const floor = frame.height - frame.bottom;
  return (
    <g>
      {plot.bands.map((band, i) => (
        <rect
          key={band.y}
          className={i === 0 ? css.band : css.band2}
          x={frame.left}
          width={right - frame.left}
          y={band.y}
          height={band.height}
        />
      ))}
      {marksOfAxis(axis).map((v) => (
        <g key={v}>
          <line
            className={css.grid}
            x1={frame.left}
            x2={right}
            y1={yOf(v, axis, frame)}
            y2={yOf(v, axis, frame)}
          />
          <text
            className={css.axisText}
            x={frame.left - 6}
            y={yOf(v, axis, frame)}
            dy="0.32em"
            textAnchor="end"
          >
            {v}
          </text>
        </g>
      ))}
      {props.marks.map((mark) => (
        <line
          key={mark.at}
          className={mark.major ? css.gridMajor : css.grid}
          x1={xOf(mark.at, window, frame)}
          x2={xOf(mark.at, window, frame)}
          y1={frame.top}
          y2={floor + (mark.major ? 6 : 3)}
        />
      ))}
      {labelled(props.marks, window, frame, format).map(({ mark, x, text }) => (
        <text key={mark.at} className={css.axisText} x={x} y={frame.height - 5} textAnchor="middle">
          {text}
        </text>
      ))}
    </g>
  );
}

/** The marks that have room for their text; those that begin a higher unit come first. */
function labelled(marks: Mark[], window: Window, frame: Frame, format: Format) {
  const placed: { mark: Mark; x: number; text: string; half: number }[] = [];
  const wanted = marks.filter((m) => m.label !== "none");
  for (const mark of [...wanted.filter((m) => m.major), ...wanted.filter((m) => !m.major)]) {
    const text = markText(mark, format);
    const half = [...text].reduce((sum, c) => sum + (c > "\u2e80" ? 6 : 3.2), 0) + 3;
    const x = xOf(mark.at, window, frame);
    const fits = x - half >= 0 && x + half <= frame.width;
    if (fits && placed.every((p) => Math.abs(p.x - x) > p.half + half)) placed.push({ mark, x, text, half });
  }
  return placed;
}

export function markText(mark: Mark, format: Format): string {
  const date = format.date(mark.at);
  if (mark.label === "hour") return format.time(mark.at);
  if (format.locale === "zh-TW") {
    if (mark.label === "year") return date.replace(/年.*/, "年");
    return mark.label === "month" ? date.replace(/月.*/, "月") : date.replace(/^.*年/, "");
  }
  const [day, month, year] = date.split("-");
  if (mark.label === "year") return year ?? date;
  return mark.label === "month" ? `${month}-${year}` : `${day}-${month}`;
}

function Data(props: Props & { plot: Plot; frame: Frame }) {
  const { plot, frame } = props;
  const clip = useId();
  return (
    <g>
      <clipPath id={clip}>
        <rect x={frame.left} y={0} width={frame.width - frame.left - frame.right} height={frame.height} />
      </clipPath>
      {props.joined && plot.line.length > 1 && (
        <polyline
          className={css.line}
          clipPath={`url(#${clip})`}
          strokeWidth={lineWidth}
          points={plot.line.map((p) => p.join(",")).join(" ")}
        />
      )}
      {plot.dots.map((dot) => (
        <Sign key={dot.point.id} dot={dot} dense={plot.dense} index={props.index} />
      ))}
      {plot.dots
        .filter((d) => d.beyond !== undefined)
        .map((d) => (
          <text
            key={d.point.id}
            className={css.beyond}
            x={d.x}
            y={d.y}
            dy={d.beyond === "above" ? 14 : -8}
            textAnchor="middle"
          >
            {d.beyond === "above" ? "▲" : "▼"} {d.point.text}
          </text>
        ))}
    </g>
  );
}

function Sign({ dot, dense, index }: { dot: Dot; dense: boolean; index: number }) {
  const open = dot.point.state !== undefined && dot.point.state !== "" && dot.point.state !== "final";
  if (dot.y2 !== undefined) {
    return <path className={css.pressure} data-state={open ? "open" : undefined} d={doubleT(dot, dense)} />;
  }
  if (dense) return <path className={css.stroke} d={`M ${dot.x} ${dot.y - 3} V ${dot.y + 3}`} />;
  return (
    <path
      className={open ? css.dotOpen : css.dot}
      transform={`translate(${dot.x} ${dot.y})`}
      d={symbolOf(index)}
    />
  );
}

/** The line through all graphs, and the value it crosses, on a ground of its own (GTAB-057, 059). */
function FocusMark({
  x,
  frame,
  plot,
  reading,
}: {
  x: number;
  frame: Frame;
  plot: Plot;
  reading: Reading | undefined;
}) {
  const at = reading?.at;
  const dot = at && plot.dots.find((d) => d.point === at);
  const half = (at?.text.length ?? 0) * 4 + 6;
  const place = dot && Math.min(frame.width - half, Math.max(half, dot.x));
  const y = dot && (dot.y > 26 ? dot.y - 18 : dot.y + 18);
  return (
    <g>
      <line className={css.focusLine} x1={x} x2={x} y1={0} y2={frame.height - frame.bottom} />
      {at && place !== undefined && y !== undefined && (
        <g>
          <rect className={css.tag} x={place - half} y={y - 9} width={2 * half} height={18} rx={3} />
          <text className={css.tagText} x={place} y={y} dy="0.35em" textAnchor="middle">
            {at.text}
          </text>
        </g>
      )}
    </g>
  );
}
