import { useMemo, useRef, useState } from "react";
import type { Cell, Column, Entry, Item, Mark, Todo } from "../api/gen";
import {
  api,
  conflictOf,
  rawOf,
  reasonText,
  type T,
  type Toast,
  useSession,
  useT,
  useToast,
} from "../common";
import type { Actions, CellPlace, FieldValue, TodoChange } from "./context";
import { firstItem } from "./model";
import { type LiveList, withCell } from "./useList";

// A CellConflict is an edit that someone else's overtook: what was typed, and
// what is there now.
export interface CellConflict {
  entry: Entry;
  column: Column;
  mine: FieldValue;
  theirs: Cell;
  // removes is set where what is there was to be deleted.
  removes?: boolean;
  // keep saves a value over theirs; it resolves when that is done.
  keep(value: FieldValue): Promise<boolean>;
  // decide ends the editing: the cell was saved or given up.
  decide(saved: boolean): void;
}

// Surfaces are what a row can open beside itself.
export interface Surfaces {
  open(entry: string): void;
  setEditing(place: CellPlace | null): void;
  setSelected(entry: string, on: boolean): void;
  setMenu(menu: { entry: string; anchor: HTMLElement }): void;
  setMarks(marks: { marks: readonly Mark[]; anchor: HTMLElement }): void;
  showNew(): void;
}

// useActions gives what can be done in a row. What is saved shows at once; when
// the server refuses, what was there comes back.
export function useActions(live: LiveList, surfaces: Surfaces) {
  const t = useT();
  const toast = useToast();
  const { person } = useSession();
  const [conflict, setConflict] = useState<CellConflict | null>(null);
  const latest = useRef({ live, surfaces, t, toast, me: person.id });
  latest.current = { live, surfaces, t, toast, me: person.id };
  const actions = useMemo(
    () => ({ ...opening(() => latest.current.surfaces), ...saving(() => latest.current, setConflict) }),
    [],
  );
  return { actions: actions as Actions, conflict, setConflict };
}

function opening(now: () => Surfaces) {
  return {
    open: (entry: string) => now().open(entry),
    edit: (place: CellPlace | null) => now().setEditing(place),
    select: (entry: string, on: boolean) => now().setSelected(entry, on),
    menu: (entry: string, anchor: HTMLElement) => now().setMenu({ entry, anchor }),
    mark: (marks: readonly Mark[], anchor: HTMLElement) => now().setMarks({ marks, anchor }),
    showNew: () => now().showNew(),
  };
}

interface Latest {
  live: LiveList;
  t: T;
  toast: (toast: Toast) => void;
  me: string;
}

function saving(now: () => Latest, setConflict: (conflict: CellConflict | null) => void) {
  const failed = (error: unknown) => {
    const { t, toast } = now();
    toast({ text: t("list.save.failed", { why: reasonText(t, error) }), tone: "failed" });
  };
  const put = (entry: string, column: string, cell: Cell) =>
    now().live.change((v) => withCell(v, entry, column, cell));
  const bed = (entry: string, text: string, from: string) =>
    now().live.change((v) => ({
      ...v,
      entries: v.entries.map((e) => (e.id === entry ? { ...e, bed: text, bedFrom: from } : e)),
    }));

  // What the server has of cells whose edits are on their way. While there is a
  // later one, its value stays to be seen.
  const onTheWay = new Map<string, { edits: number; cell: Cell; bed?: string; from?: string }>();

  // ask lets the person choose between two texts.
  const ask = (conflict: Omit<CellConflict, "decide">) =>
    new Promise<boolean>((resolve) => {
      const decide = (saved: boolean) => {
        setConflict(null);
        resolve(saved);
      };
      setConflict({ ...conflict, decide });
    });

  const saveField = async (
    entry: Entry,
    column: Column,
    value: FieldValue,
    base: number,
  ): Promise<boolean> => {
    const before = entry.cells[column.key] ?? { status: "none" as const };
    const isBed = column.key === "bed";
    const place = `${entry.id} ${column.key}`;
    const kept = onTheWay.get(place) ?? { edits: 0, cell: before, bed: entry.bed, from: entry.bedFrom };
    onTheWay.set(place, kept);
    kept.edits++;
    put(entry.id, column.key, shownCell(column, value, before, now().me));
    if (isBed && value !== null) bed(entry.id, String(value), "own");
    const answered = (cell: Cell, saved: boolean) => {
      kept.cell = cell;
      if (saved && value !== null) [kept.bed, kept.from] = [String(value), "own"];
      if (--kept.edits > 0) return;
      onTheWay.delete(place);
      put(entry.id, column.key, kept.cell);
      if (isBed && !saved) bed(entry.id, kept.bed ?? "", kept.from ?? "");
    };
    try {
      answered(
        await api.setField({ entry: entry.id, column: column.key, base, value: value as never }),
        true,
      );
      return true;
    } catch (error) {
      const theirs = conflictOf<Cell>(error);
      answered(theirs ?? kept.cell, false);
      if (!theirs) {
        failed(error);
        return false;
      }
      const keep = (next: FieldValue) => saveField(entry, column, next, theirs.seq ?? 0);
      return ask({ entry, column, mine: value, theirs, keep });
    }
  };

  return {
    saveField,
    ...todos(now, put, failed, ask),
    addNote: async (entry: Entry, text: string) => {
      try {
        const note = await api.addNote({ entry: entry.id, text });
        const item: Item = { id: note.id, text: note.text, current: true, owner: note.by, time: note.at };
        now().live.change((v) => {
          const cell = v.entries.find((e) => e.id === entry.id)?.cells.note;
          if (cell?.items?.some((i) => i.id === note.id)) return v;
          return withCell(v, entry.id, "note", {
            ...cell,
            status: "loaded",
            items: [item, ...(cell?.items ?? [])],
          });
        });
        return true;
      } catch (error) {
        failed(error);
        return false;
      }
    },
  };
}

