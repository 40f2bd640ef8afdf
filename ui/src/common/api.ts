import { ApiProblem, createApi, type List, type ListPatch, type Send } from "../api/gen";
import { withEarly } from "./early";
import { Gate, isSignIn } from "./gate";
import { type Reach, reach } from "./reach";
import { heardTime } from "./time";
import { withTurns } from "./turns";

export { ApiProblem } from "../api/gen";

// gate is closed while nobody is signed in; the session provider opens it.
export const gate = new Gate();

// gatedSend sends a request. One that is refused because nobody is signed in
// waits at the gate and is sent once more when the same person is back. What
// cannot be sent at all fails with the code "offline". The far end is told how
// each went.
export function gatedSend(fetcher: Send, at: Gate, far?: Pick<Reach, "heard" | "missed">): Send {
  const once: Send = async (url, init) => {
    const sent = Date.now();
    try {
      const response = await fetcher(url, init);
      heardTime(response.headers.get("Date"), sent);
      far?.heard();
      return response;
    } catch (cause) {
      if (init.signal?.aborted) throw cause;
      far?.missed();
      throw new ApiProblem(0, { code: "offline" });
    }
  };
  return async (url, init) => {
    const response = await once(url, init);
    if (response.status !== 401 || isSignIn(url)) return response;
    at.close("expired");
    return (await at.passed(init.signal)) ? once(url, init) : response;
  };
}

const early = globalThis.wardbridgeEarly ?? new Map();

// api is the server's operations, typed.
export const api = withTurns(
  createApi(
    gatedSend(
      withEarly(early, (url, init) => fetch(url, init)),
      gate,
      reach,
    ),
  ),
);

// codeOf is the stable code of a failure, for the catalogue under reason.*.
export function codeOf(error: unknown): string {
  return error instanceof ApiProblem ? error.code : "internal";
}

// conflictOf is what is there now, where an edit was refused because someone
// else was faster (412).
export function conflictOf<T>(error: unknown): T | undefined {
  return error instanceof ApiProblem && error.status === 412 ? (error.current as T) : undefined;
}

// setFlags says something of a list that is no text. Where somebody changed the
// list meanwhile it is said of the list as it is now: nothing of theirs is lost,
// and nobody has to decide.
export async function setFlags(
  list: Pick<List, "id" | "version">,
  flags: Pick<ListPatch, "default" | "hideUnoccupied">,
): Promise<List> {
  try {
    return await api.changeList({ list: list.id, version: list.version, ...flags });
  } catch (error) {
    const now = conflictOf<List>(error);
    if (now === undefined) throw error;
    return setFlags(now, flags);
  }
}
