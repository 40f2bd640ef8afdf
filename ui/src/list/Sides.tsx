import type { RefObject } from "react";
import { useT } from "../common";
import css from "./list.module.css";
import { type OutOfView, showColumn } from "./useOutOfView";

// Sides says how many columns are out of view, and leads to them (PAL-0260).
export function Sides({ out, frame }: { out: OutOfView; frame: RefObject<HTMLElement | null> }) {
  const t = useT();
  if (out.left + out.right === 0) return null;
  const go = (side: "left" | "right") => frame.current && showColumn(frame.current, side);
  return (
    <span className={css.row}>
      {out.left > 0 && (
        <button type="button" className={css.small} onClick={() => go("left")}>
          ⟵ {t("list.columns.out", { count: out.left })}
        </button>
      )}
      {out.right > 0 && (
        <button type="button" className={css.small} onClick={() => go("right")}>
          {t("list.columns.out", { count: out.right })} ⟶
        </button>
      )}
    </span>
  );
}
