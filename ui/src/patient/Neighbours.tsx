import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link } from "wouter";
import type { ListView, PatientView } from "../api/gen";
import { api, keys, paths, useShared, useSpace, useT } from "../common";
import { neighboursOf, readOrder } from "./order";
import css from "./patient.module.css";

/** Previous and next patient, in the order and with the filter of the list as it was shown. */
export function Neighbours({ view }: { view: PatientView }) {
  const t = useT();
  const shared = useShared();
  const { space } = useSpace();
  const list = view.list.id;
  const kept = useMemo(() => readOrder(list), [list]);
  const standing = useStanding(list, !kept.includes(view.entry.id));
  const near = neighboursOf(view.entry.id, kept, standing);
  if (near.place === 0) return null;
  const to = (id: string) => paths.patient(space.id, list, id);
  return (
    <span className={css.neighbours}>
      {near.previous && (
        <Link className={css.step} href={to(near.previous)} rel="prev">
          <span aria-hidden="true">‹</span>
          {t("patient.previous")}
        </Link>
      )}
      <span className={shared.quiet}>{t("patient.place", { place: near.place, total: near.total })}</span>
      {near.next && (
        <Link className={css.step} href={to(near.next)} rel="next">
          {t("patient.next")}
          <span aria-hidden="true">›</span>
        </Link>
      )}
    </span>
  );
}

/** Who is on the list: from what was read of it, or where nothing is known of its order, from the server. */
function useStanding(list: string, ask: boolean): string[] | undefined {
  const client = useQueryClient();
  const asked = useQuery({
    queryKey: keys.list(list),
    queryFn: ({ signal }) => api.getList({ list }, { signal }),
    enabled: ask,
    staleTime: 60_000,
  });
  const known = asked.data ?? client.getQueryData<ListView>(keys.list(list));
  return known?.entries.map((e) => e.id);
}
