import { Button } from "@fluentui/react-components";
import { type PointerEvent, useId, useMemo, useState } from "react";
import type { Series } from "../../api/gen";
import type { Format } from "../../common/format";
import { useT } from "../../i18n";
import css from "./chart.module.css";
import { FocusLine } from "./FocusLine";
import { nearestStop, stopsOf } from "./focus";
import { Graph } from "./Graph";
import { frameOf, timeAt } from "./geometry";
import { hasEarlier, marksOf, type Range, ranges, windowOf } from "./time";
import { useWidth } from "./useWidth";
import { VitalsTable } from "./VitalsTable";

interface Props {
  series: Series[];
  now: number;
  format: Format;
}

/** Stacked graphs on one time axis, with one focus line that reads all of them. */
export default function Charts({ series, now, format }: Props) {
  const t = useT();
  const [range, setRange] = useState<Range>("24h");
  const [steps, setSteps] = useState(0);
  const [focus, setFocus] = useState<number>();
  const [joined, setJoined] = useState(true);
  const [table, setTable] = useState(false);
  const { ref, width } = useWidth<HTMLDivElement>(640);
  const window = useMemo(() => windowOf(range, series, now, steps), [range, series, now, steps]);
  const stops = useMemo(() => stopsOf(series, window), [series, window]);
  const marks = useMemo(() => marksOf(window, format.zone), [window, format.zone]);
  const here = focus !== undefined && stops.includes(focus) ? focus : undefined;

  const point = (event: PointerEvent) => {
    const box = ref.current?.getBoundingClientRect();
    if (box) setFocus(nearestStop(stops, timeAt(event.clientX - box.left, window, frameOf(width, 1))));
  };
  const show = (next: Range) => {
    setRange(next);
    setSteps(0);
  };

  return (
    <div className={css.charts}>
      <Tools
        range={range}
        earlier={hasEarlier(series, window)}
        later={steps > 0}
        joined={joined}
        table={table}
        onRange={show}
        onSteps={(by) => setSteps(steps + by)}
        onJoined={setJoined}
        onTable={() => setTable(!table)}
      />
      <p className={css.span} role="status">
        {t("chart.span", { from: format.dateTime(window.from), to: format.dateTime(window.to) })}
        {window.shifted && steps === 0 && ` ${t("chart.shifted")}`}
      </p>
      {table ? (
        <VitalsTable series={series} window={window} format={format} />
      ) : (
        <div ref={ref} className={css.stack}>
          <FocusLine
            series={series}
            stops={stops}
            window={window}
            focus={here}
            width={width}
            format={format}
            onFocus={setFocus}
          />
          {/* Hovering is a shortcut: the focus line above does the same by keys and buttons. */}
          <div className={css.graphs} onPointerMove={point} onPointerDown={point}>
            {series.map((one, index) => (
              <Graph
                key={`${one.vital}|${one.unit}`}
                series={one}
                index={index}
                window={window}
                marks={marks}
                width={width}
                focus={here}
                joined={joined}
                format={format}
              />
            ))}
          </div>
        </div>
      )}
    </div>
  );
}

interface ToolsProps {
  range: Range;
  earlier: boolean;
  later: boolean;
  joined: boolean;
  table: boolean;
  onRange: (range: Range) => void;
  onSteps: (by: 1 | -1) => void;
  onJoined: (joined: boolean) => void;
  onTable: () => void;
}

function Tools(props: ToolsProps) {
  const t = useT();
  return (
    <div className={css.tools}>
      <RangeChoice range={props.range} onChange={props.onRange} />
      <Button size="small" disabled={!props.earlier} onClick={() => props.onSteps(1)}>
        {t("chart.earlier")}
      </Button>
      <Button size="small" disabled={!props.later} onClick={() => props.onSteps(-1)}>
        {t("chart.later")}
      </Button>
      <label className={css.check}>
        <input type="checkbox" checked={props.joined} onChange={(e) => props.onJoined(e.target.checked)} />
        {t("chart.joined")}
      </label>
      <Button size="small" aria-pressed={props.table} onClick={props.onTable}>
        {t(props.table ? "chart.asGraphs" : "chart.asTable")}
      </Button>
    </div>
  );
}

function RangeChoice({ range, onChange }: { range: Range; onChange: (range: Range) => void }) {
  const t = useT();
  const name = useId();
  return (
    <fieldset className={css.ranges}>
      <legend className={css.hidden}>{t("chart.range")}</legend>
      {ranges.map((r) => (
        <label key={r} className={css.range}>
          <input type="radio" name={name} value={r} checked={r === range} onChange={() => onChange(r)} />
          <span>{t(`chart.range.${r}`)}</span>
        </label>
      ))}
    </fieldset>
  );
}
