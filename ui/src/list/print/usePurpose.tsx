import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { api, useT } from "../../common";
import css from "../list.module.css";

const offered = ["round", "handover", "oncall", "teaching"] as const;

// usePurpose asks once a day why patient data leaves the screen.
export function usePurpose() {
  const known = useQuery({
    queryKey: ["purpose"],
    queryFn: ({ signal }) => api.getPurpose({ signal }),
    staleTime: 0,
  });
  const [purpose, setPurpose] = useState("");
  const needed = known.data?.known === false;
  return {
    purpose,
    setPurpose,
    needed,
    ready: known.data !== undefined && (!needed || purpose.trim() !== ""),
    said: () => void known.refetch(),
    error: known.error,
  };
}

export type Purpose = ReturnType<typeof usePurpose>;

export function PurposeField({ of }: { of: Purpose }) {
  const t = useT();
  const id = useId();
  if (!of.needed) return null;
  return (
    <div className={css.field}>
      <label htmlFor={id} className={css.label}>
        {t("list.purpose")}
      </label>
      <input
        id={id}
        className={css.input}
        list={`${id}l`}
        required
        value={of.purpose}
        aria-describedby={`${id}h`}
        onChange={(event) => of.setPurpose(event.target.value)}
      />
      <datalist id={`${id}l`}>
        {offered.map((one) => (
          <option key={one} value={t(`list.purpose.${one}`)} />
        ))}
      </datalist>
      <span id={`${id}h`} className={css.quiet}>
        {t("list.purpose.why")}
      </span>
    </div>
  );
}
