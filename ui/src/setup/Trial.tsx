import { Button, makeStyles, mergeClasses, Spinner, tokens } from "@fluentui/react-components";
import {
  CheckmarkCircleRegular,
  CircleRegular,
  DismissCircleRegular,
  SubtractCircleRegular,
} from "@fluentui/react-icons";
import { useState } from "react";
import { useNow } from "../common/clock";
import { useFormat } from "../common/place";
import { useShared } from "../common/shared";
import { useT } from "../i18n";
import { useParts } from "./parts";
import { type Outcome, outcomeOf, outcomeWord, report, stepNames, type Trial, wordsOf } from "./steps";

const useStyles = makeStyles({
  steps: { margin: 0, padding: 0, listStyleType: "none" },
  step: {
    display: "grid",
    gridTemplateColumns: "28px 1fr auto",
    columnGap: tokens.spacingHorizontalS,
    padding: `${tokens.spacingVerticalS} 0`,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  icon: { fontSize: "20px", lineHeight: 1 },
  ok: { color: tokens.colorStatusSuccessForeground1 },
  failed: { color: tokens.colorStatusDangerForeground3 },
  quiet: { color: tokens.colorNeutralForeground3 },
  more: { gridColumn: "2 / -1", margin: 0, overflowWrap: "anywhere" },
});

function Mark(props: { outcome: Outcome }) {
  const styles = useStyles();
  const shape = { className: styles.icon, "aria-hidden": true } as const;
  switch (props.outcome) {
    case "running":
      return <Spinner size="tiny" aria-hidden="true" />;
    case "ok":
      return <CheckmarkCircleRegular {...shape} className={mergeClasses(styles.icon, styles.ok)} />;
    case "failed":
      return <DismissCircleRegular {...shape} className={mergeClasses(styles.icon, styles.failed)} />;
    case "skipped":
      return <SubtractCircleRegular {...shape} className={mergeClasses(styles.icon, styles.quiet)} />;
    case "waiting":
      return <CircleRegular {...shape} className={mergeClasses(styles.icon, styles.quiet)} />;
  }
}

// Steps are the five steps of a trial, as they go.
export function Steps(props: { trial: Trial }) {
  const t = useT();
  const styles = useStyles();
  const shared = useShared();
  return (
    <ol className={styles.steps}>
      {stepNames.map((name) => {
        const step = props.trial.steps[name];
        const outcome = outcomeOf(step);
        const { said, advice } = wordsOf(t, name, step);
        return (
          <li key={name} className={styles.step} data-step={name} data-outcome={outcome}>
            <Mark outcome={outcome} />
            <span>
              <strong>{t(`connect.step.${name}`)}</strong> {outcomeWord(t, props.trial, name)}
            </span>
            <span className={shared.quiet}>
              {step !== undefined && step.took > 0 && t("connect.took", { ms: step.took })}
            </span>
            {said !== "" && <p className={styles.more}>{said}</p>}
            {advice !== "" && <p className={mergeClasses(styles.more, shared.quiet)}>{advice}</p>}
          </li>
        );
      })}
    </ol>
  );
}

// Resources says what the record system offers, and what will be missing.
export function Resources(props: { trial: Trial }) {
  const t = useT();
  const parts = useParts();
  const resources = props.trial.done?.resources ?? [];
  if (resources.length === 0) return null;
  const missing = resources.filter((r) => !r.found);
  return (
    <details className={parts.details} open={missing.length > 0}>
      <summary>
        {missing.length === 0
          ? t("connect.allFound", { count: resources.length })
          : t("connect.someMissing", { count: missing.length })}
      </summary>
      <table className={parts.table}>
        <thead>
          <tr>
            <th scope="col">{t("connect.resource")}</th>
            <th scope="col">{t("connect.state")}</th>
            <th scope="col">{t("connect.hides")}</th>
          </tr>
        </thead>
        <tbody>
          {resources.map((r) => (
            <tr key={r.type}>
              <th scope="row">{r.type}</th>
              <td>{t(r.found ? "connect.found" : "connect.missing")}</td>
              <td>{!r.found && r.hides ? t.dyn(`connect.hide.${r.hides}`, t.dyn(r.hides, r.hides)) : ""}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

// CopyReport puts what happened on the clipboard, for whoever runs the record
// system.
export function CopyReport(props: { trial: Trial }) {
  const t = useT();
  const f = useFormat();
  const now = useNow();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(report(t, props.trial, f.dateTime(now)));
    setCopied(true);
  };
  return <Button onClick={copy}>{copied ? t("action.copied") : t("connect.copyReport")}</Button>;
}
