import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { reloadSaying, takeNotice } from "../src/notice";

const reload = vi.spyOn(location, "reload").mockImplementation(() => {});

beforeEach(() => {
  sessionStorage.clear();
  reload.mockClear();
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

it("loads the page anew and says why there, once", () => {
  expect([reloadSaying("It was updated."), reload.mock.calls.length]).toEqual([true, 1]);
  expect([takeNotice(), takeNotice()]).toEqual(["It was updated.", null]);
});

it("does not go round and round", () => {
  reloadSaying("It was updated.");
  expect([reloadSaying("It was updated."), reload.mock.calls.length]).toEqual([false, 1]);
  vi.advanceTimersByTime(10_000);
  expect(reloadSaying("And again.")).toBe(true);
});
