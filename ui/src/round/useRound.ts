import { useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import type { ListView } from "../api/gen";
import { api, keys, reasonText, useT, useToast } from "../common";
import { useList } from "../list/useList";
import { concerns } from "../patient/data";
import { readOrder } from "../patient/order";

/** A list and its round, kept up to date by what everyone on the round does. */
export function useRound(list: string, current: string | undefined) {
  const t = useT();
  const toast = useToast();
  const client = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const live = useList(list, (event) => {
    if (current === undefined || !concerns(event, current) || event.kind === "round") return;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      void client.invalidateQueries({ queryKey: keys.patient(current) });
    }, 200);
  });

  /** Gives the round as it then stands; undefined when it failed. */
  const act = async (action: "start" | "seen" | "unseen" | "end", entry?: string) => {
    const order = action === "start" ? startOrder(live.data, readOrder(list)) : undefined;
    try {
      const { round } = await api.changeRound({ list, action, entry, order });
      live.change((view) => ({ ...view, round }));
      return { round };
    } catch (error) {
      toast({ text: reasonText(t, error), tone: "failed" });
      return undefined;
    }
  };
  return { live, act };
}

/** The order as the list was last shown, then those that a filter had hidden: nobody is missed. */
export function startOrder(view: ListView | undefined, kept: string[]): string[] {
  const all = view?.entries.map((e) => e.id) ?? [];
  const shown = kept.filter((id) => all.includes(id));
  return [...shown, ...all.filter((id) => !shown.includes(id))];
}
