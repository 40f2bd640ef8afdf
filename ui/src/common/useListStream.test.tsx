import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { expect, it, vi } from "vitest";
import { events, problem, serve } from "../test/server";
import { useListStream } from "./stream";

const client = new QueryClient();
const wrapper = (props: { children: ReactNode }) => (
  <QueryClientProvider client={client}>{props.children}</QueryClientProvider>
);

it("begins each list where that list was read", async () => {
  const stay = () => new Promise<Response>(() => {});
  const calls = serve({
    "GET /api/patients/lists/a/stream": stay,
    "GET /api/patients/lists/b/stream": stay,
  });
  const { rerender } = renderHook((p) => useListStream(p.list, p.seq, () => {}), {
    initialProps: { list: "a", seq: undefined as number | undefined },
    wrapper,
  });
  expect(calls).toEqual([]);
  rerender({ list: "a", seq: 100 });
  rerender({ list: "a", seq: 120 });
  rerender({ list: "b", seq: 90 });
  await waitFor(() =>
    expect(calls.map((c) => c.url)).toEqual([
      "/api/patients/lists/a/stream?after=100",
      "/api/patients/lists/b/stream?after=90",
    ]),
  );
});

it("hands events to the newest handler without beginning anew", async () => {
  const answers = [events({ seq: 1, kind: "hello" }, { seq: 2, kind: "list" })];
  const calls = serve({
    "GET /api/patients/lists/a/stream": () => answers.shift() ?? new Promise<Response>(() => {}),
  });
  const old = vi.fn();
  const now = vi.fn();
  const { rerender, result } = renderHook((p) => useListStream("a", 0, p.on), {
    initialProps: { on: old },
    wrapper,
  });
  rerender({ on: now });
  await waitFor(() => expect(now).toHaveBeenCalledTimes(2));
  expect(old).not.toHaveBeenCalled();
  expect(calls).toHaveLength(1);
  await waitFor(() => expect(result.current.state).toBe("live"));
});

// A page went on showing what was read of a space that its reader had been put
// out of.
it("has everything read again when it may not be followed any more", async () => {
  serve({ "GET /api/patients/lists/a/stream": () => problem(404, "not-found") });
  const again = vi.spyOn(client, "invalidateQueries");
  renderHook(() => useListStream("a", 0, () => {}), { wrapper });
  await waitFor(() =>
    expect(again.mock.calls.map(([filter]) => filter?.queryKey)).toEqual([["space"], ["list"], ["patient"]]),
  );
});
