import { afterEach, expect, it, vi } from "vitest";
import { learnTime, nowMs } from "../src/clock";

const NOON = Date.UTC(2026, 0, 1, 12);

afterEach(() => vi.useRealTimers());

it.each([
  ["that is ten minutes slow", "Thu, 01 Jan 2026 12:10:00 GMT", 600_000],
  ["that is a day fast", "Wed, 31 Dec 2025 12:00:00 GMT", -86_400_000],
  ["that is right, but for the way of the answer", "Thu, 01 Jan 2026 11:59:57 GMT", 0],
])("takes the server's time in place of a clock %s", (_what, date, aheadMs) => {
  vi.useFakeTimers({ now: NOON });
  learnTime(date);
  expect(nowMs() - NOON).toBe(aheadMs);
  learnTime(null);
  learnTime("no date");
  expect(nowMs() - NOON).toBe(aheadMs);
});
