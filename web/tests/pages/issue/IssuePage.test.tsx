import { beforeEach, expect, it, vi } from "vitest";
import { listenToKeys } from "../../../src/keys";
import { rememberList } from "../../../src/lists";
import IssuePage from "../../../src/pages/issue/IssuePage";
import Breakdown from "../../../src/pages/issue/IssuePlaces";
import { keep } from "../../../src/pages/issues/paging";
import { go, path, query } from "../../../src/router";
import { me, projects } from "../../../src/session";
import { openPage } from "../../page";
import { refusal, serve, settled } from "../../serving";
import { aDetail, ISSUE } from "./anIssue";

const { asked, answers } = serve();
const page = openPage();
listenToKeys();
let feed: EventTarget | null = null;

/** Stands at the network: what the server tells is done to `feed`. */
class Feed extends EventTarget {
  onopen = null;
  onerror = null;
  constructor() {
    super();
    feed = this;
  }
  close(): void {}
}
const tell = (kind: string, data: object) =>
  settled(() => feed?.dispatchEvent(new MessageEvent(kind, { data: JSON.stringify(data) })));
const key = (name: string) =>
  settled(() => document.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true })));
const open = async (fingerprint = "f1", project = "shop") => {
  go(`/issues/${fingerprint}?project=${project}`);
  await page.show(<IssuePage params={{ fingerprint }} />);
  await vi.dynamicImportSettled();
  await settled();
};
const status = () => page.all(".issue-status .badge")[0]?.textContent;

beforeEach(() => {
  vi.stubGlobal("EventSource", Feed);
  me.value = { id: "u1", username: "ada", is_admin: false };
  projects.value = [
    { id: "p1", name: "Shop", slug: "shop" },
    { id: "p2", name: "Depot", slug: "depot" },
  ];
  answers["GET /v1/errors/f1"] = aDetail();
  answers["GET /v1/errors/f1/trend"] = [];
  answers["GET /v1/errors/f1/tags"] = { events: 0, total_count: 40, is_complete: true, tags: [], other_tags: 0 };
});

it("tells what went wrong, how often, to how many, and since when", async () => {
  await open();
  expect(page.all("h1")[0]?.textContent).toBe("TypeError");
  expect(document.title).toBe("TypeError: price is undefined · bloop");
  expect(status()).toBe("unresolved");
  expect(page.all(".issue-facts dd").map((known) => known.textContent)).toEqual([
    "40",
    "about 7",
    "2d ago",
    "in 1.4.0",
    "1h ago",
    "in 1.4.2",
  ]);
});

it("says what ends a mute, where an error is fixed, and where it came back", async () => {
  const snooze = { until: null, until_total_count: 140, until_users_affected: null, after_release: "1.4.2" };
  answers["GET /v1/errors/f1"] = aDetail({ snooze }, { fingerprint: "f1", status: "muted" });
  await open();
  expect(page.text()).toContain("until 100 more events or a release after 1.4.2");
  answers["GET /v1/errors/f2"] = aDetail(
    { fix: { release: "1.4.2", is_next: true } },
    { fingerprint: "f2", status: "resolved" },
  );
  await open("f2");
  expect(page.text()).toContain("fixed in the release after 1.4.2");
  const regression = { resolved_at: 1, resolved_by_name: "ada", resolved_in: "1.4.0", back_at: 2, back_in: "1.4.2" };
  answers["GET /v1/errors/f3"] = aDetail({ regression }, { fingerprint: "f3" });
  await open("f3");
  expect(page.text()).toContain("resolved in 1.4.0, back in 1.4.2");
});

it("says that events name no user where none do", async () => {
  answers["GET /v1/errors/f1"] = aDetail({}, { users_affected: 0 });
  await open();
  expect(page.text()).toContain("none named");
});

it("shows at once what is done by key, and asks anew what has become of it", async () => {
  await open();
  answers["POST /v1/status-changes"] = { matched: 1, changed: 1, updated: 1, unknown: [], change_id: "c1" };
  answers["GET /v1/errors/f1"] = aDetail({}, { status: "resolved" });
  await key("r");
  expect(status()).toBe("resolved");
  expect(asked.filter((request) => request.path.startsWith("/v1/errors/f1?"))).toHaveLength(2);
  expect(page.all(".acts-row > [data-act]").map((known) => known.dataset.act)).toEqual(["unresolved"]);
});

it("follows what others do, and counts events as they come", async () => {
  await open();
  const event = { fingerprint: "f1", old_status: "unresolved", new_status: "ignored", changed_by: "u2", changed_at: 1 };
  answers["GET /v1/errors/f1"] = aDetail({}, { status: "ignored" });
  await tell("status", event);
  expect(status()).toBe("ignored");
  await tell("status", { ...event, fingerprint: "other", new_status: "resolved" });
  expect(status()).toBe("ignored");
  await tell("changed", { issues: [{ fingerprint: "f1", events: 3, last_seen: Date.now() }], left_out: 0 });
  expect(page.all(".issue-figure")[0]?.textContent).toBe("43");
});

