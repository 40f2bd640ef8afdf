import { beforeEach, describe, expect, it, vi } from "vitest";
import { ApiProblem, type Event, type StreamInput, type StreamOptions } from "../api/gen";
import { firstWait, follow, hiddenFor, silence, type World } from "./stream";

// A Wire is one connection, whose far end the test holds.
interface Wire {
  after: number;
  options: StreamOptions<Event>;
  end(): void;
  break(error: Error): void;
}

class Net implements World {
  wires: Wire[] = [];
  refuse: Error | null = null;
  isHidden = false;
  listeners = new Set<() => void>();
  hands = new Set<() => void>();

  streamList = (input: StreamInput, options: StreamOptions<Event>): Promise<void> => {
    if (this.refuse) {
      this.wires.push({ after: input.after ?? 0, options, end() {}, break() {} });
      return Promise.reject(this.refuse);
    }
    return new Promise((resolve, reject) => {
      options.signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
      this.wires.push({ after: input.after ?? 0, options, end: resolve, break: reject });
      options.onOpen?.();
    });
  };
  hidden = () => this.isHidden;
  random = () => 0.5;
  onVisible = (listener: () => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  onUsed = (listener: () => void) => {
    this.hands.add(listener);
    return () => this.hands.delete(listener);
  };
  use() {
    for (const listener of [...this.hands]) listener();
  }
  show(visible: boolean) {
    this.isHidden = !visible;
    for (const listener of [...this.listeners]) listener();
  }
  last(): Wire {
    const wire = this.wires.at(-1);
    if (wire === undefined) throw new Error("nobody connected");
    return wire;
  }
  send(event: Partial<Event>) {
    this.last().options.onEvent({ seq: 0, kind: "cell", ...event }, String(event.seq ?? 0));
  }
}

let net: Net;
let got: number[];
let states: string[];

beforeEach(() => {
  vi.useFakeTimers();
  net = new Net();
  got = [];
  states = [];
  return () => vi.useRealTimers();
});

const start = (after = 10) =>
  follow(
    net,
    "l1",
    after,
    (e) => got.push(e.seq),
    (s) => states.push(s),
  );

describe("follow", () => {
  it("begins where the list was read, and gives events in order", () => {
    start(10);
    net.send({ seq: 11 });
    net.send({ seq: 12 });
    expect(net.last().after).toBe(10);
    expect(got).toEqual([11, 12]);
    expect(states).toEqual(["connecting", "live"]);
  });

  it("resumes after the last event when the connection breaks", async () => {
    start(10);
    net.send({ seq: 14 });
    net.last().break(new TypeError("network error"));
    await vi.advanceTimersByTimeAsync(firstWait);
    expect(net.wires.length).toBe(2);
    expect(net.last().after).toBe(14);
    expect(states.at(-1)).toBe("live");
  });

  it("waits longer each time, and says that there is no connection", async () => {
    net.refuse = new ApiProblem(0, { code: "offline" });
    start();
    await vi.advanceTimersByTimeAsync(0);
    expect(net.wires.length).toBe(1);
    for (const [tries, wait] of [
      [2, firstWait],
      [3, firstWait * 2],
      [4, firstWait * 4],
    ] as const) {
      await vi.advanceTimersByTimeAsync(wait - 1);
      expect(net.wires.length).toBe(tries - 1);
      await vi.advanceTimersByTimeAsync(1);
      expect(net.wires.length).toBe(tries);
    }
    expect(states.at(-1)).toBe("offline");
    net.refuse = null;
    await vi.advanceTimersByTimeAsync(firstWait * 8);
    expect(states.at(-1)).toBe("live");
  });

  it("goes on when the list is far behind: a stream that ends is begun again", async () => {
    start();
    net.last().end();
    await vi.advanceTimersByTimeAsync(firstWait);
    expect(net.wires.length).toBe(2);
  });

  it("does not hammer a server that ends every stream at once", async () => {
    start();
    for (let i = 0; i < 4; i += 1) {
      net.last().end();
      await vi.advanceTimersByTimeAsync(firstWait * 2 ** i);
    }
    expect(net.wires.length).toBe(5);
    net.last().end();
    await vi.advanceTimersByTimeAsync(firstWait * 2 ** 4 - 1);
    expect(net.wires.length).toBe(5);
  });

  it("takes a silent connection for dead, and a ping for a sign of life", async () => {
    start();
    await vi.advanceTimersByTimeAsync(silence - 1);
    net.send({ kind: "ping", seq: 0 });
    await vi.advanceTimersByTimeAsync(silence - 1);
    expect(net.wires.length).toBe(1);
    await vi.advanceTimersByTimeAsync(1 + firstWait);
    expect(net.wires.length).toBe(2);
    expect(got).toEqual([]);
  });

  it.each([403, 404])("stops when the list may not be read any more (%i)", async (status) => {
    net.refuse = new ApiProblem(status, {});
    start();
    await vi.advanceTimersByTimeAsync(firstWait * 100);
    expect(net.wires.length).toBe(1);
    expect(states.at(-1)).toBe("stopped");
  });

  it("lets go while the page is hidden, and takes up where it stood", async () => {
    start(10);
    net.send({ seq: 20 });
    net.show(false);
    await vi.advanceTimersByTimeAsync(hiddenFor);
    expect(net.last().options.signal?.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(hiddenFor * 10);
    expect(net.wires.length).toBe(1);
    net.show(true);
    await vi.advanceTimersByTimeAsync(0);
    expect(net.wires.length).toBe(2);
    expect(net.last().after).toBe(20);
  });

  it("stays when the page is hidden only for a moment", async () => {
    start();
    net.show(false);
    await vi.advanceTimersByTimeAsync(hiddenFor / 2);
    net.send({ kind: "ping", seq: 0 });
    await vi.advanceTimersByTimeAsync(hiddenFor / 2 - 1);
    net.show(true);
    net.send({ kind: "ping", seq: 0 });
    await vi.advanceTimersByTimeAsync(silence - 1);
    expect(net.wires[0]?.options.signal?.aborted).toBe(false);
  });

  it.each([
    ["touched", () => net.use()],
    ["come back to", () => net.show(true)],
  ])("lets another page of the same person have the stream, until it is %s", async (_, back) => {
    start(10);
    net.send({ seq: 20 });
    net.send({ kind: "elsewhere" });
    net.last().end();
    await vi.advanceTimersByTimeAsync(hiddenFor * 10);
    expect(net.wires.length).toBe(1);
    expect(states.at(-1)).toBe("elsewhere");
    expect(got).toEqual([20]);
    back();
    await vi.advanceTimersByTimeAsync(0);
    expect(net.wires.length).toBe(2);
    expect(net.last().after).toBe(20);
    expect(states.at(-1)).toBe("live");
    expect(net.hands.size).toBe(0);
  });

  it("ends for good when stopped", async () => {
    const stop = start();
    stop();
    await vi.advanceTimersByTimeAsync(silence * 10);
    expect(net.wires.length).toBe(1);
    expect(net.last().options.signal?.aborted).toBe(true);
    expect(net.listeners.size).toBe(0);
  });
});
