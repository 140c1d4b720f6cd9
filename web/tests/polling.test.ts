import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { poll } from "../src/polling";

let isHidden = false;
let stop: () => void = () => {};

function show(visible: boolean): void {
  isHidden = !visible;
  document.dispatchEvent(new Event("visibilitychange"));
}

beforeEach(() => {
  isHidden = false;
  vi.useFakeTimers();
  vi.spyOn(document, "hidden", "get").mockImplementation(() => isHidden);
});
afterEach(() => {
  stop();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

it("asks at once and then again and again, until the answer is yes", async () => {
  const ask = vi.fn(async () => ask.mock.calls.length === 3);
  stop = poll(ask, 2_000);
  expect(ask).toHaveBeenCalledTimes(1);
  await pass(1_999);
  expect(ask).toHaveBeenCalledTimes(1);
  await pass(1);
  expect(ask).toHaveBeenCalledTimes(2);
  await pass(60_000);
  expect(ask).toHaveBeenCalledTimes(3);
});

it("never asks twice at the same time", async () => {
  const ask = vi.fn((_signal: AbortSignal) => new Promise<boolean>((answer) => setTimeout(answer, 9_000, false)));
  stop = poll(ask, 2_000);
  await pass(8_000);
  show(false);
  show(true);
  expect(ask).toHaveBeenCalledTimes(1);
  await pass(3_000);
  expect(ask).toHaveBeenCalledTimes(2);
});

it("asks nothing while the page is hidden, and at once when it is seen again", async () => {
  const ask = vi.fn(async () => false);
  stop = poll(ask, 2_000);
  await pass(0);
  show(false);
  await pass(60_000);
  expect(ask).toHaveBeenCalledTimes(1);
  show(true);
  expect(ask).toHaveBeenCalledTimes(2);
  await pass(2_000);
  expect(ask).toHaveBeenCalledTimes(3);
});

it("begins when a page that was opened in the background is seen", async () => {
  isHidden = true;
  const ask = vi.fn(async () => false);
  stop = poll(ask, 2_000);
  await pass(10_000);
  expect(ask).not.toHaveBeenCalled();
  show(true);
  expect(ask).toHaveBeenCalledTimes(1);
});

it("goes on after an error", async () => {
  const ask = vi.fn(async () => {
    if (ask.mock.calls.length === 1) throw new Error("the server restarts");
    return true;
  });
  stop = poll(ask, 2_000);
  await pass(2_000);
  expect(ask).toHaveBeenCalledTimes(2);
});

it("ends when it is told to, what is under way as well", async () => {
  let given: AbortSignal | undefined;
  const ask = vi.fn((signal: AbortSignal) => {
    given = signal;
    return new Promise<boolean>(() => {});
  });
  stop = poll(ask, 2_000);
  stop();
  show(false);
  show(true);
  await pass(60_000);
  expect(ask).toHaveBeenCalledTimes(1);
  expect(given?.aborted).toBe(true);
});
