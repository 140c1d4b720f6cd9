import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { ServerStatus } from "../../src/api/types";
import { nowMs } from "../../src/clock";
import { isServerAnswering, serverStatus } from "../../src/serverStatus";
import { ServerHealth } from "../../src/shell/ServerHealth";
import { openPage } from "../page";
import { refusal, serve, settled } from "../serving";

const { asked, answers } = serve();
const page = openPage();

function status(changes: Partial<ServerStatus> = {}): ServerStatus {
  return {
    state: "ok",
    problems: [],
    buffer_usage: 0.002,
    buffered: 16,
    capacity: 8192,
    dropped_total: 0,
    lost_total: 0,
    dropped_recently: 0,
    last_flush_ms: nowMs(),
    oldest_buffered_secs: null,
    database_bytes: 1_500_000_000,
    disk_free_bytes: 1e12,
    version: "1.0",
    started_at: Math.floor(nowMs() / 1000) - 200_000,
    ...changes,
  };
}

beforeEach(() => {
  serverStatus.value = null;
  isServerAnswering.value = true;
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"], shouldAdvanceTime: true });
});
afterEach(() => vi.useRealTimers());

const look = () => page.all(".health")[0]?.className;

it("says how full the buffer is, what was dropped, when was written last, and how large the database is", async () => {
  answers["GET /v1/server"] = status();
  await page.show(<ServerHealth />);
  const figures = page.all(".health-figures > div").map((one) => one.textContent);
  expect(figures).toEqual(["Buffer used<1%", "Events dropped0", "Last writenow", "Database1.5 GB"]);
  expect(look()).toBe("health ok");
});

it("is red and says so in words when something is lost", async () => {
  answers["GET /v1/server"] = status({ state: "failing", problems: ["12 events were dropped."], dropped_total: 12 });
  await page.show(<ServerHealth />);
  expect([look(), page.text().startsWith("12 events were dropped.")]).toEqual(["health bad", true]);
});

it("says that the server does not answer, and keeps what was known", async () => {
  answers["GET /v1/server"] = status();
  await page.show(<ServerHealth />);
  answers["GET /v1/server"] = refusal(503, "busy");
  await settled(() => vi.advanceTimersByTime(11_000));
  expect([look(), page.text().includes("does not answer"), page.text().includes("1.5 GB")]).toEqual([
    "health bad",
    true,
    true,
  ]);
});

it("asks once for all that show it, and not after they have gone", async () => {
  answers["GET /v1/server"] = status();
  await page.show([<ServerHealth key="1" />, <ServerHealth key="2" />]);
  expect(asked).toHaveLength(1);
  await page.show(null);
  await settled(() => vi.advanceTimersByTime(60_000));
  expect(asked).toHaveLength(1);
});
