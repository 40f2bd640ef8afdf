import { useT } from "../common";
import type { Progress } from "./progress";
import css from "./round.module.css";

/** "7 of 18 seen", in words and as a bar. */
export function ProgressLine({ progress }: { progress: Progress }) {
  const t = useT();
  const text = t("round.progress", { seen: progress.seen, total: progress.total });
  return (
    <div className={css.progress}>
      <strong>{text}</strong>
      <progress aria-label={text} max={progress.total} value={progress.seen} />
    </div>
  );
}
