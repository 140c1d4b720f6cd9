import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Overview } from "../../../src/pages/issues/Overview";
import { go, query } from "../../../src/router";
import { isServerAnswering, serverStatus } from "../../../src/serverStatus";
import { projects } from "../../../src/session";
import { HOUR_MS, windowStart } from "../../../src/ui/chart";
import { openPage } from "../../page";
import { refusal, serve, settled } from "../../serving";

/** Stands at the network in place of the browser's own: what the server tells is told to it. */
class Stream extends EventTarget {
  static last: Stream;
  constructor() {
    super();
    Stream.last = this;
  }
  close(): void {}
  tell(kind: string, data: unknown): Promise<void> {
    return settled(() => this.dispatchEvent(new MessageEvent(kind, { data: JSON.stringify(data) })));
  }
}

const { asked, answers } = serve();
const page = openPage();
const COUNTERS = {
  received: 9,
  accepted: 9,
  dropped: 0,
  rejected: 0,
  stored: 9,
  duplicate: 0,
  dead_lettered: 0,
  lost: 0,
  buffered: 0,
};
const SERVER = {
  state: "ok",
  problems: [],
  buffer_usage: 0.123,
  buffered: 1_230,
  capacity: 10_000,
  dropped_total: 0,
  lost_total: 0,
  dropped_recently: 0,
  last_flush_ms: null,
  oldest_buffered_secs: 0,
  database_bytes: 1,
  disk_free_bytes: 1,
  version: "1",
  started_at: 0,
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"], shouldAdvanceTime: true, advanceTimeDelta: 2 });
  vi.stubGlobal("EventSource", Stream);
  serverStatus.value = null;
  isServerAnswering.value = true;
  projects.value = [{ id: "p1", name: "Shop", slug: "shop" }];
  go("/issues?project=shop");
  answers["GET /v1/stats"] = { total_errors: 1_234, unresolved_errors: 7, total_events_24h: 56_789 };
  answers["GET /v1/trends"] = [{ hour_bucket: windowStart(1, Date.now()), count: 5 }];
  answers["GET /v1/releases"] = [{ project_id: "p1", release: "1.2", first_seen: Date.now() }];
  answers["GET /v1/server"] = SERVER;
});
afterEach(() => vi.useRealTimers());

const figures = () =>
  page.all(".overview-figures > div").map((known) => {
    const [, value] = known.children;
    return [known.children[0]?.textContent, value?.textContent, value?.getAttribute("title")];
  });
const paths = () => asked.map((request) => request.path.split("?")[0]);

it("tells the project in numbers, each exactly for whoever asks", async () => {
  await page.show(<Overview />);
  expect(figures()).toEqual([
    ["Unresolved", "7", "7"],
    ["All errors", "1.2K", "1,234"],
    ["Events, 24 h", "56.8K", "56,789"],
    ["Buffer used", "12%", "1,230 of 10,000 events wait to be stored"],
  ]);
  expect(page.all("[role=slider]")[0]?.getAttribute("aria-valuetext")).toMatch(/: 5 events so far\. Release 1\.2$/);
});

it("says in words that events are being lost", async () => {
  answers["GET /v1/server"] = { ...SERVER, dropped_recently: 1_500 };
  await page.show(<Overview />);
  expect(page.all(".overview-lost").map((known) => known.textContent)).toEqual(["1,500 events dropped in 5 min."]);
});

it("remembers what of this project was lost", async () => {
  await page.show(<Overview />);
  await Stream.last.tell("counters", COUNTERS);
  expect(page.all(".overview-lost")).toEqual([]);
  await Stream.last.tell("counters", { ...COUNTERS, dropped: 2, lost: 1 });
  expect(page.text()).toContain("3 events lost since the server started");
});

it("reads its numbers anew twice a minute, and soon after something has happened", async () => {
  await page.show(<Overview />);
  const before = asked.length;
  await settled(() => vi.advanceTimersByTime(29_000));
  expect(paths().slice(before)).not.toContain("/v1/stats");
  await settled(() => vi.advanceTimersByTime(2_000));
  expect(
    paths()
      .slice(before)
      .filter((path) => path === "/v1/stats").length,
  ).toBe(1);
  for (let second = 0; second < 6; second += 1) {
    await Stream.last.tell("changed", { issues: [], left_out: 0 });
    await settled(() => vi.advanceTimersByTime(1_000));
  }
  const asking = paths()
    .slice(before)
    .filter((path) => path === "/v1/stats");
  expect(asking.length).toBe(2);
});

it("puts the hours that are chosen into the address, and takes them from there", async () => {
  await page.show(<Overview />);
  const slider = page.all("[role=slider]")[0];
  await settled(() => slider?.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true })));
  const from = windowStart(1, Date.now());
  expect([query.value.get("from"), query.value.get("until")]).toEqual([String(from), String(from + HOUR_MS)]);
  await page.press("Clear the choice");
  expect(query.value.get("from")).toBeNull();
});

it("shows what it has while something of it cannot be had", async () => {
  answers["GET /v1/stats"] = refusal(503, "busy");
  answers["GET /v1/releases"] = refusal(503, "busy");
  answers["GET /v1/server"] = refusal(503, "busy");
  await page.show(<Overview />);
  expect([figures()[0], figures()[3]]).toEqual([
    ["Unresolved", "—not loaded", null],
    ["Buffer used", "—not loaded", null],
  ]);
  expect(page.all("[role=slider]").length).toBe(1);
});
