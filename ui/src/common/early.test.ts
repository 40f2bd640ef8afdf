import { waitFor } from "@testing-library/react";
import { expect, it, test, vi } from "vitest";
import { createApi } from "../api/gen";
import { json, problem } from "../test/server";
import { gatedSend } from "./api";
import { askEarly, neededBy, startOf, withEarly } from "./early";
import { Gate } from "./gate";

test.each([
  ["/patients/s/a/l/b", { space: "a", page: "list", list: "b" }],
  ["/patients/s/a/l/b/", { space: "a", page: "list", list: "b" }],
  ["/patients/s/a/l/b/p/c", { space: "a", page: "patient", list: "b", entry: "c" }],
  ["/patients/s/a/l/b/round", { space: "a", page: "round", list: "b" }],
  ["/patients/s/a/l/b/print", { space: "a" }],
  ["/patients/s/a/lists", { space: "a" }],
  ["/patients/s/a%2Fb/l/c", {}],
  ["/patients/s/a/l/b%2Fc", { space: "a" }],
  ["/patients/", {}],
  ["/patients/welcome", {}],
])("%s begins with %o", (path, start) => {
  expect(startOf(path)).toEqual({ space: undefined, ...start });
});

it("asks as the client does, for what the pages read first", async () => {
  const asked: [string, RequestInit][] = [];
  const fetcher = async (url: unknown, init?: RequestInit) => {
    asked.push([String(url), init ?? {}]);
    return json({});
  };
  for (const path of ["/patients/s/s1/l/l1", "/patients/s/s1/l/l1/p/e1"])
    askEarly(neededBy(startOf(path)), fetcher);
  const early = new Map(asked.splice(0));
  const api = createApi(fetcher);
  await Promise.all([
    api.getSession(),
    api.getSpace({ space: "s1" }),
    api.getList({ list: "l1" }),
    api.getPatient({ entry: "e1" }),
  ]);
  expect(early).toEqual(new Map(asked));
});

// begun is a client on a page whose first script asked for a list. Answers come
// in turn: the first is the early one.
function begun(...answers: (Response | Error)[]) {
  const fetcher = vi.fn(async () => {
    const next = answers.shift();
    if (next === undefined) throw new Error("no more answers");
    if (next instanceof Error) throw next;
    return next;
  });
  const early = askEarly(["/api/patients/lists/l1"], fetcher);
  const gate = new Gate();
  return { fetcher, gate, api: createApi(gatedSend(withEarly(early, fetcher), gate)) };
}

it("gives an early answer to the first who asks, and to nobody else", async () => {
  const { api, fetcher } = begun(json({ seq: 1 }), json({ seq: 2 }));
  expect(await api.getList({ list: "l1" })).toEqual({ seq: 1 });
  expect(fetcher).toHaveBeenCalledTimes(1);
  expect(await api.getList({ list: "l1" })).toEqual({ seq: 2 });
  expect(fetcher).toHaveBeenCalledTimes(2);
});

it("keeps an early answer for the next who asks when the first gives up", async () => {
  let answer = (_: Response) => {};
  const fetcher = vi.fn(
    () =>
      new Promise<Response>((resolve) => {
        answer = resolve;
      }),
  );
  const api = createApi(withEarly(askEarly(["/api/patients/lists/l1"], fetcher), fetcher));
  const first = new AbortController();
  const given = api.getList({ list: "l1" }, { signal: first.signal });
  first.abort();
  await expect(given).rejects.toMatchObject({ name: "AbortError" });
  await expect(api.getList({ list: "l1" }, { signal: first.signal })).rejects.toBe(first.signal.reason);
  const next = api.getList({ list: "l1" }, { signal: new AbortController().signal });
  answer(json({ seq: 1 }));
  expect(await next).toEqual({ seq: 1 });
  expect(fetcher).toHaveBeenCalledTimes(1);
});

it("gives an early answer to one of two who ask at the same time", async () => {
  const { api, fetcher } = begun(json({ seq: 1 }), json({ seq: 2 }));
  const both = await Promise.all([api.getList({ list: "l1" }), api.getList({ list: "l1" })]);
  expect(both).toEqual([{ seq: 1 }, { seq: 2 }]);
  expect(fetcher).toHaveBeenCalledTimes(2);
});

it("gives nothing early to another address, or to a change", async () => {
  const { api, fetcher } = begun(json({ seq: 1 }), json({ seq: 2 }), json({ version: 3 }));
  expect(await api.getList({ list: "l2" })).toEqual({ seq: 2 });
  expect(await api.changeList({ list: "l1", version: 2, default: true })).toEqual({ version: 3 });
  expect(fetcher).toHaveBeenCalledTimes(3);
});

it("gives an early refusal as it is", async () => {
  const { api, fetcher } = begun(problem(404, "not-found"));
  await expect(api.getList({ list: "l1" })).rejects.toMatchObject({ status: 404, code: "not-found" });
  expect(fetcher).toHaveBeenCalledTimes(1);
});

it("asks again where an early request did not come through", async () => {
  const { api, fetcher } = begun(new TypeError("no network"), json({ seq: 2 }));
  expect(await api.getList({ list: "l1" })).toEqual({ seq: 2 });
  expect(fetcher).toHaveBeenCalledTimes(2);
});

it("is offline where the second request does not come through either", async () => {
  const { api } = begun(new TypeError("no network"), new TypeError("no network"));
  await expect(api.getList({ list: "l1" })).rejects.toMatchObject({ status: 0, code: "offline" });
});

it("waits at the gate where nobody is signed in, early or not", async () => {
  const { api, gate } = begun(problem(401, "not-signed-in"), problem(401, "not-signed-in"), json({ seq: 3 }));
  const list = api.getList({ list: "l1" });
  await waitFor(() => expect(gate.state()).toBe("expired"));
  gate.open(true);
  expect(await list).toEqual({ seq: 3 });
});

it("gives nothing that was asked for before somebody signed in", async () => {
  const { api } = begun(json({ seq: 1 }), json({ person: { id: "p2" } }), json({ seq: 2 }));
  await api.signIn({ username: "other", password: "a long pass phrase" });
  expect(await api.getList({ list: "l1" })).toEqual({ seq: 2 });
});
