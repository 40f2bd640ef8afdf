import { useSyncExternalStore } from "react";
import { timeNow } from "./time";

// A World is what a Reach knows of the browser.
export interface World {
  now(): number;
  // probe asks the server whether it is there, and rejects when it is not.
  probe(): Promise<unknown>;
  // pause resolves after so long, or as soon as the browser says that there is
  // a network again.
  pause(ms: number): Promise<void>;
}

const firstPause = 1000;
const longestPause = 15_000;
const probeTime = 10_000;

// A Reach knows whether the server can be reached. Every request tells it how
// it went. One that went nowhere may be a hiccup, and an answer may have been
// on its way before the network went: what counts is whether the server answers
// when it is asked whether it is there.
export class Reach {
  #heard: number;
  #lost: number | undefined;
  #probing = false;
  #wake = () => {};
  #listeners = new Set<() => void>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    this.#heard = world.now();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  // lostSince is when the server last answered, while it cannot be reached.
  readonly lostSince = (): number | undefined => this.#lost;

  // heard tells that an answer came, whatever it said.
  heard(): void {
    this.#heard = this.#world.now();
    this.#wake();
  }

  // missed tells that a request went nowhere.
  missed(): void {
    if (!this.#probing) void this.#probe();
  }

  async #probe(): Promise<void> {
    this.#probing = true;
    let wait = firstPause;
    while (!(await this.#answers())) {
      this.#set(this.#lost ?? this.#heard);
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await Promise.race([woken, this.#world.pause(wait)]);
      wait = Math.min(2 * wait, longestPause);
    }
    this.#probing = false;
    this.heard();
    this.#set(undefined);
  }

  #answers(): Promise<boolean> {
    return this.#world.probe().then(
      () => true,
      () => false,
    );
  }

  #set(lost: number | undefined): void {
    if (this.#lost === lost) return;
    this.#lost = lost;
    for (const listener of this.#listeners) listener();
  }
}

// reach is whether this page's server can be reached.
export const reach = new Reach({
  now: timeNow,
  probe: () =>
    fetch("/healthz", { cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(probeTime) }),
  pause: (ms) =>
    new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        window.removeEventListener("online", end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      window.addEventListener("online", end);
    }),
});

window.addEventListener("offline", () => reach.missed());

// useLostSince is when the server last answered, while it cannot be reached.
export function useLostSince(): number | undefined {
  return useSyncExternalStore(reach.subscribe, reach.lostSince);
}
