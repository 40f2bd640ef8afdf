import type { Send } from "../api/gen";
import { isSignIn } from "./gate";

// What an address surely needs is asked for by the page's first script, while
// everything else is still on its way. The answers wait here, by their
// addresses, for whoever asks for them first.
export type Early = Map<string, Promise<Response>>;

declare global {
  var wardbridgeEarly: Early | undefined;
}

// An EarlyPage is one that most visits begin with.
export type EarlyPage = "list" | "round" | "patient";

// A Start is what an address begins with.
export interface Start {
  space?: string | undefined;
  page?: EarlyPage;
  list?: string | undefined;
  entry?: string | undefined;
}

// startOf reads an address. Names that would have to be escaped are not read:
// what they need is asked for in its time.
export function startOf(path: string): Start {
  const [, space, list, rest, entry] =
    /^\/patients\/s\/([\w-]+)(?=\/|$)(?:\/l\/([\w-]+)(\/|\/round|\/p\/([\w-]+))?$)?/.exec(path) ?? [];
  if (list === undefined) return { space };
  if (entry !== undefined) return { space, page: "patient", list, entry };
  return { space, page: rest === "/round" ? "round" : "list", list };
}

// neededBy are the addresses of what a page asks for in any case.
export function neededBy({ space, page, list, entry }: Start): string[] {
  const urls = ["/api/session"];
  if (space) urls.push(`/api/patients/spaces/${space}`);
  if (page === "list" || page === "round") urls.push(`/api/patients/lists/${list}`);
  if (page === "patient") urls.push(`/api/patients/entries/${entry}`);
  return urls;
}

// askEarly asks for what a page needs, as the client would.
export function askEarly(urls: readonly string[], fetcher: typeof fetch): Early {
  const init: RequestInit = {
    method: "GET",
    headers: { Accept: "application/json" },
    cache: "no-store",
    credentials: "same-origin",
  };
  const early: Early = new Map();
  for (const url of urls) {
    const answer = fetcher(url, init);
    answer.catch(() => {}); // whoever needs it asks again, and says so
    early.set(url, answer);
  }
  return early;
}

// withEarly sends requests, but those that were asked for early: each of these
// answers is given once, to the first who still wants it when it comes. One that
// did not come, or was refused because nobody was signed in, is asked for again;
// and whoever signs in gets nothing that was asked for before.
export function withEarly(early: Early, send: Send): Send {
  return async (url, init) => {
    if (init.method !== "GET") {
      if (isSignIn(url)) early.clear();
      return send(url, init);
    }
    const asked = early.get(url);
    if (!asked) return send(url, init);
    const answer = await whileWanted(asked, init.signal);
    const mine = early.get(url) === asked && early.delete(url);
    return mine && answer && answer.status !== 401 ? answer : send(url, init);
  };
}

// whileWanted waits for an answer until whoever asked for it gives up. One that
// does not come is undefined.
function whileWanted(asked: Promise<Response>, signal: RequestInit["signal"]): Promise<Response | undefined> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal?.reason);
    if (signal?.aborted) giveUp();
    signal?.addEventListener("abort", giveUp, { once: true });
    void asked
      .catch(() => undefined)
      .then(resolve)
      .then(() => signal?.removeEventListener("abort", giveUp));
  });
}
