import { afterEach, vi } from "vitest";

export interface Call {
  method: string;
  url: string;
  body: unknown;
}

type Answer = Response | Promise<Response>;

export const json = (body: unknown, status = 200): Response =>
  new Response(status === 204 ? null : JSON.stringify(body), {
    status,
    headers: { "Content-Type": "application/json" },
  });

export const problem = (status: number, code: string, more: object = {}): Response =>
  json({ status, code, title: code, ...more }, status);

// events is an answer that is a stream of server-sent events.
export const events = (...all: object[]): Response =>
  new Response(all.map((e, i) => `id: ${i}\ndata: ${JSON.stringify(e)}\n\n`).join(""), {
    headers: { "Content-Type": "text/event-stream" },
  });

// stream is such an answer that goes on: say sends an event.
export function stream(): { response: Response; say: (event: object) => void } {
  const text = new TextEncoder();
  let say = (_: object) => {};
  const body = new ReadableStream<Uint8Array>({
    start: (to) => {
      say = (event) => to.enqueue(text.encode(`data: ${JSON.stringify(event)}\n\n`));
    },
  });
  return { response: new Response(body), say: (event) => say(event) };
}

// serve stands in for the server: routes are "METHOD /path", exactly. What no
// route answers fails the test at its end.
export function serve(routes: Record<string, (call: Call) => Answer>): Call[] {
  const calls: Call[] = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit = {}) => {
    const call: Call = {
      method: init.method ?? "GET",
      url,
      body: typeof init.body === "string" ? JSON.parse(init.body) : undefined,
    };
    calls.push(call);
    const route = routes[`${call.method} ${url.split("?")[0]}`];
    if (route === undefined) {
      unexpected.push(`${call.method} ${url}`);
      return problem(404, "not-found");
    }
    return route(call);
  });
  return calls;
}

const unexpected: string[] = [];

afterEach(() => {
  vi.unstubAllGlobals();
  const missed = unexpected.splice(0);
  if (missed.length > 0)
    throw new Error(`the page asked for what the test does not know: ${missed.join(", ")}`);
});
