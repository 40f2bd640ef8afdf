import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import type { Event, ListView, Round } from "../api/gen";
import { api, keys, reasonText, useListStream, useT, useToast } from "../common";
import { applyEvent } from "../list/model";
import { concerns } from "../patient/data";
import { readOrder } from "../patient/order";

/** A list and its round, kept up to date by what everyone on the round does. */
export function useRound(list: string, current: string | undefined) {
  const t = useT();
  const toast = useToast();
  const client = useQueryClient();
  const key = keys.list(list);
  const query = useQuery({ queryKey: key, queryFn: ({ signal }) => api.getList({ list }, { signal }) });
  const view = query.data;
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  useListStream(view ? list : "", view?.seq, (event: Event) => {
    const now = client.getQueryData<ListView>(key);
    const next = now && applyEvent(now, event);
    if (next) client.setQueryData(key, next);
    else void client.invalidateQueries({ queryKey: key });
    if (current === undefined || !concerns(event, current) || event.kind === "round") return;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      void client.invalidateQueries({ queryKey: keys.patient(current) });
    }, 200);
  });

  const put = (round: Round | undefined) =>
    client.setQueryData<ListView>(key, (v) => (v ? { ...v, round } : v));
  /** Gives the round as it then stands; undefined when it failed. */
  const act = async (action: "start" | "seen" | "unseen" | "end", entry?: string) => {
    const order = action === "start" ? startOrder(view, readOrder(list)) : undefined;
    try {
      const { round } = await api.changeRound({ list, action, entry, order });
      put(round);
      return { round };
    } catch (error) {
      toast({ text: reasonText(t, error), tone: "failed" });
      return undefined;
    }
  };
  return { query, view, act };
}

/** The order as the list was last shown, then those that a filter had hidden: nobody is missed. */
export function startOrder(view: ListView | undefined, kept: string[]): string[] {
  const all = view?.entries.map((e) => e.id) ?? [];
  const shown = kept.filter((id) => all.includes(id));
  return [...shown, ...all.filter((id) => !shown.includes(id))];
}
