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
  change(fn: (view: ListView) => ListView): void;
  stream: StreamState;
}

// useList reads a list and keeps it as its stream tells. Messages are taken
// together once a frame: asking the EHR anew for thirty patients brings some
// hundred cells within a second.
export function useList(id: string): LiveList {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: keys.list(id),
    queryFn: ({ signal }) => api.getList({ list: id }, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnMount: "always",
    gcTime: 0,
  });
  const change = useCallback(
    (fn: (view: ListView) => ListView) => {
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
    change((view) =>
      events.reduce((now, event) => {
        const next = applyEvent(now, event);
        again ||= next === undefined || (begun.current && missedReading(now, event));
        begun.current = event.kind === "hello" || (begun.current && event.kind !== "refresh");
        return next ?? now;
      }, view),
    );
    if (again) void refetch();
  }, [change, refetch]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const onEvent = useCallback(
    (event: Event) => {
      waitingEvents.current.push(event);
      timer.current ??= setTimeout(flush, 16);
    },
    [flush],
  );
  const { state } = useListStream(id, query.data?.seq, onEvent);
  return { data: query.data, error: query.error, reload: refetch, change, stream: state };
}

// withCell puts a cell into a view.
export function withCell(view: ListView, entry: string, column: string, cell: Cell): ListView {
  return {
    ...view,
    entries: view.entries.map((e) => (e.id === entry ? { ...e, cells: { ...e.cells, [column]: cell } } : e)),
  };
}
