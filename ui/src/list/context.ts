import { createContext, use } from "react";
import type { Cell, Column, Entry, Item, Mark, Role } from "../api/gen";

// A Place is one cell: of an entry, in a column ("bed" is one too).
export interface CellPlace {
  entry: string;
  column: string;
}

// Actions are what a person can do in a row. The object stays the same while
// the page is open, so that rows are not drawn again for it.
export interface Actions {
  open(entry: string): void;
  edit(place: CellPlace | null): void;
  select(entry: string, on: boolean): void;
  menu(entry: string, anchor: HTMLElement): void;
  mark(marks: readonly Mark[], anchor: HTMLElement): void;
  // saveField changes one of our own cells; it resolves when the cell may
  // close. A conflict opens its dialog, with what was typed.
  saveField(entry: Entry, column: Column, value: FieldValue, base: number): Promise<boolean>;
  addTodo(entry: Entry, todo: { text: string; owner: string; due: string }): Promise<boolean>;
  changeTodo(entry: Entry, item: Item, change: TodoChange): Promise<boolean>;
  deleteTodo(entry: Entry, item: Item): Promise<void>;
  addNote(entry: Entry, text: string): Promise<boolean>;
  showNew(): void;
}

export type FieldValue = string | number | boolean | null;

export interface TodoChange {
  text?: string;
  owner?: string;
  due?: string;
  done?: boolean;
}

// A RowPlace is what all rows share.
export interface RowPlace {
  actions: Actions;
  role: Role;
  me: string;
  people: Readonly<Record<string, string>>;
  // units are those that stand in a column's head, as all its values have them.
  units: Readonly<Record<string, string>>;
  // refreshed is when the EHR was last read whole: a value that is older says
  // its age.
  refreshed: string | undefined;
  // trouble is why the EHR as a whole was not read the last time: it stands
  // above the list, and not once more in each of its cells.
  trouble: string | undefined;
  // today is the date in the ward. Times of today stand without it, so that all
  // cells are written anew when it is another.
  today: string;
}

export const Rows = createContext<RowPlace | null>(null);

export function useRows(): RowPlace {
  const place = use(Rows);
  if (place === null) throw new Error("useRows outside of a list");
  return place;
}

// mayEdit tells whether this person may change a column's cells of an entry.
export function mayEdit(role: Role, column: Column, entry: Entry): boolean {
  if (column.ehr || !column.type || entry.state === "mismatch") return false;
  return column.editBy === "owner" ? role === "owner" : role === "owner" || role === "member";
}

// isAged tells a value that the last whole reading of the EHR did not bring.
export function isAged(cell: Cell, refreshed: string | undefined): boolean {
  if (!cell.asOf || cell.asOf.startsWith("0001-")) return false;
  if (cell.status === "failed") return true;
  return refreshed !== undefined && Date.parse(refreshed) - Date.parse(cell.asOf) > 60_000;
}
