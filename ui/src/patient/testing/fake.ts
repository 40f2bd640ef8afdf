import type { Draft, Event, Found, Kind, ListView, PatientView, Section } from "../../api/gen";
import { identityOf } from "../../common/keys";
import { cell, entry, listView, now, patientView, section, session, spaceView } from "./sample";

interface Answer {
  status: number;
  body?: unknown;
}

/** A request that came in, for tests to look at. */
export interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  body: Record<string, unknown>;
}

/**
 * A small stand-in for the server: it keeps what is written, refuses what was
 * overtaken, and has switches. A path it does not know is an error.
 */
export class Fake {
  view: PatientView = patientView();
  list: ListView = listView([
    entry("e1"),
    entry("e2", {
      bed: "A-04",
      identity: { family: "陳", given: "怡君", born: "1970-02-01", gender: "female", mrn: "SAMPLE-2" },
    }),
    entry("e3", {
      bed: "A-05",
      identity: { family: "Haddad", given: "ليلى", born: "1944", mrn: "SAMPLE-3" },
    }),
  ]);
  sections: Partial<Record<Kind, Partial<Section>>> = {};
  drafts: Draft[] = [];
  /** Whom a search finds. */
  found: Found[] = [];
  asked: Asked[] = [];
  /** Answers 401 until it is false again. */
  expired = false;
  /** The patient was taken off the list. */
  gone = false;
  /** What is asked of it without an answer, by path; it is let go all the same. */
  hangs: (path: string) => boolean = () => false;
  /** Sections that fail as calls, by how often. */
  broken: Partial<Record<Kind, number>> = {};
  seq = 50;

  readonly fetch: typeof fetch = async (input, init) => {
    const url = String(input);
    const method = init?.method ?? "GET";
    const body = init?.body ? (JSON.parse(String(init.body)) as Record<string, unknown>) : {};
    if (url.includes("/stream")) return this.#stream(init?.signal);
    const { pathname: path, searchParams: query } = new URL(url, "http://localhost");
    if (this.hangs(path)) {
      this.asked.push({ method, path, query, body });
      return never(init?.signal);
    }
    const { status, body: answer } = this.handle(method, url, body);
    return new Response(answer === undefined ? null : JSON.stringify(answer), {
      status,
      headers: { "Content-Type": "application/json" },
    });
  };

  handle(method: string, url: string, body: Record<string, unknown>): Answer {
    const { pathname: path, searchParams } = new URL(url, "http://localhost");
    this.asked.push({ method, path, query: searchParams, body });
    if (this.expired) return { status: 401, body: { code: "not-signed-in" } };
    const parts = path.split("/").filter(Boolean);
    if (path === "/api/session") return { status: 200, body: session() };
    if (path.startsWith("/api/session/")) return { status: 200, body: session() };
    if (path === "/api/patients/spaces/space") return { status: 200, body: spaceView() };
    switch (parts[2]) {
      case "entries":
        return this.#entry(method, parts, body, searchParams);
      case "lists":
        return this.#list(method, parts, body);
      case "notes":
        return this.#note(method, parts[3] ?? "", body);
      case "todos":
        return this.#todo(method, parts[3] ?? "", body, searchParams);
      case "drafts":
        return this.#draft(method, decodeURIComponent(parts[3] ?? ""), body);
      case "spaces":
        if (parts[4] === "search") {
          return {
            status: 200,
            body: { read: [], found: this.found, total: this.found.length, known: "exact" },
          };
        }
        if (parts[4] === "lists") return { status: 200, body: { lists: [this.list.list], deleted: [] } };
    }
    throw new Error(`the fake server knows no ${method} ${path}`);
  }

  of(method: string, ending: string): Asked[] {
    return this.asked.filter((a) => a.method === method && a.path.endsWith(ending));
  }

  #entry(method: string, parts: string[], body: Record<string, unknown>, query: URLSearchParams): Answer {
    const id = parts[3] ?? "";
    if (this.gone) return { status: 404, body: { code: "not-found" } };
    switch (parts[4]) {
      case undefined:
        return { status: 200, body: this.#viewOf(id) };
      case "sections":
        return this.#section(id, parts[5] as Kind, query.get("all") === "true");
      case "fields":
        return this.#field(decodeURIComponent(parts[5] ?? ""), body);
      case "todos": {
        const made = {
          id: `t${this.seq}`,
          entry: id,
          done: false,
          by: "nurse",
          at: iso(),
          version: 1,
          ...body,
        };
        this.view = { ...this.view, todos: [...this.view.todos, made as never] };
        return { status: 200, body: made };
      }
      case "notes": {
        const made = {
          id: `n${this.seq++}`,
          entry: id,
          pinned: false,
          by: "nurse",
          at: iso(),
          version: 1,
          ...body,
        };
        this.view = { ...this.view, notes: [made as never, ...this.view.notes] };
        return { status: 200, body: made };
      }
      case "copies":
        return { status: 204 };
      case "identity":
        return this.#decide(body);
    }
    throw new Error(`the fake server knows no ${method} of an entry's ${parts[4]}`);
  }

