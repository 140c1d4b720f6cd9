import { beforeEach, expect, it, vi } from "vitest";
import { refusal, serve } from "../serving";

const { asked, answers } = serve();
const PROBE = "GET /v1/analytics/spikes";

beforeEach(() => sessionStorage.clear());

/** The module as a page has it that was just loaded. */
async function loaded() {
  vi.resetModules();
  return import("../../src/shell/insightsThere");
}

it.each([
  ["are there when the probe is answered", { spikes: [] }, true],
  [
    "are there while they are being prepared",
    refusal(503, "insights are not there yet: 3% of the counts are copied"),
    true,
  ],
  ["are not there without their routes", refusal(404, "not found"), false],
])("insights %s, which is remembered", async (_, answer, isThere) => {
  answers[PROBE] = answer;
  const { hasInsights, probeInsights } = await loaded();
  expect(hasInsights.value).toBe(false);
  await probeInsights();
  expect(asked.map((request) => request.path)).toEqual(["/v1/analytics/spikes?limit=1"]);
  expect(hasInsights.value).toBe(isThere);
  expect((await loaded()).hasInsights.value).toBe(isThere);
});

it("lets the page come first where they are known, and asks nothing for one that has gone", async () => {
  sessionStorage.setItem("bloop-insights", "yes");
  answers[PROBE] = refusal(404, "not found");
  vi.useFakeTimers();
  const { hasInsights, probeInsights } = await loaded();
  const ended = new AbortController();
  const [left, stays] = [probeInsights(ended.signal), probeInsights()];
  ended.abort();
  await vi.advanceTimersByTimeAsync(1_000);
  expect([asked.length, hasInsights.value]).toEqual([0, true]);
  await vi.runAllTimersAsync();
  await Promise.all([left, stays]);
  vi.useRealTimers();
  expect([asked.length, hasInsights.value]).toEqual([1, false]);
});

it("stays as it was known when nothing answers", async () => {
  answers[PROBE] = { spikes: [] };
  const { hasInsights, probeInsights } = await loaded();
  await probeInsights();
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("offline")));
  vi.useFakeTimers();
  const again = probeInsights();
  await vi.runAllTimersAsync();
  await again;
  vi.useRealTimers();
  expect(hasInsights.value).toBe(true);
});
