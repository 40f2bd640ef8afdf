import { describe, expect, it } from "vitest";
import { ApiProblem, createApi, type Event, type Send } from "./gen";

interface Sent {
  url: string;
  init: RequestInit;
}

/** A server that answers everything alike, and remembers what it was asked. */
function server(answer: () => Response): { send: Send; sent: Sent[] } {
  const sent: Sent[] = [];
  return {
    sent,
    send: (url, init) => {
      sent.push({ url, init });
      return Promise.resolve(answer());
    },
  };
}

const json =
  (body: unknown, status = 200, type = "application/json") =>
  () =>
    new Response(JSON.stringify(body), { status, headers: { "Content-Type": type, "X-Request-Id": "R1" } });

/** An answer that arrives in pieces, cut anywhere. */
function pieces(...texts: (string | Uint8Array)[]): () => Response {
  return () =>
    new Response(
      new ReadableStream({
        start(controller) {
          for (const text of texts) {
            controller.enqueue(typeof text === "string" ? new TextEncoder().encode(text) : text);
          }
          controller.close();
        },
      }),
    );
}

describe("the client", () => {
  it("puts what belongs into the path there, and the rest into the body", async () => {
    const { send, sent } = server(json({}));
    await createApi(send).setField({ entry: "a/b", column: "custom:1", base: 7, value: "x" });
    expect(sent[0]?.url).toBe("/api/patients/entries/a%2Fb/fields/custom%3A1");
    expect(sent[0]?.init.method).toBe("PUT");
    expect(sent[0]?.init.body).toBe('{"base":7,"value":"x"}');
    expect(sent[0]?.init.headers).toMatchObject({ "Content-Type": "application/json" });
  });

  it("leaves out what is not said from the query", async () => {
    const { send, sent } = server(json({}));
    const api = createApi(send);
    await api.getSection({ entry: "e", kind: "vitals" });
    await api.getSection({ entry: "e", kind: "vitals", all: true });
    await api.searchAudit({ space: "s", person: "", limit: 5, since: "2026-01-01T00:00:00+08:00" });
    expect(sent.map((s) => s.url)).toEqual([
      "/api/patients/entries/e/sections/vitals",
      "/api/patients/entries/e/sections/vitals?all=true",
      "/api/patients/spaces/s/audit?since=2026-01-01T00%3A00%3A00%2B08%3A00&limit=5",
    ]);
    expect(sent[0]?.init.body).toBeUndefined();
  });

  it("sends nothing but JSON, and keeps nothing", async () => {
    const { send, sent } = server(() => new Response(null, { status: 204 }));
    expect(await createApi(send).signOut()).toBeUndefined();
    expect(sent[0]?.init).toMatchObject({ method: "DELETE", cache: "no-store", credentials: "same-origin" });
  });

  it("throws what the server says went wrong", async () => {
    const body = {
      status: 412,
      code: "changed",
      title: "T",
      detail: "Look at both.",
      current: { a: 1 },
      errors: { "x.0": "bad" },
      request: "R2",
    };
    const { send } = server(json(body, 412, "application/problem+json"));
    const failed = await createApi(send)
      .getDrafts()
      .catch((e: unknown) => e);
    expect(failed).toBeInstanceOf(ApiProblem);
    expect(failed).toMatchObject({ message: "Look at both.", ...body });
  });

  it.each([
    [
      "a proxy's page",
      () => new Response("<h1>Bad gateway</h1>", { status: 502, headers: { "X-Request-Id": "R1" } }),
    ],
    ["JSON that is no problem", json("no", 502)],
    ["an empty problem", json({}, 502)],
  ])("makes a problem of %s", async (_, answer) => {
    const failed = await createApi(server(answer).send)
      .getDrafts()
      .catch((e: unknown) => e);
    expect(failed).toMatchObject({ status: 502, code: "http-502", request: "R1", errors: {}, detail: "" });
  });
});

describe("a stream", () => {
  async function read(answer: () => Response): Promise<[string, Event][]> {
    const all: [string, Event][] = [];
    await createApi(server(answer).send).streamList(
      { list: "l", after: 3 },
      { onEvent: (event, id) => all.push([id, event]) },
    );
    return all;
  }

  it("gives each event with its number, wherever the bytes were cut", async () => {
    const text = 'id: 7\ndata: {"seq":7,"kind":"cell","column":"王"}\n\ndata: {"seq":8,"kind":"ping"}\n\n';
    const want = [
      ["7", { seq: 7, kind: "cell", column: "王" }],
      ["", { seq: 8, kind: "ping" }],
    ];
    const bytes = new TextEncoder().encode(text);
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(await read(pieces(bytes.slice(0, cut), bytes.slice(cut)))).toEqual(want);
    }
  });

  it("drops an event that was cut off, so that it is asked for again", async () => {
    expect(await read(pieces('id: 7\ndata: {"seq":7,"kind":"ping"}\n\nid: 8\ndata: {"seq":8,'))).toHaveLength(
      1,
    );
  });

  it("passes over comments", async () => {
    expect(await read(pieces(": hello\n\n"))).toEqual([]);
  });

  it("says that it has begun", async () => {
    const seen: string[] = [];
    await createApi(server(pieces('data: {"seq":1,"kind":"ping"}\n\n')).send).streamList(
      { list: "l" },
      { onOpen: () => seen.push("open"), onEvent: (event) => seen.push(event.kind) },
    );
    expect(seen).toEqual(["open", "ping"]);
  });

  it("throws what the server says went wrong before it begins", async () => {
    await expect(read(json({ status: 404, code: "not-found" }, 404))).rejects.toMatchObject({
      code: "not-found",
    });
  });
});
