import { useT } from "../common";
import css from "./list.module.css";

const shapes: Record<string, string> = {
  // An octagon, a triangle and a circle: told apart without colour.
  unstable: "M5 1h6l4 4v6l-4 4H5l-4-4V5z",
  watcher: "M8 1l7.5 14H.5z",
  stable: "M8 1.5a6.5 6.5 0 100 13 6.5 6.5 0 000-13z",
};

// Severity is a word with a shape; the colour only adds to them.
export function Severity({ of }: { of: string }) {
  const t = useT();
  const shape = shapes[of];
  return (
    <span className={`${css.severity} ${css[of] ?? ""}`}>
      {shape && (
        <svg className={css.shape} viewBox="0 0 16 16" aria-hidden="true">
          <path
            d={shape}
            fill={of === "stable" ? "none" : "currentColor"}
            stroke="currentColor"
            strokeWidth="1.5"
          />
        </svg>
      )}
      {t.dyn(`list.severity.${of}`, of)}
    </span>
  );
}
