import { useT } from "../i18n";
import css from "./severity.module.css";
import type { Severity } from "./value";

// An octagon, a triangle and a circle: told apart without colour.
const shapes: Record<Severity, string> = {
  unstable: "M5 1h6l4 4v6l-4 4H5l-4-4V5z",
  watcher: "M8 1l7.5 14H.5z",
  stable: "M8 1.5a6.5 6.5 0 100 13 6.5 6.5 0 000-13z",
};

const isSeverity = (code: string): code is Severity => Object.hasOwn(shapes, code);

/** The shape of an illness severity, in the colour of the text around it. */
export function SeverityShape({ of }: { of: string }) {
  if (!isSeverity(of)) return null;
  return (
    <svg className={css.shape} viewBox="0 0 16 16" aria-hidden="true">
      <path
        d={shapes[of]}
        fill={of === "stable" ? "none" : "currentColor"}
        stroke="currentColor"
        strokeWidth="1.5"
      />
    </svg>
  );
}

/** An illness severity: a word with a shape; the colour only adds to them. */
export function SeverityWord({ of }: { of: string }) {
  const t = useT();
  return (
    <span className={`${css.word} ${css[of] ?? ""}`}>
      <SeverityShape of={of} />
      {of === "" ? t("value.notSet") : t.dyn(`severity.${of}`, of)}
    </span>
  );
}
