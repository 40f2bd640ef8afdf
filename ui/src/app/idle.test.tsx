import { act, renderHook } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";
import { keepEvery, useIdle } from "./idle";

const minute = 60_000;
let onIdle: ReturnType<typeof vi.fn<() => void>>;
let onKeep: ReturnType<typeof vi.fn<() => void>>;

beforeEach(() => {
  vi.useFakeTimers();
  onIdle = vi.fn();
  onKeep = vi.fn();
  return () => vi.useRealTimers();
});

const start = (active = true) =>
  renderHook((props) => useIdle(props), { initialProps: { minutes: 15, active, onIdle, onKeep } });
const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));
const touch = () => window.dispatchEvent(new Event("pointerdown"));

it("locks when nobody was there for that long", async () => {
  start();
  await pass(15 * minute - 1);
  expect(onIdle).not.toHaveBeenCalled();
  await pass(6_000);
  expect(onIdle).toHaveBeenCalled();
});

it("does not lock while someone is there, and tells the server now and then", async () => {
  start();
  for (let i = 0; i < 60; i += 1) {
    await pass(minute);
    touch();
  }
  expect(onIdle).not.toHaveBeenCalled();
  expect(onKeep.mock.calls.length).toBeGreaterThan(0);
  expect(onKeep.mock.calls.length).toBeLessThanOrEqual((60 * minute) / keepEvery);
});

it("locks a computer that slept, before the first touch can undo it", async () => {
  start();
  vi.setSystemTime(Date.now() + 60 * minute);
  touch();
  document.dispatchEvent(new Event("visibilitychange"));
  expect(onIdle).toHaveBeenCalled();
});

it("does nothing while nobody is signed in", async () => {
  const { rerender } = start(false);
  await pass(60 * minute);
  expect(onIdle).not.toHaveBeenCalled();
  rerender({ minutes: 15, active: true, onIdle, onKeep });
  await pass(14 * minute);
  expect(onIdle).not.toHaveBeenCalled();
});
