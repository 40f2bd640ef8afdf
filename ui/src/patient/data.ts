import {
  partialMatchKey,
  type QueryClient,
  queryOptions,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import type { Cell, Entry, Event, Kind, Mark, PatientView, Section } from "../api/gen";
import { ApiProblem, api, identityOf, keys, useListStream } from "../common";

/**
 * A patient's page: our own data, and what was last seen of the record. What is
 * read again while the page is open is the same viewing, which is recorded once.
 */
export function usePatient(entry: string) {
  const open = useRef<string>(undefined);
  return useQuery({
    queryKey: keys.patient(entry),
    queryFn: async ({ signal }) => {
      const view = await api.getPatient({ entry, again: open.current === entry }, { signal });
      open.current = entry;
      return view;
    },
  });
}

/** The record is read while it is surely the patient's, and the one that goes on. */
export function isRead(entry: Entry): boolean {
  return entry.state !== "mismatch" && entry.state !== "merged";
}

/**
 * A section of the record of whom the page shows. Where the answer is of someone
 * else, as the entry was linked to another record meanwhile, it is not given,
 * and the page is read again.
 */
export function sectionQuery(client: QueryClient, entry: Entry, kind: Kind, all = false) {
  return queryOptions({
    queryKey: [...keys.section(entry, kind), all],
    queryFn: async ({ signal }) => {
      const section = await api.getSection({ entry: entry.id, kind, all }, { signal });
      if (section.identity === identityOf(entry)) return section;
      await client.invalidateQueries({ queryKey: keys.patient(entry.id) });
      throw new ApiProblem(412, { code: "conflict" });
    },
  });
}

/** One section of the record. Each is read on its own, so that a slow one keeps no other waiting. */
export function useSection(entry: Entry, kind: Kind, enabled = true) {
  const client = useQueryClient();
  const [all, setAll] = useState(false);
  const key = keys.section(entry, kind);
  const query = useQuery({
    ...sectionQuery(client, entry, kind, all),
    // The first page stands until all of the same section is here.
    placeholderData: (data, before) => (before && partialMatchKey(before.queryKey, key) ? data : undefined),
    staleTime: 60_000,
    enabled,
  });
  return { query, all, showAll: () => setAll(true) };
}

export type SectionQuery = ReturnType<typeof useSection>;

/** The texts of what holds now in a section. */
export function currentOf(section: Section | undefined): string[] {
  return (section?.items ?? []).filter((i) => i.current).map((i) => i.text);
}

/** Gives functions that put what the server answered into the page before it is read again. */
export function usePatientCache(entry: string) {
  const client = useQueryClient();
  const change = useCallback(
    (by: (view: PatientView) => PatientView) => {
      client.setQueryData<PatientView>(keys.patient(entry), (view) => (view ? by(view) : view));
    },
    [client, entry],
  );
  const reload = useCallback(
    () => client.invalidateQueries({ queryKey: keys.patient(entry) }),
    [client, entry],
  );
  return { change, reload };
}

export function withCell(view: PatientView, column: string, cell: Cell): PatientView {
  return withEntry(view, { ...view.entry, cells: { ...view.entry.cells, [column]: cell } });
}

export function withEntry(view: PatientView, entry: Entry): PatientView {
  return { ...view, entry };
}

/**
 * Follows what others do: our own data are read again at once, a section when
 * one of its columns changed. Several messages together lead to one read.
 */
export function usePatientStream(view: PatientView | undefined): void {
  const client = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  useListStream(view?.list.id ?? "", view?.seq, (event) => {
    if (!view || !concerns(event, view.entry.id)) return;
    const kind = view.columns.find((c) => c.key === event.column)?.kind;
    if (kind) void client.invalidateQueries({ queryKey: keys.section(view.entry, kind) });
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      void client.invalidateQueries({ queryKey: keys.patient(view.entry.id) });
    }, 200);
  });
}

export function concerns(event: Event, entry: string): boolean {
  return event.entry === entry || event.kind === "list" || event.kind === "reset" || event.kind === "round";
}

/**
 * Tells the server on leaving what was on the screen, so that its marks are
 * gone next time (PAL-0890), for this person only.
 */
export function useSeenOnLeaving(view: PatientView | undefined): void {
  const shown = useRef<PatientView>(undefined);
  const entry = view?.entry.id;
  const client = useQueryClient();
  // Not while rendering: when the next patient is drawn, this still has to be the one who is left.
  useEffect(() => {
    shown.current = view;
  }, [view]);
  useEffect(() => {
    if (entry === undefined) return;
    return () => {
      const last = shown.current?.entry.id === entry ? shown.current : undefined;
      // What was withheld was not seen.
      if (!last || last.marks.length === 0 || last.entry.state === "mismatch") return;
      client.setQueryData<PatientView>(keys.patient(entry), (v) => (v ? { ...v, marks: [] } : v));
      void api
        .markSeen({ list: last.list.id, entry, upTo: last.seq })
        .finally(() => client.invalidateQueries({ queryKey: keys.patient(entry) }))
        .then(() => client.invalidateQueries({ queryKey: keys.list(last.list.id) }))
        .catch(() => {});
    };
  }, [entry, client]);
}

/** The marks of one column, or of all columns that a section is made of. */
export function marksFor(view: PatientView, wanted: { column?: string; kind?: Kind }): Mark[] {
  const columns =
    wanted.column !== undefined
      ? [wanted.column]
      : view.columns.filter((c) => c.kind === wanted.kind).map((c) => c.key);
  return view.marks.filter((m) => columns.includes(m.column));
}
