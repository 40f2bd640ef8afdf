import { expect, it } from "vitest";
import { type Api, ApiProblem, type Cell, type FieldInput } from "../api/gen";
import { withTurns } from "./turns";

// A server of one cell: it refuses what was overtaken, and answers when told to.
function server() {
  const cell = { status: "loaded", seq: 5 } satisfies Cell;
  const asked: number[] = [];
  const waiting: (() => void)[] = [];
  const setField = async (edit: FieldInput): Promise<Cell> => {
    asked.push(edit.base);
    await new Promise<void>((resolve) => waiting.push(resolve));
    if (cell.seq > edit.base) throw new ApiProblem(412, { code: "conflict" });
    cell.seq += 2;
    return { ...cell };
  };
  const api = withTurns({ setField } as unknown as Api);
  const edit = (base: number, column = "severity") =>
    api.setField({ entry: "e", column, base, value: "stable" }).then(
      (answer) => answer.seq,
      (error) => (error as ApiProblem).status,
    );
  const answer = async () => {
    await expect.poll(() => waiting.length).toBe(1);
    waiting.shift()?.();
  };
  return { cell, asked, edit, answer };
}

it("sends one's own edits of a cell one after the other, each over what the one before made of it", async () => {
  const { asked, edit, answer } = server();
  const edits = [edit(5), edit(5), edit(5)];
  for (const _ of edits) await answer();
  expect(await Promise.all(edits)).toEqual([7, 9, 11]);
  expect(asked).toEqual([5, 7, 9]);
});

it("is in conflict with what somebody else wrote before, and in between", async () => {
  const { cell, asked, edit, answer } = server();
  const edits = [edit(5), edit(4)];
  await answer();
  await answer();
  expect(await Promise.all(edits)).toEqual([7, 412]);
  const more = [edit(7), edit(7)];
  await answer();
  expect(await more[0]).toBe(9);
  cell.seq = 20;
  await answer();
  expect(await more[1]).toBe(412);
  expect(asked).toEqual([5, 4, 7, 9]);
});

it("takes what was not known to be there for somebody else's once nothing is on its way", async () => {
  const { edit, answer } = server();
  const first = edit(5);
  await answer();
  await first;
  const later = edit(5);
  await answer();
  expect(await later).toBe(412);
});

it("goes on after one that failed, and keeps no other cell waiting", async () => {
  const { asked, edit, answer } = server();
  const edits = [edit(3), edit(5)];
  await answer();
  await answer();
  expect(await Promise.all(edits)).toEqual([412, 7]);
  void edit(7);
  void edit(7, "owner");
  await expect.poll(() => asked).toEqual([3, 5, 7, 7]);
});
