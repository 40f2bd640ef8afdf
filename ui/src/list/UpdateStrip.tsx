import { Button } from "@fluentui/react-components";
import { type ReactNode, useState } from "react";
import type { ListView, Refresh, Removed } from "../api/gen";
import { isSet, reasonText, type StreamState, useFormat, useNow, useT } from "../common";
import type { Waiting } from "./arrange";
import css from "./list.module.css";

export interface StripProps {
  data: ListView;
  marks: { shown: number; elsewhere: number };
  outOfView: number;
  left: readonly Removed[];
  waiting: Waiting;
  onShowNext: () => void;
  onSeen: () => void;
  onSeenLeft: () => void;
  onShowNew: () => void;
  onSort: () => void;
  onRefresh: () => void;
  // children stand at the end: what is out of view.
  children?: ReactNode;
}

// UpdateStrip says what has changed since this person last looked, what waits
// to be shown, and how old what the EHR says is (PAL-0800…0980).
export function UpdateStrip(props: StripProps) {
  const { data, marks, waiting } = props;
  const t = useT();
  const f = useFormat();
  const total = marks.shown + marks.elsewhere;
  return (
    <div className={css.strip}>
      {total === 0 ? (
        <span className={css.quiet}>
          {isSet(data.marksSince)
            ? t("list.changes.none", { time: f.short(data.marksSince) })
            : t("list.changes.never")}
        </span>
      ) : (
        <>
          <strong>
            {t("list.changes", {
              count: total,
              time: isSet(data.marksSince) ? f.short(data.marksSince) : "–",
            })}
          </strong>
          {props.outOfView > 0 && <span>{t("list.changes.out", { count: props.outOfView })}</span>}
          {marks.elsewhere > 0 && <span>{t("list.changes.elsewhere", { count: marks.elsewhere })}</span>}
          <Button size="small" onClick={props.onShowNext} disabled={marks.shown === 0}>
            {t("list.changes.next")}
          </Button>
          <Button size="small" onClick={props.onSeen}>
            {t("list.changes.seen")}
          </Button>
        </>
      )}
      {waiting.added.length > 0 && (
        <Button size="small" appearance="primary" onClick={props.onShowNew}>
          {t("list.new", { count: waiting.added.length })}
        </Button>
      )}
      {waiting.moved && (
        <Button size="small" appearance="outline" onClick={props.onSort}>
          {t("list.moved")}
        </Button>
      )}
      <Left {...props} />
      <span className={css.push} />
      {props.children}
      <Freshness {...props} />
    </div>
  );
}

// Left says who left the list; it stays until it is seen (PAL-0950).
function Left({ left, data, onSeenLeft }: StripProps) {
  const t = useT();
  const f = useFormat();
  const [open, setOpen] = useState(false);
  if (left.length === 0) return null;
  return (
    <span className={css.row}>
      <strong>{t("list.left", { count: left.length })}</strong>
      <Button size="small" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? t("list.left.hide") : t("list.left.show")}
      </Button>
      {open && (
        <>
          <ul className={css.leftList}>
            {left.map((one) => (
              <li key={one.entry}>
                {[one.bed, one.name].filter(Boolean).join(" ")} –{" "}
                {t(one.to ? "list.left.moved" : "list.left.removed", {
                  name: data.people[one.by] ?? "",
                  time: f.short(one.at),
                })}
              </li>
            ))}
          </ul>
          <Button size="small" onClick={onSeenLeft}>
            {t("list.left.seen")}
          </Button>
        </>
      )}
    </span>
  );
}

// Freshness says when the EHR was last read, and asks it again.
function Freshness({ data, onRefresh }: StripProps) {
  const t = useT();
  const f = useFormat();
  const now = useNow(15_000);
  const { refresh } = data;
  if (!fromRecord(data)) return null;
  const text = refresh.running
    ? t("list.refresh.running", { done: refresh.done, total: refresh.total })
    : isSet(refresh.last)
      ? t("list.refresh.last", { ago: f.ago(refresh.last, now) })
      : t("list.refresh.never");
  return (
    <span className={css.row}>
      {refresh.running && <progress value={refresh.done} max={refresh.total || 1} aria-label={text} />}
      <span title={isSet(refresh.last) ? f.dateTime(refresh.last) : undefined}>{text}</span>
      <Button
        className={css.icon}
        size="small"
        disabled={refresh.running}
        aria-label={t("list.refresh.now")}
        onClick={onRefresh}
      >
        ⟳
      </Button>
    </span>
  );
}

// fromRecord tells a list with patients of a record system.
export function fromRecord(data: ListView): boolean {
  return data.entries.some((entry) => entry.subject.connection);
}

// Messages say, above the list, what is wrong with where it comes from.
export function Messages(props: {
  data: ListView;
  stream: StreamState;
  failed: unknown;
  onRefresh: () => void;
}) {
  const { data, stream, failed } = props;
  const t = useT();
  return (
    <div className={css.messages}>
      {(stream === "offline" || stream === "elsewhere") && (
        <p className={css.warn}>{t(`stream.${stream}`)}</p>
      )}
      {failed !== null && failed !== undefined && (
        <p className={css.warn}>{t("list.reload.failed", { why: reasonText(t, failed) })}</p>
      )}
      {fromRecord(data) && <Trouble refresh={data.refresh} onRefresh={props.onRefresh} />}
    </div>
  );
}

// Trouble: the EHR does not answer, or what is shown is older than two
// intervals; in words, with all rows still there.
function Trouble({ refresh, onRefresh }: { refresh: Refresh; onRefresh: () => void }) {
  const t = useT();
  const f = useFormat();
  const now = useNow(15_000);
  if (!refresh.reason && !refresh.stale) return null;
  const since = isSet(refresh.last)
    ? t("list.trouble.since", { time: f.short(refresh.last), ago: f.ago(refresh.last, now) })
    : t("list.trouble.never");
  return (
    <div role="status" className={`${css.warn} ${refresh.reason ? css.danger : ""}`}>
      <span>
        {refresh.reason ? reasonText(t, refresh.reason) : t("list.trouble.stale")} {since}{" "}
        {t("list.trouble.kept")} {refresh.reason && t.dyn(`advice.${refresh.reason}`, refresh.advice ?? "")}
      </span>
      <Button className={css.icon} size="small" disabled={refresh.running} onClick={onRefresh}>
        {t("action.retry")}
      </Button>
    </div>
  );
}
