import type { Api } from "../api/gen";

// A Line is one's own edits of one thing that are on their way.
interface Line {
  count: number;
  ends: Promise<unknown>;
  // Between from and to there is nothing but one's own edits.
  from: number;
  to: number;
}

// withTurns sends one's own edits of one thing one after the other. One that was
// asked for before the one in front of it was answered is over what that one
// made of it: nobody is in conflict with oneself. What somebody else wrote in
// between still is refused.
export function withTurns(api: Api): Api {
  const lines = new Map<string, Line>();

  async function inTurn<A>(
    what: string,
    seen: number,
    send: (seen: number) => Promise<A>,
    numberOf: (answer: A) => number | undefined,
  ): Promise<A> {
    const line = lines.get(what) ?? { count: 0, ends: Promise.resolve(), from: seen, to: seen };
    lines.set(what, line);
    line.count++;
    const turn = line.ends.then(async () => {
      try {
        const own = line.from <= seen && seen <= line.to;
        const over = own ? line.to : seen;
        const answer = await send(over);
        if (!own) line.from = seen;
        line.to = Math.max(over, numberOf(answer) ?? 0);
        return answer;
      } finally {
        if (--line.count === 0) lines.delete(what);
      }
    });
    line.ends = turn.catch(() => {});
    return turn;
  }

  return {
    ...api,
    setField: (edit, options) =>
      inTurn(
        `${edit.entry} ${edit.column}`,
        edit.base,
        (base) => api.setField({ ...edit, base }, options),
        (cell) => cell.seq,
      ),
    changeTodo: (edit, options) =>
      inTurn(
        edit.todo,
        edit.version,
        (version) => api.changeTodo({ ...edit, version }, options),
        (todo) => todo.version,
      ),
    deleteTodo: (edit, options) =>
      inTurn(
        edit.todo,
        edit.version ?? 0,
        (version) => api.deleteTodo({ ...edit, version }, options),
        () => undefined,
      ),
    changeNote: (edit, options) =>
      inTurn(
        edit.note,
        edit.version,
        (version) => api.changeNote({ ...edit, version }, options),
        (note) => note.version,
      ),
    changeList: (edit, options) =>
      inTurn(
        edit.list,
        edit.version,
        (version) => api.changeList({ ...edit, version }, options),
        (list) => list.version,
      ),
  };
}
