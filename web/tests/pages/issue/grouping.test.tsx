import { beforeEach, expect, it, vi } from "vitest";
import type { ErrorGrouping, IssueFingerprint } from "../../../src/api/types";
import GroupingPanel from "../../../src/pages/issue/GroupingPanel";
import MergeDialog from "../../../src/pages/issue/MergeDialog";
import { projects } from "../../../src/session";
import { openPage } from "../../page";
import { refusal, serve, settled } from "../../serving";
import { aDetail, ISSUE } from "./anIssue";

const { asked, answers } = serve();
const page = openPage();
const AT = "/v1/errors/f1";

const GROUPING: ErrorGrouping = {
  project_id: "p1",
  fingerprint: "f1",
  is_current: true,
  newest: {
    by: "version",
    version: 2,
    rule: null,
    rule_fingerprint: null,
    hashed_text: "web\nTypeError\n/basket\nno order <n>\ntotal (src/cart.ts)",
    fingerprint: "f1",
    older_fingerprint: null,
    parts: {
      source: "web",
      error_type: "TypeError",
      route: "/basket",
      message: "no order <n>",
      replaced: [{ kind: "number", found: "4711", placeholder: "<n>" }],
      frame: "total (src/cart.ts)",
      frame_line: "at total (src/cart.ts:1:2)",
      skipped: [{ line: "at map (<anonymous>)", reason: "framework: <anonymous>" }],
    },
  },
  fingerprints: [
    { fingerprint: "f1", origin: "version_2", rule: null, is_merged: false },
    { fingerprint: "f2", origin: "own", rule: null, is_merged: true },
  ],
};
const fingerprint = (name: string, more: Partial<IssueFingerprint> = {}): IssueFingerprint => ({
  fingerprint: name,
  total_count: 10,
  first_seen: 1,
  last_seen: 2,
  error_type: "TypeError",
  message: "m",
  source: "web",
  status: "unresolved",
  home: name,
  merged_into: null,
  merged_by: null,
  merged_by_name: null,
  merged_at: null,
  ...more,
});
const merged = vi.fn();
const show = () => page.show(<GroupingPanel issue={ISSUE} onMerged={merged} />);
const bodies = () => asked.filter((one) => one.method === "POST").map((one) => one.body);

beforeEach(() => {
  merged.mockClear();
  projects.value = [{ id: "p1", name: "Shop", slug: "shop" }];
  answers[`GET ${AT}/grouping`] = GROUPING;
  answers[`GET ${AT}/fingerprints`] = [
    fingerprint("f1"),
    fingerprint("f2", { merged_into: "f1", merged_at: Date.now(), merged_by: "u1", merged_by_name: "ada" }),
  ];
});

it("shows what was replaced, which lines do not count, and what is hashed", async () => {
  await show();
  expect(page.all(".why-parts mark").map((mark) => mark.textContent)).toEqual(["<n>", "<n>"]);
  expect(page.all("del").map((found) => found.textContent)).toEqual(["4711"]);
  await page.press("1 line before it does not count");
  expect(page.text()).toContain("a library's: <anonymous>");
  await page.press("Show what is hashed");
  expect(page.all("pre")[0]?.textContent).toBe(GROUPING.newest?.hashed_text);
});

it("says that the grouping has changed, that a rule decided, or that nobody knows", async () => {
  const newest = GROUPING.newest && { ...GROUPING.newest, by: "rule", rule: 0, rule_fingerprint: "pay {{type}}" };
  answers[`GET ${AT}/grouping`] = { ...GROUPING, is_current: false, newest };
  await show();
  expect(page.text()).toContain("The grouping of the project has changed since.");
  expect(page.text()).toContain("Rule 1 of the project decided");
  expect(page.text()).toContain("pay {{type}}");
  await page.show(null);
  answers[`GET ${AT}/grouping`] = { ...GROUPING, newest: null };
  await show();
  expect(page.text()).toContain("None of its events is stored any more");
});

it("takes a merged issue out after saying what that does", async () => {
  answers[`POST ${AT}/unmerge`] = { fingerprint: "f1", status: "unresolved", total_count: 10, unmerged: ["f2"] };
  await show();
  await page.press("Take out f2");
  expect(page.text()).toContain("It becomes an error of its own again, with its events (10)");
  await page.send();
  expect([bodies(), merged.mock.calls.length]).toEqual([[{ all: true }], 1]);
});

it("finds issues by words and by what is pasted, and merges them once somebody is sure", async () => {
  const other = { ...ISSUE, fingerprint: "f3", message: "other", total_count: 5 };
  answers["GET /v1/errors"] = [ISSUE, other];
  answers["GET /v1/errors/a1b2c3d4e5f60718"] = aDetail({}, { fingerprint: "a1b2c3d4e5f60718", total_count: 7 });
  answers[`POST ${AT}/merge`] = refusal(409, "one of them was merged already");
  await page.show(<MergeDialog issue={ISSUE} onClose={() => {}} onMerged={merged} />);
  expect(page.all("input[type=checkbox]")).toHaveLength(1);
  await settled(() => page.all("input[type=checkbox]")[0]?.click());
  await page.type("Find errors", "https://bloop.example/issues/a1b2c3d4e5f60718?project=shop");
  await vi.waitFor(async () => {
    await settled();
    expect(page.all("input[type=checkbox]")).toHaveLength(2);
  });
  await settled(() => page.all<HTMLInputElement>("input[type=checkbox]:not(:checked)")[0]?.click());
  await page.press("Merge 2 errors…");
  expect(page.text()).toContain("12 events come to this error");
  expect(bodies()).toEqual([]);
  await page.send();
  expect(page.text()).toContain("One of them was merged already.");
  answers[`POST ${AT}/merge`] = { fingerprint: "f1", status: "unresolved", total_count: 52, merged: ["f3"] };
  await page.send();
  expect(bodies().at(-1)).toEqual({ fingerprints: ["f3", "a1b2c3d4e5f60718"] });
  expect(merged).toHaveBeenCalledTimes(1);
});
