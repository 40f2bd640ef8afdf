/** Sends a request: fetch, or what stands in for it. */
export type Send = (url: string, init: RequestInit) => Promise<Response>;

/** Options of every call. */
export interface CallOptions {
  signal?: AbortSignal | undefined;
}

/** Options of a stream. */
export interface StreamOptions<E> extends CallOptions {
  onEvent: (event: E, id: string) => void;
  /** Called once the answer has begun, before the first event. */
  onOpen?: (() => void) | undefined;
}

/** What the server says went wrong (RFC 9457). */
export class ApiProblem extends Error {
  readonly status: number;
  /** Stable: not-signed-in, forbidden, not-found, conflict, changed … */
  readonly code: string;
  readonly title: string;
  /** What to do. */
  readonly detail: string;
  /** Mistakes in the input, by field. */
  readonly errors: Readonly<Record<string, string>>;
  /** After a conflicting edit (412): what is there now. */
  readonly current: unknown;
  /** Id of the request, to quote. */
  readonly request: string;

  constructor(status: number, body: Partial<Record<string, unknown>>, request = "") {
    const text = (key: string): string => (typeof body[key] === "string" ? body[key] : "");
    super(text("detail") || text("title") || `HTTP ${status}`);
    this.name = "ApiProblem";
    this.status = status;
    this.code = text("code") || `http-${status}`;
    this.title = text("title");
    this.detail = text("detail");
    this.errors = (body.errors as Record<string, string> | undefined) ?? {};
    this.current = body.current;
    this.request = text("request") || request;
  }
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const request = response.headers.get("X-Request-Id") ?? "";
  try {
    const body: unknown = await response.json();
    if (typeof body === "object" && body !== null) {
      return new ApiProblem(response.status, body, request);
    }
  } catch {
    // Not JSON: a proxy answered.
  }
  return new ApiProblem(response.status, {}, request);
}

function requestOf(method: string, body: unknown, options: CallOptions | undefined, accept: string): RequestInit {
  const headers: Record<string, string> = { Accept: accept };
  const init: RequestInit = { method, headers, cache: "no-store", credentials: "same-origin" };
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  if (options?.signal) {
    init.signal = options.signal;
  }
  return init;
}

function withQuery(path: string, query: Record<string, string | number | boolean | undefined>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "" && value !== false) {
      params.set(name, String(value));
    }
  }
  const text = params.toString();
  return text === "" ? path : `${path}?${text}`;
}

async function call<T>(send: Send, method: string, url: string, body: unknown, options?: CallOptions): Promise<T> {
  const response = await send(url, requestOf(method, body, options, "application/json"));
  if (!response.ok) {
    throw await problemOf(response);
  }
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** Reads server-sent events until the stream ends. A last event that was cut off is dropped. */
async function stream<E>(send: Send, method: string, url: string, body: unknown, options: StreamOptions<E>): Promise<void> {
  const response = await send(url, requestOf(method, body, options, "text/event-stream"));
  if (!response.ok || !response.body) {
    throw await problemOf(response);
  }
  options.onOpen?.();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return;
    }
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      deliver(block, options.onEvent);
    }
  }
}

function deliver<E>(block: string, onEvent: (event: E, id: string) => void): void {
  let id = "";
  let data = "";
  for (const line of block.split("\n")) {
    if (line.startsWith("id: ")) {
      id = line.slice(4);
    } else if (line.startsWith("data: ")) {
      data += line.slice(6);
    }
  }
  if (data !== "") {
    onEvent(JSON.parse(data) as E, id);
  }
}
