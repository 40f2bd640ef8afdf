import { Button, makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import type { ReactNode } from "react";
import type { Status } from "../api/gen";
import { type T, useT } from "../i18n";
import { ApiProblem, codeOf } from "./api";
import { useNow } from "./clock";
import { faultText } from "./fault";
import { isSet } from "./format";
import { useFormat } from "./place";
import { useShared } from "./shared";

// reasonText makes a sentence of a failure: the server's code from the
// catalogue, else what the server says to do.
export function reasonText(t: T, error: unknown): string {
  const code = typeof error === "string" ? error : codeOf(error);
  if (error instanceof ApiProblem && error.status === 429) return t("reason.too-fast");
  if (code === "invalid" && error instanceof ApiProblem) {
    const faults = new Set(Object.values(error.errors).map((text) => faultText(t, text)));
    return [...faults].join(" ") || t("reason.invalid");
  }
  const said = error instanceof ApiProblem ? error.detail || error.title : "";
  return t.dyn(`reason.${code}`, said || (typeof error === "string" ? error : t("reason.internal")));
}

// adviceText is what to do about a failure: a code of the server, or its words.
export function adviceText(t: T, advice: string | undefined): string {
  return advice ? t.dyn(`advice.${advice}`, t.has(`reason.${advice}`) ? "" : advice) : "";
}

// Reason says why something failed: an error, or a code of the server; and
// what to do about it. marked is for forms that say at each field what is wrong
// with it.
export function Reason(props: { of: unknown; advice?: string | undefined; marked?: boolean | undefined }) {
  const t = useT();
  const request = props.of instanceof ApiProblem ? props.of.request : "";
  const said = props.marked && codeOf(props.of) === "invalid" ? t("reason.invalid") : reasonText(t, props.of);
  return (
    <span title={request || undefined}>
      {said}
      {props.advice ? ` ${adviceText(t, props.advice)}` : ""}
    </span>
  );
}

// Failure is a failed load in place of what was to be shown, with a way to try
// again.
export function Failure(props: { of: unknown; onRetry?: (() => void) | undefined; marked?: boolean }) {
  const t = useT();
  const shared = useShared();
  return (
    <div role="alert" className={shared.row}>
      <span className={shared.error}>
        <Reason of={props.of} marked={props.marked} />
      </span>
      {props.onRetry && <Button onClick={props.onRetry}>{t("action.retry")}</Button>}
    </div>
  );
}

// AsOf says when a value was true. The full time is in its title, and read
// out.
export function AsOf(props: { at: string | undefined; source?: string | undefined; full?: boolean }) {
  const t = useT();
  const f = useFormat();
  const now = useNow();
  const shared = useShared();
  if (!isSet(props.at)) return <span className={shared.quiet}>{t("asOf.never")}</span>;
  const full = f.dateTime(props.at);
  const text = props.full ? full : f.ago(props.at, now);
  const said = props.source
    ? t("asOf.from", { source: props.source, time: text })
    : t("asOf.at", { time: text });
  return (
    <time dateTime={props.at} title={full} className={shared.quiet}>
      {said}
    </time>
  );
}

// StateLine says how asking for something went; never is that left to be
// guessed from emptiness.
export function StateLine(props: {
  status: Status;
  reason?: string | undefined;
  advice?: string | undefined;
  asOf?: string | undefined;
  none?: string | undefined;
  onRetry?: (() => void) | undefined;
}) {
  const t = useT();
  const f = useFormat();
  const shared = useShared();
  switch (props.status) {
    case "loaded":
      return null;
    case "none":
      return <span className={shared.quiet}>{props.none ?? t("state.none")}</span>;
    case "pending":
      return <span className={shared.quiet}>{t("state.pending")}</span>;
    case "unsupported":
      return <span className={shared.quiet}>{t("state.unsupported")}</span>;
    case "failed":
      return (
        <div className={shared.row}>
          <span className={shared.error}>
            {isSet(props.asOf) ? t("state.failedOld", { time: f.dateTime(props.asOf) }) : t("state.failed")}{" "}
            {props.reason && <Reason of={props.reason} advice={props.advice} />}
          </span>
          {props.onRetry && (
            <Button size="small" onClick={props.onRetry}>
              {t("action.retry")}
            </Button>
          )}
        </div>
      );
  }
}

const useBones = makeStyles({
  bone: {
    display: "block",
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground5,
    minHeight: "1em",
    animationName: { from: { opacity: 1 }, "50%": { opacity: 0.5 }, to: { opacity: 1 } },
    animationDuration: "1.6s",
    animationIterationCount: "infinite",
    "@media (prefers-reduced-motion: reduce)": { animationName: "none" },
    "@media (forced-colors: active)": { border: "1px solid GrayText" },
  },
});

// Bone is a grey bar where a text will be.
export function Bone(props: { width?: string; height?: string; className?: string }) {
  const styles = useBones();
  return (
    <span
      aria-hidden="true"
      className={mergeClasses(styles.bone, props.className)}
      style={{ width: props.width ?? "100%", height: props.height ?? "1em" }}
    />
  );
}

// Bones are several bars below each other: a text, a list or a table that is
// on its way.
export function Bones(props: { rows?: number; height?: string; children?: ReactNode }) {
  const t = useT();
  const shared = useShared();
  const widths = ["92%", "78%", "85%", "64%"];
  return (
    <div className={shared.stack} aria-busy="true">
      <span className={shared.hidden}>{t("app.loading")}</span>
      {Array.from({ length: props.rows ?? 4 }, (_, i) => (
        <Bone key={i} width={widths[i % widths.length] ?? "80%"} height={props.height ?? "1.2em"} />
      ))}
    </div>
  );
}
