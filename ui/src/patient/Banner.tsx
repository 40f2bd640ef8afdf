import type { RefObject } from "react";
import type { AllergyState, Entry } from "../api/gen";
import { useFormat, useT } from "../common";
import { isDead, type Particular, particularsOf } from "./banner";
import css from "./banner.module.css";

interface Props {
  entry: Entry;
  allergy: AllergyState;
  /** What they are allergic to, where it is known. */
  allergies?: string[];
  /** The page's heading, which takes the focus when another patient comes. */
  heading?: RefObject<HTMLHeadingElement | null>;
}

/**
 * Who this page is about: over the full width, always in view, never covered
 * (PAB-0009…0015). It has no photograph (PAB-0021).
 */
export function Banner({ entry, allergy, allergies = [], heading }: Props) {
  const t = useT();
  const format = useFormat();
  const who = entry.identity;
  const dead = isDead(who);
  const rest: Particular[] = [
    ...(entry.bed ? [{ label: "banner.bed" as const, value: entry.bed }] : []),
    ...(who.preferred ? [{ label: "banner.preferred" as const, value: who.preferred }] : []),
  ];
  return (
    <section
      className={css.banner}
      data-dead={dead || undefined}
      data-inactive={who.inactive || undefined}
      aria-label={t("banner.label")}
    >
      <div className={css.zone}>
        <h1 ref={heading} tabIndex={-1} className={css.name} dir="auto">
          {format.name(who)}
        </h1>
        <dl className={css.particulars}>
          {[...particularsOf(who, t, format), ...rest].map((p) => (
            <div key={p.label} className={css.particular}>
              <dt>{t(p.label)}</dt>
              <dd dir="auto">{p.value}</dd>
            </div>
          ))}
        </dl>
      </div>
      <p className={css.allergy} data-state={allergy}>
        <strong>{t(`allergy.${allergy}`)}</strong>
        {allergies.length > 0 && <span dir="auto"> {allergies.join(", ")}</span>}
      </p>
      {who.inactive && <p className={css.inactive}>{t("banner.inactive")}</p>}
    </section>
  );
}
