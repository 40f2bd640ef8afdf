import { describe, expect, it, vi } from "vitest";
import { json } from "../test/server";
import { gatedSend } from "./api";
import { Gate } from "./gate";
import { Reach, type World } from "./reach";

// A Far is a server behind a network that the test holds.
class Far implements World {
  time = 1000;
  there = true;
  probes = 0;
  pauses: number[] = [];
  #wake: (() => void) | undefined;

  now = () => this.time;
  probe = async () => {
    this.probes += 1;
    if (!this.there) throw new TypeError("failed to fetch");
  };
  pause = (ms: number) => {
    this.pauses.push(ms);
    return new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  };

  // pass ends the pause, and waits for what comes of it.
  async pass(): Promise<void> {
    this.#wake?.();
    await settled();
  }
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

describe("whether the server can be reached", () => {
  it("a hiccup is not a loss", async () => {
    const far = new Far();
    const reach = new Reach(far);
    const told = vi.fn();
    reach.subscribe(told);
    reach.missed();
    await settled();
    expect(reach.lostSince()).toBeUndefined();
    expect(told).not.toHaveBeenCalled();
    expect(far.probes).toBe(1);
  });

  it("it is lost since it last answered, and asked ever more rarely until it answers", async () => {
    const far = new Far();
    const reach = new Reach(far);
    const told = vi.fn();
    reach.subscribe(told);
    far.time = 5000;
    reach.heard();
    far.time = 9000;
    far.there = false;
    reach.missed();
    reach.missed();
    await settled();
    expect(reach.lostSince()).toBe(5000);
    for (let i = 0; i < 5; i++) await far.pass();
    expect(far.pauses).toEqual([1000, 2000, 4000, 8000, 15_000, 15_000]);
    expect(told).toHaveBeenCalledTimes(1);
    far.there = true;
    await far.pass();
    expect(reach.lostSince()).toBeUndefined();
    expect(told).toHaveBeenCalledTimes(2);
  });

  it("an answer that was on its way does not end it, one of a server that is there does at once", async () => {
    const far = new Far();
    const reach = new Reach(far);
    far.there = false;
    reach.missed();
    await settled();
    far.time = 7000;
    reach.heard();
    await settled();
    expect(reach.lostSince()).toBe(1000);
    far.there = true;
    reach.heard();
    await settled();
    expect(reach.lostSince()).toBeUndefined();
    expect(far.probes).toBe(3);
  });

  it("it can be lost again", async () => {
    const far = new Far();
    const reach = new Reach(far);
    far.there = false;
    reach.missed();
    await settled();
    far.there = true;
    far.time = 7000;
    await far.pass();
    far.there = false;
    far.time = 9000;
    reach.missed();
    await settled();
    expect(reach.lostSince()).toBe(7000);
  });

  it("requests tell how they went, but not those that nobody wants any more", async () => {
    const far = { heard: vi.fn(), missed: vi.fn() };
    const answers: (Response | Error)[] = [
      json({}),
      new TypeError("failed to fetch"),
      new TypeError("aborted"),
    ];
    const send = gatedSend(
      async () => {
        const next = answers.shift();
        if (next instanceof Response) return next;
        throw next;
      },
      new Gate(),
      far,
    );
    await send("/api/session", { method: "GET" });
    expect([far.heard.mock.calls.length, far.missed.mock.calls.length]).toEqual([1, 0]);
    await expect(send("/api/session", { method: "GET" })).rejects.toMatchObject({ code: "offline" });
    expect([far.heard.mock.calls.length, far.missed.mock.calls.length]).toEqual([1, 1]);
    await expect(send("/api/session", { method: "GET", signal: AbortSignal.abort() })).rejects.toThrow();
    expect([far.heard.mock.calls.length, far.missed.mock.calls.length]).toEqual([1, 1]);
  });
});