it("says that there is no such error, and leads on", async () => {
  answers["GET /v1/errors/gone"] = refusal(404, "no errors with fingerprint gone");
  await open("gone");
  expect(page.text()).toContain("This project has no such error");
  expect(page.all("a").map((link) => link.getAttribute("href"))).toContain("/issues/gone?project=*");
});

it("says what is wrong when it cannot be loaded, and tries again", async () => {
  answers["GET /v1/errors/slow"] = refusal(503, "the query took too long");
  await open("slow");
  expect(page.text()).toContain("The query took too long.");
  answers["GET /v1/errors/slow"] = aDetail({}, { fingerprint: "slow" });
  await page.press("Try again");
  expect(page.all("h1")[0]?.textContent).toBe("TypeError");
});

it("says which error a merged fingerprint belongs to", async () => {
  answers["GET /v1/errors/merged"] = aDetail();
  await open("merged");
  expect(page.text()).toContain("merged belongs to this error.");
});

it("goes to the project that has it, where the address names none", async () => {
  await open("f1", "*");
  expect(path.value).toBe("/issues/f1");
  expect(query.value.get("project")).toBe("shop");
});

it("asks which project is meant, where several have it", async () => {
  vi.stubGlobal("fetch", async (url: string) => {
    if (url.includes("p1")) return Response.json(aDetail());
    if (url.includes("p2")) return Response.json(aDetail({}, { project_id: "p2", total_count: 1 }));
    return Response.json({ error: "project_id is required" }, { status: 400 });
  });
  await open("f1", "*");
  await settled();
  expect(page.all(".which-project a").map((link) => [link.textContent, link.getAttribute("href")])).toEqual([
    ["Shop", "/issues/f1?project=shop"],
    ["Depot", "/issues/f1?project=depot"],
  ]);
});

it("leads along the list that one has come from, and back to it", async () => {
  const address = "/issues?project=shop&q=is%3Aall";
  const rows = ["f0", "f1", "f2"].map((fingerprint) => ({ ...ISSUE, fingerprint, status: "unresolved" as const }));
  keep(address, { list: { rows, next: null, total: null }, scrollPx: 0, current: null, askedAt: 0 });
  rememberList(address);
  await open();
  expect(page.text()).toContain("2 / 3");
  await key("j");
  expect(path.value).toBe("/issues/f2");
  await open("f2");
  await key("k");
  expect(path.value).toBe("/issues/f1");
  await key("Escape");
  expect(`${path.value}?${query.value}`).toBe(address);
});

it("shows all of 500 releases when somebody wants them, and finds one by its name", async () => {
  const [row] = aDetail().aggregates;
  if (!row) throw new Error("no row");
  const aggregates = Array.from({ length: 500 }, (_, index) => ({
    ...row,
    release: `1.${index}`,
    total_count: 500 - index,
  }));
  answers["GET /v1/errors/f1/tags"] = { events: 0, total_count: 0, is_complete: true, tags: [], other_tags: 0 };
  await page.show(<Breakdown detail={aDetail({ aggregates })} />);
  const names = () => page.all("[aria-label=Releases] .share-name").map((known) => known.textContent);
  expect(names()).toEqual(["1.0", "1.1", "1.2", "1.3", "1.4"]);
  await page.press("Show all 500");
  expect(names()).toHaveLength(200);
  expect(page.text()).toContain("300 more: type to find them.");
  await page.type("Find a release", "1.49");
  expect(names()).toEqual(["1.49", ...Array.from({ length: 10 }, (_, index) => `1.49${index}`)]);
  await page.type("Find a release", "nothing");
  expect(page.text()).toContain("No release is called that.");
});

it("says what the events have in common, and keeps those of a source", async () => {
  go("/issues/f1?project=shop&tab=timeline");
  const value = (name: string, count: number) => ({ value: name, count, share: count / 10 });
  answers["GET /v1/errors/f1/tags"] = {
    events: 10,
    total_count: 40,
    is_complete: false,
    tags: [
      {
        key: "source",
        is_built_in: true,
        events: 10,
        missing: 0,
        values: [value("web", 7), value("ios", 3)],
        other_values: 0,
        other_events: 0,
      },
      {
        key: "plan",
        is_built_in: false,
        events: 10,
        missing: 0,
        values: [value("free", 10)],
        other_values: 0,
        other_events: 0,
      },
    ],
    other_tags: 0,
  };
  await page.show(<Breakdown detail={aDetail()} />);
  expect(page.text()).toContain("Of the newest 10 events");
  expect(page.text()).toContain("planfree");
  await settled(() =>
    page
      .all("button")
      .find((known) => known.textContent === "ios")
      ?.click(),
  );
  expect(`${query.value}`).toBe("project=shop&source=ios");
});

it("is handed to a coding agent by a link, unless it cannot be had", async () => {
  answers["GET /v1/errors/f1.md"] = "the Markdown";
  const left = vi.spyOn(location, "assign").mockImplementation(() => {});
  await open();
  await page.press("Copy");
  await page.press("Open in Cursor");
  await settled();
  expect(left).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/^cursor:.*the%20Markdown/));

  answers["GET /v1/errors/f1.md"] = refusal(503, "busy");
  await page.press("Copy");
  await page.press("Open in Claude Code");
  await settled();
  expect(left).toHaveBeenCalledOnce();
  left.mockRestore();
});
