import { useState } from "react";
import type { PatientView, Todo, TodoPatch } from "../../api/gen";
import { api, type Conflict, conflictOf, reasonText, useT, useToast } from "../../common";
import { usePatientCache } from "../data";

type Change = Pick<TodoPatch, "text" | "owner" | "due" | "done">;

/** A change that someone else's overtook. */
interface Overtaken {
  now: Todo;
  wanted: Change | "remove";
  shown: Conflict;
  /** Ends it: with the to-do saved or given up, or with nothing decided. */
  decide(decided: boolean): void;
}

/** What can be done with to-dos. A change that someone else's overtook shows both. */
export function useTodos(view: PatientView) {
  const t = useT();
  const toast = useToast();
  const { change: cache, reload } = usePatientCache(view.entry.id);
  const [conflict, setConflict] = useState<Overtaken>();

  const put = (todo: Todo) =>
    cache((v) => ({
      ...v,
      todos: v.todos.some((x) => x.id === todo.id)
        ? v.todos.map((x) => (x.id === todo.id ? todo : x))
        : [...v.todos, todo],
    }));
  const fail = (error: unknown) => toast({ text: reasonText(t, error), tone: "failed" });

  const add = async (text: string, owner?: string, due?: string): Promise<boolean> => {
    try {
      put(await api.addTodo({ entry: view.entry.id, text, owner, due }));
      void reload();
      return true;
    } catch (error) {
      fail(error);
      return false;
    }
  };

  /** Shows both until someone decides. */
  const ask = (overtaken: Omit<Overtaken, "decide">) =>
    new Promise<boolean>((resolve) => {
      const decide = (decided: boolean) => {
        setConflict(undefined);
        resolve(decided);
      };
      setConflict({ ...overtaken, decide });
    });

  /** Resolves when the to-do need not be edited any more, or could not be saved. */
  const change = async (todo: Todo, wanted: Change): Promise<boolean> => {
    try {
      put(await api.changeTodo({ todo: todo.id, version: todo.version, ...wanted }));
      void reload();
      return true;
    } catch (error) {
      const now = conflictOf<Todo>(error);
      if (now) {
        put(now);
        const shown = { mine: wanted.text ?? todo.text, theirs: now.text, at: now.at };
        return ask({ now, wanted, shown });
      }
      fail(error);
      return false;
    }
  };

  const remove = async (todo: Todo) => {
    try {
      await api.deleteTodo({ todo: todo.id, version: todo.version });
      cache((v) => ({ ...v, todos: v.todos.filter((x) => x.id !== todo.id) }));
      void reload();
      toast({ text: t("todo.deleted"), undo: () => void add(todo.text, todo.owner, todo.due) });
    } catch (error) {
      const now = conflictOf<Todo>(error);
      if (now) {
        put(now);
        await ask({ now, wanted: "remove", shown: { mine: "", theirs: now.text, removes: true } });
      } else fail(error);
    }
  };

  return {
    add,
    change,
    remove,
    conflict,
    keepMine: (text: string) => {
      if (conflict?.wanted === "remove") void remove(conflict.now).then(() => conflict.decide(true));
      else if (conflict) void change(conflict.now, { ...conflict.wanted, text }).then(conflict.decide);
    },
    take: () => conflict?.decide(true),
    clear: () => conflict?.decide(false),
  };
}
