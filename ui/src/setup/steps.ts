import type { ConnectStep } from "../api/gen";
import { adviceText, reasonText } from "../common/state";
import type { T } from "../i18n";

// The steps of connecting, in order. They are all shown from the beginning.
export const stepNames = ["reachable", "statement", "version", "token", "search"] as const;

export type StepName = (typeof stepNames)[number];

export type Outcome = "waiting" | "running" | "ok" | "failed" | "skipped";

// A Trial is one try to connect, as far as it has come.
export interface Trial {
  link: string;
  steps: Readonly<Record<StepName, ConnectStep | undefined>>;
  done: ConnectStep | undefined;
  // need are the fields without which it could not go on.
  need: readonly string[];
}

const noSteps: Trial["steps"] = {
  reachable: undefined,
  statement: undefined,
  version: undefined,
  token: undefined,
  search: undefined,
};

export function newTrial(link: string): Trial {
  return { link, steps: noSteps, done: undefined, need: [] };
}

// advance puts what the server tells of a step into the trial. Later words of a
// step replace earlier ones.
export function advance(trial: Trial, step: ConnectStep): Trial {
  const need = step.need?.length ? step.need : trial.need;
  if (step.step === "done") return { ...trial, done: step, need };
  if (!stepNames.includes(step.step as StepName)) return trial;
  return { ...trial, steps: { ...trial.steps, [step.step]: step }, need };
}

export function outcomeOf(step: ConnectStep | undefined): Outcome {
  switch (step?.outcome) {
    case "running":
    case "ok":
    case "failed":
    case "skipped":
      return step.outcome;
    default:
      return "waiting";
  }
}

// outcomeWord says how a step went. What was left out after another step failed
// was not tried; what was left out otherwise was not needed.
export function outcomeWord(t: T, trial: Trial, name: StepName): string {
  const outcome = outcomeOf(trial.steps[name]);
  const untried = outcome === "skipped" && failedStep(trial) !== undefined;
  return t(untried ? "connect.outcome.untried" : `connect.outcome.${outcome}`);
}

// failedStep is the first step that went wrong.
export function failedStep(trial: Trial): StepName | undefined {
  return stepNames.find((name) => trial.steps[name]?.outcome === "failed");
}

// wordsOf are the sentences of a step. The server tells what it found as it is,
// and what went wrong as codes.
export function wordsOf(
  t: T,
  name: StepName,
  step: ConnectStep | undefined,
): { said: string; advice: string } {
  const detail = step?.detail ?? "";
  switch (outcomeOf(step)) {
    case "failed":
      return { said: detail === "" ? "" : reasonText(t, detail), advice: adviceText(t, step?.advice) };
    case "skipped":
      return { said: t.dyn(`connect.skip.${detail}`, t.dyn(`connect.auth.${detail}`, detail)), advice: "" };
    default:
      if (name === "reachable" && detail === "http") return { said: t("connect.noTLS"), advice: "" };
      if (name === "search" && /^\d+$/.test(detail)) {
        return { said: t("connect.patients", { count: Number(detail) }), advice: "" };
      }
      return { said: t.dyn(`connect.version.${detail}`, detail), advice: "" };
  }
}

// report is what a person sends to whoever runs the record system. It holds no
// secret, for none is ever part of a step.
export function report(t: T, trial: Trial, at: string): string {
  const lines = [`${t("connect.report")} ${at}`, `${t("connect.link")}: ${trial.link}`];
  for (const name of stepNames) {
    const step = trial.steps[name];
    const took = step !== undefined && step.took > 0 ? ` (${step.took} ms)` : "";
    lines.push(`${t(`connect.step.${name}`)}: ${outcomeWord(t, trial, name)}${took}`);
    const { said, advice } = wordsOf(t, name, step);
    const code = outcomeOf(step) === "failed" && step?.detail ? `[${step.detail}] ` : "";
    if (said !== "") lines.push(`  ${code}${said}`);
    if (advice !== "") lines.push(`  ${advice}`);
  }
  for (const resource of trial.done?.resources ?? []) {
    lines.push(`${resource.type}: ${t(resource.found ? "connect.found" : "connect.missing")}`);
  }
  return lines.join("\n");
}