function todos(
  now: () => Latest,
  put: (entry: string, column: string, cell: Cell) => void,
  failed: (error: unknown) => void,
  ask: (conflict: Omit<CellConflict, "decide">) => Promise<boolean>,
) {
  const cellOf = (entry: string): Cell =>
    now().live.data?.entries.find((e) => e.id === entry)?.cells.todo ?? { status: "none" };
  const change = (entry: string, fn: (items: Item[]) => Item[]) => {
    const cell = cellOf(entry);
    const items = fn(cell.items ?? []);
    put(entry, "todo", { ...cell, status: items.length > 0 ? "loaded" : "none", items });
  };
  const methods = {
    addTodo: async (entry: Entry, todo: { text: string; owner: string; due: string }) => {
      try {
        const made = await api.addTodo({ entry: entry.id, ...todo });
        const item: Item = {
          id: made.id,
          text: made.text,
          owner: made.owner,
          due: made.due,
          current: true,
          version: made.version,
        };
        change(entry.id, (items) => (items.some((i) => i.id === made.id) ? items : [...items, item]));
        return true;
      } catch (error) {
        failed(error);
        return false;
      }
    },
    changeTodo: async (entry: Entry, item: Item, todo: TodoChange): Promise<boolean> => {
      const set = (next: Item) =>
        change(entry.id, (items) => items.map((i) => (i.id === item.id ? next : i)));
      set({ ...item, ...todo });
      try {
        const made = await api.changeTodo({ todo: item.id, version: item.version ?? 0, ...todo });
        set(shownTodo(item, made));
        return true;
      } catch (error) {
        const theirs = conflictOf<Todo>(error);
        set(theirs ? shownTodo(item, theirs) : item);
        if (!theirs || todo.text === undefined) {
          failed(error);
          return false;
        }
        const now = shownTodo(item, theirs);
        return ask({
          entry,
          column: { key: "todo", group: "own" },
          mine: todo.text,
          theirs: { status: "loaded", by: theirs.by, asOf: theirs.at, items: [now] },
          keep: (text) => methods.changeTodo(entry, now, { ...todo, text: String(text ?? "") }),
        });
      }
    },
    deleteTodo: async (entry: Entry, item: Item) => {
      const before = cellOf(entry.id);
      change(entry.id, (items) => items.filter((i) => i.id !== item.id));
      try {
        await api.deleteTodo({ todo: item.id, version: item.version ?? 0 });
        const { text, owner = "", due = "" } = item;
        now().toast({
          text: now().t("todo.deleted"),
          undo: () => void methods.addTodo(entry, { text, owner, due }),
        });
      } catch (error) {
        put(entry.id, "todo", before);
        const theirs = conflictOf<Todo>(error);
        if (!theirs) return failed(error);
        const now = shownTodo(item, theirs);
        change(entry.id, (items) => items.map((i) => (i.id === item.id ? now : i)));
        await ask({
          entry,
          column: { key: "todo", group: "own" },
          mine: "",
          theirs: { status: "loaded", items: [now] },
          removes: true,
          keep: () => methods.deleteTodo(entry, now).then(() => true),
        });
      }
    },
  };
  return methods;
}

// shownTodo is a to-do as an entry of its cell.
function shownTodo(item: Item, todo: Todo): Item {
  const { text, done, owner, due, version } = todo;
  return { ...item, text, done, owner, due, version, current: !done };
}

// shownCell is what a cell shows until the server has answered.
export function shownCell(column: Column, value: FieldValue, before: Cell, me: string): Cell {
  if (value === null || value === "") return { ...before, status: "none", items: [], by: me };
  const old = firstItem(before);
  const item: Item = { id: old?.id ?? column.key, text: String(value), current: true };
  if (column.type === "person") item.owner = String(value);
  return { ...before, status: "loaded", items: [item], by: me };
}

// conflictText is a value as text, for comparing.
export function conflictText(value: FieldValue): string {
  return value === null ? "" : String(value);
}

export function theirText(conflict: CellConflict): string {
  return rawOf(conflict.column, firstItem(conflict.theirs));
}
