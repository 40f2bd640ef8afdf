import { useEffect, useRef } from "react";

const signs = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"] as const;

// A Channel joins the windows of one browser, which share one session.
export interface Windows {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent) => void) | null;
  close(): void;
}

export interface IdleOptions {
  minutes: number;
  // active is off while nobody is signed in.
  active: boolean;
  onIdle: () => void;
  // onKeep says to the server now and then that the person is still there.
  onKeep: () => void;
}

export const keepEvery = 4 * 60_000;
const check = 5_000;

// useIdle calls onIdle when nobody has touched anything in any window for that
// long. It goes by the clock, so that a computer that slept locks when it
// wakes.
export function useIdle(options: IdleOptions): void {
  const latest = useRef(options);
  latest.current = options;
  const { active, minutes } = options;
  useEffect(() => {
    if (!active || minutes <= 0) return;
    let last = Date.now();
    let kept = last;
    let told = last;
    const windows: Windows | null =
      typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("wb-here");
    if (windows) {
      windows.onmessage = () => {
        last = Date.now();
      };
    }
    const touched = () => {
      const now = Date.now();
      if (expired(now)) return;
      last = now;
      if (now - told > check) {
        told = now;
        windows?.postMessage("here");
      }
      if (now - kept > keepEvery) {
        kept = now;
        latest.current.onKeep();
      }
    };
    const expired = (now: number) => now - last >= minutes * 60_000;
    const look = () => {
      if (expired(Date.now())) latest.current.onIdle();
    };
    const timer = setInterval(look, check);
    for (const sign of signs) window.addEventListener(sign, touched, { passive: true, capture: true });
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      windows?.close();
      for (const sign of signs) window.removeEventListener(sign, touched, { capture: true });
      document.removeEventListener("visibilitychange", look);
    };
  }, [active, minutes]);
}
