import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import type { Cell, Event, ListView } from "../api/gen";
import { api, keys, type StreamState, useListStream } from "../common";
import { applyEvent, missedReading } from "./model";

// A LiveList is a list as it stands now: read once, then kept by the stream.
export interface LiveList {
  data: ListView | undefined;
  error: unknown;
  reload(): Promise<unknown>;
  // change replaces what is shown, before the server has said so.
  change(fn: Change): void;
  stream: StreamState;
}

type Change = (view: ListView) => ListView;

// useList reads a list and keeps it as its stream tells. Messages are taken
// together once a frame: asking the EHR anew for thirty patients brings some
// hundred cells within a second. onEvent hears each as it comes.
export function useList(id: string, onEvent?: (event: Event) => void): LiveList {
  const client = useQueryClient();
  // What changes while the list is read again may be newer than the answer.
  const meanwhile = useRef<Change[] | undefined>(undefined);
  const query = useQuery({
    queryKey: keys.list(id),
    queryFn: async ({ signal }) => {
      const changes: Change[] = [];
      meanwhile.current = changes;
      try {
        const view = await api.getList({ list: id }, { signal });
        return changes.reduce((now, change) => change(now), view);
      } finally {
        if (meanwhile.current === changes) meanwhile.current = undefined;
      }
    },
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnMount: "always",
    gcTime: 0,
  });
  const change = useCallback(
    (fn: Change) => {
      meanwhile.current?.push(fn);
      client.setQueryData<ListView>(keys.list(id), (old) => old && fn(old));
    },
    [client, id],
  );
  const { refetch } = query;
  const waitingEvents = useRef<Event[]>([]);
  // begun is set until the first word on the EHR after a stream began.
  const begun = useRef(false);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const flush = useCallback(() => {
    timer.current = undefined;
    const events = waitingEvents.current;
    waitingEvents.current = [];
    let again = false;
    const take = (view: ListView, event: Event) => {
      const next = applyEvent(view, event);
      again ||= next === undefined || (begun.current && missedReading(view, event));
      begun.current = event.kind === "hello" || (begun.current && event.kind !== "refresh");
      return next ?? view;
    };
    client.setQueryData<ListView>(keys.list(id), (view) => view && events.reduce(take, view));
    meanwhile.current?.push((view) => events.reduce((now, event) => applyEvent(now, event) ?? now, view));
    if (!again) return;
    void refetch();
    // Its name stands in the switcher and in dialogs, too.
    void client.invalidateQueries({ queryKey: ["lists"] });
  }, [client, id, refetch]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const { state } = useListStream(id, query.data?.seq, (event) => {
    waitingEvents.current.push(event);
    timer.current ??= setTimeout(flush, 16);
    onEvent?.(event);
  });
  return { data: query.data, error: query.error, reload: refetch, change, stream: state };
}

// withCell puts a cell into a view, unless a newer one is there: what others
// wrote may have come before the answer to what the person did.
export function withCell(view: ListView, entry: string, column: string, cell: Cell): ListView {
  const isNewer = (old: Cell | undefined) => (old?.seq ?? 0) > (cell.seq ?? 0);
  return {
    ...view,
    entries: view.entries.map((e) =>
      e.id === entry && !isNewer(e.cells[column]) ? { ...e, cells: { ...e.cells, [column]: cell } } : e,
    ),
  };
}
