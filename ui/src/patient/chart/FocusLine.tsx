import { Button } from "@fluentui/react-components";
import { ChevronLeftRegular, ChevronRightRegular } from "@fluentui/react-icons";
import type { KeyboardEvent } from "react";
import type { Series } from "../../api/gen";
import type { Format } from "../../common/format";
import { type T, useT } from "../../i18n";
import css from "./chart.module.css";
import { moveFocus, readAt, toleranceOf } from "./focus";
import { frameOf, xOf } from "./geometry";
import { labelOf, valueText } from "./sentence";
import type { Window } from "./time";

interface Props {
  series: Series[];
  stops: number[];
  window: Window;
  focus: number | undefined;
  width: number;
  format: Format;
  onFocus: (t: number | undefined) => void;
}

/**
 * The handle of the focus line: a slider whose value is said in words, so that
 * one key reads every vital sign of a round of observations (GTAB-064, 065).
 */
export function FocusLine(props: Props) {
  const { stops, window, focus, width, format, onFocus } = props;
  const t = useT();
  const index = focus === undefined ? -1 : stops.indexOf(focus);
  const x = focus === undefined ? undefined : xOf(focus, window, frameOf(width, 1));
  const move = (key: string) => {
    const next = moveFocus(stops, focus, key);
    if (next !== undefined) onFocus(next);
    return next !== undefined;
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === "Escape" && focus !== undefined) onFocus(undefined);
    else if (!move(event.key)) return;
    event.preventDefault();
  };
  if (stops.length === 0) return null;
  return (
    <div className={css.focusBar}>
      <Button
        size="small"
        appearance="subtle"
        icon={<ChevronLeftRegular />}
        aria-label={t("chart.focus.back")}
        disabled={index === 0}
        onClick={() => move("ArrowLeft")}
      />
      <div
        className={css.slider}
        role="slider"
        tabIndex={0}
        aria-label={t("chart.focus")}
        aria-valuemin={1}
        aria-valuemax={stops.length}
        aria-valuenow={index < 0 ? stops.length : index + 1}
        aria-valuetext={
          focus === undefined ? t("chart.focus.none") : focusText(props.series, focus, window, t, format)
        }
        onKeyDown={press}
      >
        {focus === undefined ? t("chart.focus.hint") : <b>{format.dateTime(focus)}</b>}
      </div>
      <Button
        size="small"
        appearance="subtle"
        icon={<ChevronRightRegular />}
        aria-label={t("chart.focus.on")}
        disabled={index < 0 || index === stops.length - 1}
        onClick={() => move("ArrowRight")}
      />
      {x !== undefined && <span className={css.pointer} aria-hidden="true" style={{ insetInlineStart: x }} />}
    </div>
  );
}

/** All that the line reads, in words. */
export function focusText(series: Series[], focus: number, window: Window, t: T, format: Format): string {
  const read = series.flatMap((s) => {
    const at = readAt(s, focus, toleranceOf(window)).at;
    return at ? [t("chart.focus.value", { name: labelOf(s, t), value: valueText(at, s) })] : [];
  });
  return [format.dateTime(focus), ...read].join(". ");
}
