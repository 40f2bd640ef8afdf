import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { type Api, ApiProblem, type Event } from "../api/gen";
import { api } from "./api";

// A stream is "elsewhere" where the same person follows lists in so many other
// pages that this one, the longest open, had to let go.
export type StreamState = "connecting" | "live" | "offline" | "elsewhere" | "stopped";

// The parts of the world that a follower needs, so that tests can turn the
// clock.
export interface World {
  streamList: Api["streamList"];
  hidden(): boolean;
  onVisible(listener: () => void): () => void;
  // onUsed hears when someone comes back to the page, or touches it.
  onUsed(listener: () => void): () => void;
  random(): number;
}

// Times in milliseconds. The server pings every 15 s; a stream that is silent
// for three pings is dead even if the network says nothing.
export const silence = 45_000;
export const firstWait = 500;
export const longestWait = 30_000;
// A stream that lived this long was a good one: the next failure is a new one.
export const goodFor = 5_000;
// A hidden page lets go of its stream after a while and takes it up again from
// where it stood.
export const hiddenFor = 60_000;

// follow reads a list's events until stop is called, and begins again after
// the last one it got when the connection breaks.
export function follow(
  world: World,
  list: string,
  after: number,
  onEvent: (event: Event) => void,
  onState: (state: StreamState) => void,
): () => void {
  let seq = after;
  let stopped = false;
  let failures = 0;
  let elsewhere = false;
  let abort = new AbortController();
  let wake: (() => void) | null = null;

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const readOnce = async () => {
    abort = new AbortController();
    let opened = Number.POSITIVE_INFINITY;
    let watch = setTimeout(() => abort.abort(), silence);
    const heard = () => {
      clearTimeout(watch);
      watch = setTimeout(() => abort.abort(), silence);
    };
    try {
      await world.streamList(
        { list, after: seq },
        {
          signal: abort.signal,
          onOpen: () => {
            heard();
            opened = Date.now();
            onState("live");
          },
          onEvent: (event) => {
            heard();
            if (event.seq > seq) seq = event.seq;
            if (event.kind === "elsewhere") elsewhere = true;
            else if (event.kind !== "ping") onEvent(event);
          },
        },
      );
    } finally {
      clearTimeout(watch);
      if (Date.now() - opened >= goodFor) failures = 0;
    }
  };

  const until = (on: (listener: () => void) => () => void) =>
    new Promise<void>((resolve) => {
      const off = on(() => {
        if (world.hidden()) return;
        off();
        resolve();
      });
      wake = () => {
        off();
        resolve();
      };
    });

  const run = async () => {
    onState("connecting");
    while (!stopped) {
      try {
        await readOnce();
      } catch (error) {
        if (stopped) return;
        if (error instanceof ApiProblem && [401, 403, 404, 410].includes(error.status)) {
          onState("stopped");
          return;
        }
      }
      if (stopped) return;
      if (elsewhere) onState("elsewhere");
      if (elsewhere || world.hidden()) {
        await until(elsewhere ? world.onUsed : world.onVisible);
        elsewhere = false;
        failures = 0;
        continue;
      }
      failures += 1;
      if (failures > 1) onState("offline");
      const wait = Math.min(longestWait, firstWait * 2 ** (failures - 1));
      await pause(wait * (0.75 + world.random() / 2));
    }
  };

  let hide: ReturnType<typeof setTimeout> | undefined;
  const offVisible = world.onVisible(() => {
    clearTimeout(hide);
    if (world.hidden()) {
      hide = setTimeout(() => abort.abort(), hiddenFor);
    } else {
      wake?.();
    }
  });
  void run();
  return () => {
    stopped = true;
    clearTimeout(hide);
    offVisible();
    wake?.();
    abort.abort();
  };
}

const browser: World = {
  streamList: (input, options) => api.streamList(input, options),
  hidden: () => document.hidden,
  onVisible: (listener) => {
    document.addEventListener("visibilitychange", listener);
    window.addEventListener("online", listener);
    return () => {
      document.removeEventListener("visibilitychange", listener);
      window.removeEventListener("online", listener);
    };
  },
  onUsed: (listener) => {
    const signs = ["focus", "pointerdown", "keydown"] as const;
    for (const sign of signs) window.addEventListener(sign, listener);
    return () => {
      for (const sign of signs) window.removeEventListener(sign, listener);
    };
  },
  random: Math.random,
};

// useListStream gives a list's events as they happen, from after seq on. A
// list of "" is not followed.
export function useListStream(
  list: string,
  seq: number | undefined,
  onEvent: (event: Event) => void,
): { state: StreamState } {
  const [state, setState] = useState<StreamState>("connecting");
  const handler = useRef(onEvent);
  handler.current = onEvent;
  const call = useCallback((event: Event) => handler.current(event), []);
  // The newest seq of this list that was read; another list begins anew.
  const client = useQueryClient();
  const from = useRef({ list, seq });
  if (from.current.list !== list || (seq ?? 0) > (from.current.seq ?? 0)) from.current = { list, seq };
  const ready = seq !== undefined;
  useEffect(() => {
    if (list === "" || !ready) return;
    return follow(browser, list, from.current.seq ?? 0, call, (now) => {
      setState(now);
      // The list is gone, or the person may not look any more: what is shown says so when it is read again.
      if (now !== "stopped") return;
      for (const queryKey of [["space"], ["list"], ["patient"]]) void client.invalidateQueries({ queryKey });
    });
  }, [list, ready, call, client]);
  return { state };
}
