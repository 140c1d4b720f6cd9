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

it("stays as it was known when nothing answers", async () => {
  answers[PROBE] = { spikes: [] };
  const { hasInsights, probeInsights } = await loaded();
  await probeInsights();
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("offline")));
  await probeInsights();
  expect(hasInsights.value).toBe(true);
});
