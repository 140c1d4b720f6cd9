import { beforeEach, expect, it, vi } from "vitest";
import { learnTime, nowMs } from "../../../src/clock";
import { listenToKeys } from "../../../src/keys";
import IssuesPage from "../../../src/pages/issues/IssuesPage";
import { trendOf } from "../../../src/pages/issues/trends";
import { go, query } from "../../../src/router";
import { me, projects } from "../../../src/session";
import { changes, undoLast } from "../../../src/triage/acts";
import { openPage } from "../../page";
import { pageOf, refusal, serve, settled } from "../../serving";
import { row } from "./making";

/** Stands at the network in place of the browser's own. */
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
const ofShop = { project_id: "p1" };
const ofForge = { project_id: "p2" };

listenToKeys();
const press = (key: string) =>
  document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));

beforeEach(() => {
  vi.stubGlobal("EventSource", Stream);
  projects.value = [
    { id: "p1", name: "Shop", slug: "shop" },
    { id: "p2", name: "Forge", slug: "forge" },
  ];
  me.value = { id: "u1", username: "ada", is_admin: true };
  go("/issues?project=shop");
  answers["GET /v1/stats"] = { total_errors: 3, unresolved_errors: 3, total_events_24h: 3 };
  for (const list of ["trends", "releases", "views", "error-trends"]) answers[`GET /v1/${list}`] = [];
  answers["GET /v1/facets"] = { statuses: [], releases: [], environments: [], sources: [], routes: [] };
  answers["GET /v1/errors"] = [];
});

const titles = () => page.all(".issue .issue-link").map((link) => link.textContent);
const choose = (index: number) => settled(() => page.all<HTMLInputElement>(".issue-pick input")[index]?.click());
const times = (path: string) => asked.filter((request) => request.path.split("?")[0] === path).length;

it("puts in what comes behind the rows that have all left", async () => {
  answers["GET /v1/errors"] = pageOf([row("a", ofShop), row("b", ofShop)], "/v1/more");
  answers["POST /v1/status-changes"] = { change_id: "c", changed: 2, unknown: [] };
  answers["GET /v1/more"] = refusal(503, "busy");
  await page.show(<IssuesPage />);
  await choose(0);
  await choose(1);
  await page.press("Resolve");
  expect(titles()).toEqual([]);
  expect(page.text()).toContain("What comes next could not be loaded.");
  expect(page.text()).not.toContain("Nothing is unresolved");
  answers["GET /v1/more"] = [row("c", ofShop)];
  await page.press("Try again");
  expect(titles()).toEqual(["Error c"]);
  expect(page.text()).toContain("1 error");
});

it("shows the first issue of an empty list without being asked to", async () => {
  await page.show(<IssuesPage />);
  expect(page.text()).toContain("No errors so far");
  answers["GET /v1/errors"] = [row("a", ofShop)];
  await Stream.last.tell("new", { fingerprint: "a", events: 1, first_seen: 1, last_seen: 1, status: "unresolved" });
  expect(titles()).toEqual(["Error a"]);
  answers["GET /v1/errors"] = [row("b", ofShop), row("a", ofShop)];
  await Stream.last.tell("new", { fingerprint: "b", events: 1, first_seen: 2, last_seen: 2, status: "unresolved" });
  expect(titles()).toEqual(["Error a"]); // where there is a row, none moves by itself
  expect(page.text()).toContain("1 new");
});

it("fills an empty list again when what had emptied it is taken back", async () => {
  await page.show(<IssuesPage />);
  answers["GET /v1/errors"] = [row("a", ofShop)];
  await settled(() => {
    changes.value += 1;
  });
  expect(titles()).toEqual(["Error a"]);
});

it("shows at once what is put back into a list that was loaded without it", async () => {
  const rows = [row("a", ofShop), row("b", ofShop)];
  answers["GET /v1/errors"] = rows;
  answers["POST /v1/status-changes"] = { change_id: "c", changed: 1, unknown: [] };
  answers["POST /v1/status-changes/c/undo"] = { put_back: 1, left_alone: 0 };
  await page.show(<IssuesPage />);
  await choose(0);
  await page.press("Resolve");
  answers["GET /v1/errors"] = rows.slice(1);
  await page.press("Refresh");
  expect(titles()).toEqual(["Error b"]);
  answers["GET /v1/errors"] = rows;
  await settled(() => undoLast.value?.());
  expect(titles()).toEqual(["Error a", "Error b"]);
});

