import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { heardTime, timeNow } from "./time";

const server = "Mon, 23 Nov 2026 08:00:00 GMT";
const at = Date.parse(server);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.setSystemTime(at);
  heardTime(server, at);
  vi.useRealTimers();
});

it.each([-86_400_000, 86_400_000])("goes by the server's clock where the device's is %d ms off", (off) => {
  vi.setSystemTime(at + off);
  heardTime(server, at + off - 300);
  expect(timeNow()).toBe(at);
  vi.setSystemTime(at + off + 60_000);
  expect(timeNow()).toBe(at + 60_000);
  // Somebody sets the clock.
  vi.setSystemTime(at + 90_000);
  heardTime("Mon, 23 Nov 2026 08:01:30 GMT", at + 89_900);
  expect(timeNow()).toBe(at + 90_000);
});

it("takes the device's clock where it is near, and no time from an answer that took long or has none", () => {
  vi.setSystemTime(at + 2_000);
  heardTime(server, at + 1_900);
  expect(timeNow()).toBe(at + 2_000);
  vi.setSystemTime(at + 3_600_000); // the device slept before it had the answer
  heardTime(server, at);
  heardTime(null, at + 3_600_000);
  expect(timeNow()).toBe(at + 3_600_000);
});
