// A Gate holds back calls while nobody is signed in. The first call that is
// told so closes it; whoever signs in opens it, and calls that waited go out
// again if it is the same person. So nothing that was typed is lost to an
// expired session.
export type GateState = "open" | "expired" | "locked";

export class Gate {
  #state: GateState = "open";
  #waiting: ((same: boolean) => void)[] = [];
  #listeners = new Set<() => void>();

  readonly state = (): GateState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  // close says that nobody is signed in: the session ran out, or the screen was
  // locked, which stays the reason.
  close(why: "expired" | "locked"): void {
    if (this.#state === "locked" || this.#state === why) return;
    this.#state = why;
    this.#tell();
  }

  // passed resolves when somebody signed in: with true if it is the person who
  // was there before.
  passed(signal?: AbortSignal | null): Promise<boolean> {
    if (this.#state === "open") return Promise.resolve(true);
    return new Promise((resolve, reject) => {
      this.#waiting.push(resolve);
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  }

  open(samePerson: boolean): void {
    this.#state = "open";
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#tell();
    for (const resolve of waiting) resolve(samePerson);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

// isSignIn tells the calls by which somebody signs in or out. One that is
// refused, or comes too late, says nothing about the session of the page.
export function isSignIn(url: string): boolean {
  return url === "/api/session" || url === "/api/session/first";
}
