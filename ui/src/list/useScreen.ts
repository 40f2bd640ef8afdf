import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { useLocation } from "wouter";
import type { Filter, ListView, Mark, View } from "../api/gen";
import { api, keys, paths, reasonText, setFlags, useSession, useT, useToast } from "../common";
import { shownColumns } from "./arrange";
import type { CellPlace } from "./context";
import { indexMarks, leftBy, type MarkIndex } from "./model";
import { warningsByEntry } from "./names";
import { type CellConflict, useActions } from "./useActions";
import { useEntryCommands } from "./useEntries";
import { useHeld } from "./useHeld";
import type { LiveList } from "./useList";
import { useSeen } from "./useSeen";

export type Panel = "add" | "columns" | "export" | "help" | "seen" | "move" | "copy";

// useScreen is what the list's page knows and can do.
export function useScreen(live: LiveList, data: ListView) {
  const t = useT();
  const toast = useToast();
  const client = useQueryClient();
  const { person } = useSession();
  const [, go] = useLocation();
  const [panel, setPanel] = useState<Panel | null>(() => (isAddAsked() ? "add" : null));
  useEffect(forgetAddAsked, []);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [acting, setActing] = useState<readonly string[]>([]);
  const [editing, setEditing] = useState<CellPlace | null>(null);
  const [menu, setMenu] = useState<{ entry: string; anchor: HTMLElement } | null>(null);
  const [markMenu, setMarkMenu] = useState<{ marks: readonly Mark[]; anchor: HTMLElement } | null>(null);
  const [text, setText] = useState("");

  const view = useMemo(() => ({ ...data.view, filter: { ...data.view.filter, text } }), [data.view, text]);
  const before = useRef<MarkIndex | undefined>(undefined);
  const marks = useMemo(() => {
    before.current = indexMarks(data.marks, before.current);
    return before.current;
  }, [data.marks]);
  // Another order leaves the columns the same object, so that no row is drawn again for it.
  const { columns: offered } = data;
  const chosen = data.view.columns;
  const columns = useMemo(
    () => shownColumns({ columns: offered, view: { columns: chosen } }),
    [offered, chosen],
  );
  const warnings = useMemo(() => warningsByEntry(data.names), [data.names]);
  const held = useHeld(data, marks, view, t.locale);

  // What the person did themselves is shown in its place as soon as it is here.
  const wanted = useRef(false);
  useEffect(() => {
    if (wanted.current && held.waiting.added.length > 0) {
      wanted.current = false;
      held.again();
    }
  }, [held]);
  const showSoon = () => {
    wanted.current = true;
  };

  const open = (entry: string) => {
    const order = held.shown.lines.flatMap((line) => (line.kind === "entry" ? [line.id] : []));
    sessionStorage.setItem(`wb.order.${data.list.id}`, JSON.stringify(order));
    sessionStorage.setItem(`wb.at.${data.list.id}`, entry);
    go(paths.patient(data.list.space, data.list.id, entry));
  };
  const select = (entry: string, on: boolean) =>
    setSelected((old) => {
      const next = new Set(old);
      if (on) next.add(entry);
      else next.delete(entry);
      return next;
    });
  const { actions, conflict, setConflict } = useActions(live, {
    open,
    setEditing,
    setSelected: select,
    setMenu,
    setMarks: setMarkMenu,
    showNew: held.again,
  });
  const setView = useViewChange(live, data, setText);
  const seen = useSeen(live);
  const entries = useEntryCommands(live, held, showSoon);
  const act = async (what: Promise<unknown>) => {
    try {
      await what;
    } catch (error) {
      toast({ text: t("list.save.failed", { why: reasonText(t, error) }), tone: "failed" });
    }
  };
  return {
    t,
    data,
    live,
    view,
    marks,
    columns,
    warnings,
    held,
    panel,
    setPanel,
    selected,
    setSelected,
    acting,
    setActing,
    editing,
    setEditing,
    menu,
    setMenu,
    markMenu,
    setMarkMenu,
    actions,
    conflict: conflict as CellConflict | null,
    setConflict,
    setView,
    seen,
    entries,
    showSoon,
    left: useMemo(() => leftBy(data.removed, person.id), [data.removed, person.id]),
    // How asking goes, the stream tells: its end may come before the answer that
    // says that it began.
    refresh: () => act(api.refreshList({ list: data.list.id })),
    changeList: (change: { default?: boolean; hideUnoccupied?: boolean }) =>
      act(
        setFlags(data.list, change).then((list) => {
          live.change((v) => ({ ...v, list: { ...v.list, ...list } }));
          void client.invalidateQueries({ queryKey: keys.lists(list.space) });
        }),
      ),
  };
}

export type Screen = ReturnType<typeof useScreen>;

// useViewChange keeps how a person likes the list, but for the text they look
// for: that may be a name, and is nobody's setting.
function useViewChange(live: LiveList, data: ListView, setText: (text: string) => void) {
  const t = useT();
  const toast = useToast();
  return (change: Partial<View>) => {
    if (change.filter) setText(change.filter.text ?? "");
    const next: View = { ...data.view, ...change };
    const filter: Filter = { ...next.filter };
    delete filter.text;
    next.filter = filter;
    if (JSON.stringify(next) === JSON.stringify({ ...data.view, filter: { ...data.view.filter } })) return;
    live.change((v) => ({ ...v, view: next }));
    api.setView({ list: data.list.id, ...next }).catch((error: unknown) => {
      toast({ text: t("list.save.failed", { why: reasonText(t, error) }), tone: "failed" });
    });
  };
}

function isAddAsked(): boolean {
  return new URLSearchParams(location.search).get("add") === "1";
}

// forgetAddAsked takes the wish out of the address, so that a page that is
// loaded again does not open the dialog again.
function forgetAddAsked(): void {
  if (isAddAsked()) history.replaceState(history.state, "", location.pathname);
}