  /** A decision about another identity than is there now is refused. */
  #decide(body: Record<string, unknown>): Answer {
    const { entry } = this.view;
    const seq = identityOf(entry);
    if (seq !== body.base) return { status: 412, body: { code: "conflict", current: entry } };
    const cells = { ...entry.cells, identity: cell("", { seq: seq + 1 }) };
    const undone = body.action === "undo";
    const state = undone ? "mismatch" : "ok";
    const done = { seq: seq + 1, at: iso(), by: "nurse", column: "identity", kind: "state", new: state };
    const before = this.view.activity.map((a) => ({ ...a, undo: undefined }));
    const activity = [{ ...done, undo: undone ? undefined : true }, ...before];
    this.view = { ...this.view, activity, entry: { ...entry, state, cells } };
    return { status: 200, body: this.view.entry };
  }

  #viewOf(id: string): PatientView {
    const listed = this.list.entries.find((e) => e.id === id);
    if (id === this.view.entry.id || !listed) return this.view;
    return { ...this.view, entry: listed, marks: [], notes: [], todos: [] };
  }

  #section(id: string, kind: Kind, all: boolean): Answer {
    const left = this.broken[kind] ?? 0;
    if (left > 0) {
      this.broken[kind] = left - 1;
      return { status: 500, body: { code: "internal" } };
    }
    const identity = identityOf(this.#viewOf(id).entry);
    const made = section(kind, { identity, ...this.sections[kind] });
    return { status: 200, body: all ? { ...made, complete: true } : made };
  }

  #field(column: string, body: Record<string, unknown>): Answer {
    const cell = this.view.entry.cells[column];
    if (cell && (cell.seq ?? 0) > Number(body.base)) {
      return { status: 412, body: { code: "changed", current: cell } };
    }
    this.seq += 1;
    const text = body.value === null ? "" : String(body.value);
    const items = text === "" ? [] : [{ id: column, text, current: true }];
    const next = { status: "loaded" as const, items, seq: this.seq, by: "nurse", asOf: iso() };
    this.view = {
      ...this.view,
      entry: { ...this.view.entry, cells: { ...this.view.entry.cells, [column]: next } },
    };
    return { status: 200, body: next };
  }

  #note(method: string, id: string, body: Record<string, unknown>): Answer {
    const note = this.view.notes.find((n) => n.id === id);
    if (!note) return { status: 404, body: { code: "not-found" } };
    if (method !== "DELETE" && note.version > Number(body.version)) {
      return { status: 412, body: { code: "changed", current: note } };
    }
    const next =
      method === "DELETE"
        ? { ...note, text: "", deleted: iso() }
        : {
            ...note,
            ...body,
            version: note.version + 1,
            edited: body.text === undefined ? note.edited : iso(),
          };
    this.view = { ...this.view, notes: this.view.notes.map((n) => (n.id === id ? next : n)) };
    return method === "DELETE" ? { status: 204 } : { status: 200, body: next };
  }

  #todo(method: string, id: string, body: Record<string, unknown>, query: URLSearchParams): Answer {
    const todo = this.view.todos.find((t) => t.id === id);
    if (!todo) return { status: 404, body: { code: "not-found" } };
    const seen = method === "DELETE" ? query.get("version") : body.version;
    if (todo.version > Number(seen)) return { status: 412, body: { code: "changed", current: todo } };
    if (method === "DELETE") {
      this.view = { ...this.view, todos: this.view.todos.filter((t) => t.id !== id) };
      return { status: 204 };
    }
    const next = { ...todo, ...body, version: todo.version + 1 };
    this.view = { ...this.view, todos: this.view.todos.map((t) => (t.id === id ? next : t)) };
    return { status: 200, body: next };
  }

  #draft(method: string, key: string, body: Record<string, unknown>): Answer {
    if (method === "GET") return { status: 200, body: { drafts: this.drafts } };
    this.drafts = this.drafts.filter((d) => d.key !== key);
    if (body.text !== "")
      this.drafts.push({ key, text: String(body.text), base: Number(body.base ?? 0), at: iso() });
    return { status: 204 };
  }

  #list(_method: string, parts: string[], body: Record<string, unknown>): Answer {
    if (parts[4] === undefined) return { status: 200, body: this.list };
    if (parts[4] === "seen") {
      this.view = { ...this.view, marks: [] };
      return { status: 200, body: { marks: [], removed: [] } };
    }
    if (parts[4] === "round") return { status: 200, body: { round: this.#round(body) } };
    throw new Error(`the fake server knows nothing of a list's ${parts[4]}`);
  }

  #round(body: Record<string, unknown>): ListView["round"] {
    let round = this.list.round;
    if (body.action === "start") {
      round = {
        id: "r1",
        list: "ward",
        by: "nurse",
        started: iso(),
        order: body.order as string[],
        seen: {},
      };
    } else if (body.action === "end") {
      round = undefined;
    } else if (round) {
      const seen = { ...round.seen };
      if (body.action === "seen") seen[String(body.entry)] = { by: "nurse", at: iso() };
      else delete seen[String(body.entry)];
      round = { ...round, seen };
    }
    this.list = { ...this.list, round };
    return round;
  }

  /** Says to the stream that was opened last what happened. */
  say: (event: Event) => void = () => {
    throw new Error("nobody follows the list");
  };

  /** A stream that says nothing by itself until it is let go. */
  #stream(signal: AbortSignal | null | undefined): Response {
    const body = new ReadableStream<Uint8Array>({
      start: (to) => {
        const text = new TextEncoder();
        this.say = (event) => to.enqueue(text.encode(`data: ${JSON.stringify(event)}\n\n`));
        signal?.addEventListener("abort", () => to.error(signal.reason));
      },
    });
    return new Response(body, { status: 200 });
  }
}

/** An answer that does not come. */
function never(signal: AbortSignal | null | undefined): Promise<Response> {
  return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
}

function iso(): string {
  return new Date(now).toISOString();
}
