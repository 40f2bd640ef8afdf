import { waitFor } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { ApiProblem, createApi } from "../api/gen";
import { json, problem } from "../test/server";
import { codeOf, conflictOf, gatedSend } from "./api";
import { Gate } from "./gate";
import { timeNow } from "./time";

function server(...answers: (Response | Error)[]) {
  const fetcher = vi.fn(async (_url: string, _init?: RequestInit) => {
    const next = answers.shift();
    if (next === undefined) throw new Error("no more answers");
    if (next instanceof Error) throw next;
    return next;
  });
  const gate = new Gate();
  return { fetcher, gate, api: createApi(gatedSend(fetcher as unknown as typeof fetch, gate)) };
}

describe("a call while the session has ended", () => {
  it("waits, and goes out again with the same text when the person is back", async () => {
    const { api, gate, fetcher } = server(problem(401, "not-signed-in"), json({ id: "n1" }));
    const saved = api.addNote({ entry: "e1", text: "what was typed" });
    await waitFor(() => expect(gate.state()).toBe("expired"));
    gate.open(true);
    expect(await saved).toEqual({ id: "n1" });
    expect(fetcher).toHaveBeenCalledTimes(2);
    expect(fetcher.mock.calls[1]?.[1]?.body).toBe(fetcher.mock.calls[0]?.[1]?.body);
  });

  it("is given up when someone else signs in", async () => {
    const { api, gate, fetcher } = server(problem(401, "not-signed-in"));
    const saved = api.addNote({ entry: "e1", text: "mine" });
    await waitFor(() => expect(gate.state()).toBe("expired"));
    gate.open(false);
    await expect(saved).rejects.toMatchObject({ status: 401 });
    expect(fetcher).toHaveBeenCalledTimes(1);
  });

  it("ends when the page no longer wants it", async () => {
    const { api, gate } = server(problem(401, "not-signed-in"));
    const abort = new AbortController();
    const read = api.getList({ list: "l1" }, { signal: abort.signal });
    await waitFor(() => expect(gate.state()).toBe("expired"));
    abort.abort();
    await expect(read).rejects.toThrow();
  });

  it("a refused sign-in does not close the gate", async () => {
    const { api, gate } = server(problem(401, "wrong-password"));
    await expect(api.signIn({ username: "a", password: "b" })).rejects.toMatchObject({
      code: "wrong-password",
    });
    expect(gate.state()).toBe("open");
  });
});

describe("Gate", () => {
  it("keeps being locked when a call finds the session gone", () => {
    const gate = new Gate();
    gate.close("locked");
    gate.close("expired");
    expect(gate.state()).toBe("locked");
  });
  it("tells who listens", () => {
    const gate = new Gate();
    const heard = vi.fn();
    const off = gate.subscribe(heard);
    gate.close("expired");
    gate.open(true);
    off();
    gate.close("expired");
    expect(heard).toHaveBeenCalledTimes(2);
  });
});

describe("a failure", () => {
  it("without a connection has the code offline", async () => {
    const { api } = server(new TypeError("Failed to fetch"));
    await expect(api.getSession()).rejects.toMatchObject({ code: "offline", status: 0 });
  });
  it("of an edit that was overtaken holds what is there", async () => {
    const { api } = server(problem(412, "conflict", { current: { text: "theirs" } }));
    const error = await api.changeNote({ note: "n1", version: 1, text: "mine" }).catch((e: unknown) => e);
    expect(conflictOf(error)).toEqual({ text: "theirs" });
    expect(conflictOf(new ApiProblem(409, {}))).toBeUndefined();
    expect(codeOf(error)).toBe("conflict");
    expect(codeOf(new Error("x"))).toBe("internal");
  });
});

it("the time goes by what the server's answers say it is", async () => {
  const dated = (at: number) =>
    new Response("{}", { headers: { "Content-Type": "application/json", Date: new Date(at).toUTCString() } });
  const yesterday = Date.now() - 86_400_000;
  const { api } = server(dated(yesterday), dated(Date.now()));
  await api.getSession();
  expect(Math.abs(timeNow() - yesterday)).toBeLessThan(60_000);
  await api.getSession();
  expect(Math.abs(timeNow() - Date.now())).toBeLessThan(1000);
});