it("counts the statuses anew after an act, also where no feed tells of it", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  go("/issues?project=*");
  answers["GET /v1/errors"] = [row("a", ofShop)];
  await page.show(<IssuesPage />);
  const before = [times("/v1/facets"), times("/v1/stats")];
  await settled(() => {
    changes.value += 1;
  });
  await settled(() => vi.advanceTimersByTime(4_000));
  expect([times("/v1/facets"), times("/v1/stats")]).toEqual(before.map((count) => count + 1));
  vi.useRealTimers();
});

it("tells issues of two projects apart that have one fingerprint, and keeps showing one that has left the list", async () => {
  go("/issues?project=*");
  answers["GET /v1/errors"] = [row("same", ofShop), row("same", ofForge)];
  await page.show(<IssuesPage />);
  await settled(() => page.all(".issue")[1]?.focus());
  await settled(() => press("o"));
  await settled(() => vi.waitUntil(() => query.value.has("peek")));
  expect(query.value.get("peek")).toBe("forge/same");
  expect(page.all(".peek-head a")[0]?.getAttribute("href")).toBe("/issues/same?project=forge");
  answers["GET /v1/errors"] = [];
  await page.press("Refresh");
  expect(page.all(".peek").length).toBe(1);
});

/** Have no answer come to what is asked at an address, until it is aborted or this is called. */
function holdBack(part: string): (answer: unknown) => Promise<void> {
  const usual = fetch;
  let answerWith = (_: unknown) => {};
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    if (!url.includes(part)) return usual(url, init);
    return new Promise((resolve, reject) => {
      init.signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
      answerWith = (answer) => resolve(Response.json(answer));
    });
  });
  return (answer) => settled(() => answerWith(answer));
}

it("goes on loading a list that was come back to, when another filter was begun and left", async () => {
  answers["GET /v1/errors"] = pageOf([row("a", ofShop)], "/v1/more");
  answers["GET /v1/more"] = [row("b", ofShop)];
  await page.show(<IssuesPage />);
  await settled(() => go("/issues/a?project=shop"));
  await page.show(null);
  await settled(() => go("/issues?project=shop"));
  await page.show(<IssuesPage />);
  holdBack("q=never");
  await settled(() => go("/issues?project=shop&q=never", { replace: true }));
  expect(page.button("Refresh").getAttribute("aria-busy")).toBe("true");
  await settled(() => go("/issues?project=shop", { replace: true }));
  expect(page.button("Refresh").getAttribute("aria-busy")).toBeNull();
  await settled(() => go("/settings")); // from where no list is come back to
});

it("means all that match only if nothing else was chosen until their number came", async () => {
  answers["GET /v1/errors"] = pageOf([row("a", ofShop), row("b", ofShop)], "/v1/more");
  answers["GET /v1/more"] = refusal(503, "busy");
  await page.show(<IssuesPage />);
  const answer = holdBack("/v1/status-changes");
  await choose(0);
  await page.press("Select all that match");
  await choose(1);
  await answer({ matched: 900 });
  expect(page.text()).toContain("2 selected");
  await page.press("Select all that match");
  await answer({ matched: 900 });
  expect(page.text()).toContain("All 900 that match");
});

it("says the number of users as one says it", async () => {
  answers["GET /v1/errors"] = [
    row("a", { ...ofShop, users_affected: 1 }),
    row("b", { ...ofShop, users_affected: 2_000, users_affected_exact: false }),
  ];
  await page.show(<IssuesPage />);
  const said = page.all(".issue .issue-users .unseen").map((known) => known.textContent);
  expect(said).toEqual(["1 user", "About 2,000 users"]);
});

it("puts events that come into their hour by the server's clock", async () => {
  answers["GET /v1/errors"] = [row("late", ofShop)];
  answers["GET /v1/error-trends"] = [{ fingerprint: "late", counts: [] }];
  await page.show(<IssuesPage />);
  await vi.waitUntil(() => trendOf(row("late", ofShop)) !== null);
  learnTime(new Date(Date.now() + 5 * 3_600_000).toUTCString());
  const issues = [{ fingerprint: "late", events: 2, last_seen: nowMs() }];
  await Stream.last.tell("changed", { issues, left_out: 0 });
  learnTime(new Date().toUTCString());
  const hour = 3_600_000 * Math.floor((Date.now() + 5 * 3_600_000) / 3_600_000);
  expect(trendOf(row("late", ofShop))).toEqual([{ hour_bucket: hour, count: 2 }]);
});
