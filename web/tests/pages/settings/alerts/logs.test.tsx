import { beforeEach, expect, it } from "vitest";
import type { AlertDelivery, AlertRule, FiredAlert } from "../../../../src/api/types";
import AlertsSection from "../../../../src/pages/settings/alerts/AlertsSection";
import { attemptsWords, remedy, statesWords } from "../../../../src/pages/settings/alerts/deliveryWords";
import { binned } from "../../../../src/pages/settings/alerts/Timeline";
import { go, query } from "../../../../src/router";
import { me, projects } from "../../../../src/session";
import { openPage } from "../../../page";
import { pageOf, serve } from "../../../serving";

const { asked, answers } = serve();
const page = openPage();
const show = (name?: string) =>
  page.show(<AlertsSection params={name === undefined ? { section: "alerts" } : { section: "alerts", name }} />);

const DELIVERY: AlertDelivery = {
  id: 1,
  alert_id: 1,
  rule_id: 7,
  rule_name: "Checkout",
  project_id: "p1",
  kind: "new_issue",
  fingerprint: "4f1c",
  channel_id: 2,
  channel_type: "slack",
  state: "failed",
  attempts: 4,
  fired_at: 1,
  next_at: null,
  finished_at: 2,
  status: 404,
  error: "answered 404: gone",
  digest_size: null,
};
const FIRED: FiredAlert = {
  id: 1,
  rule_id: 7,
  rule_name: "Checkout",
  project_id: "p1",
  kind: "new_issue",
  fingerprint: "4f1c",
  message: "New error: boom - 4f1c",
  fired_at: Date.now() - 3 * 86_400_000,
  deliveries: { sent: 2, failed: 1 },
};
const rule = (id: number, changes: Partial<AlertRule> = {}): AlertRule => ({
  id,
  name: "Checkout",
  rule_type: "regression",
  config: { type: "regression" },
  enabled: true,
  project_id: "p1",
  description: null,
  environment_filter: null,
  source_filter: null,
  release_filter: null,
  route_filter: null,
  http_status_filter: null,
  created_at: 1,
  updated_at: 1,
  problem: null,
  ...changes,
});

beforeEach(() => {
  me.value = { id: "u1", username: "linus", is_admin: true };
  projects.value = [{ id: "p1", name: "Shop", slug: "shop" }];
  answers["GET /v1/alerts"] = [rule(7)];
  go("/settings/alerts/deliveries?project=shop");
});

it("asks for what the address names, by rule and by state", async () => {
  answers["GET /v1/alert-deliveries"] = [DELIVERY];
  await show("deliveries");
  await page.choose("Rule", "7");
  await page.choose("State", "failed");
  expect([query.value.get("rule"), query.value.get("state")]).toEqual(["7", "failed"]);
  expect(asked.at(-1)?.path).toBe("/v1/alert-deliveries?project_id=p1&rule_id=7&state=failed&limit=50");
});

it("says what was wrong with a delivery, what to do about it, and leads to the error", async () => {
  answers["GET /v1/alert-deliveries"] = [DELIVERY];
  await show("deliveries");
  expect(page.text()).toContain("answered 404: gone – The webhook was removed on the other side");
  expect(page.text()).toContain("tried 4 times");
  expect(page.all<HTMLAnchorElement>(".log a").map((link) => link.getAttribute("href"))).toEqual([
    "/settings/alerts/7?project=shop",
    "/issues/4f1c?project=shop",
  ]);
});

it("loads what is older below what is there", async () => {
  answers["GET /v1/alert-deliveries"] = pageOf([{ ...DELIVERY, id: 2 }], "/v1/older");
  answers["GET /v1/older"] = [DELIVERY];
  await show("deliveries");
  await page.press("Load more");
  expect([page.all(".log > li").length, page.text().includes("That is all.")]).toEqual([2, true]);
});

it("tells the next step where nothing was sent, and where a filter keeps nothing", async () => {
  answers["GET /v1/alert-deliveries"] = [];
  await show("deliveries");
  expect(page.text()).toContain("Nothing was sent yet");
  await page.choose("State", "sent");
  await page.press("Show everything");
  expect(query.value.get("state")).toBeNull();
});

it("says of each alert how far its deliveries are", async () => {
  answers["GET /v1/alert-log"] = [FIRED];
  await show("fired");
  expect(page.text()).toContain("New error: boom - 4f1c");
  expect(page.text()).toContain("2 sent, 1 failed");
});

it("says when a rule fired last, and whose errors it watches", async () => {
  answers["GET /v1/alerts"] = [rule(7), rule(8, { name: "All", project_id: null }), rule(9, { project_id: "gone" })];
  answers["GET /v1/alert-log"] = [FIRED];
  await show();
  const cells = page
    .all("tbody tr")
    .map((row) => [...row.querySelectorAll("td .table-value")].map((one) => one.textContent));
  expect(cells.map(([, watches, last]) => [watches, last])).toEqual([
    ["Shop", "3d ago"],
    ["All projects", "not yet"],
    ["a deleted project", "not yet"],
  ]);
});

it("lets nobody switch what is not theirs", async () => {
  me.value = { id: "u1", username: "linus", is_admin: false };
  answers["GET /v1/projects"] = [{ id: "p1", name: "Shop", slug: "shop", created_at: 1, created_by: "u1" }];
  answers["GET /v1/alerts"] = [rule(7), rule(8, { name: "All", project_id: null })];
  answers["GET /v1/alert-log"] = [];
  await show();
  const switches = page.all<HTMLButtonElement>("[role=switch]");
  expect(switches.map((one) => one.disabled)).toEqual([false, true]);
});

it("says how often something was tried", () => {
  expect([0, 1, 3].map((attempts) => attemptsWords({ attempts, digest_size: null }))).toEqual([
    "not tried yet",
    "tried once",
    "tried 3 times",
  ]);
  expect(attemptsWords({ attempts: 1, digest_size: 4 })).toBe("tried once, with 3 other alerts in one message");
  expect([statesWords({}), statesWords({ failed: 1, pending: 2 })]).toEqual(["sent nowhere", "2 on its way, 1 failed"]);
});

it("knows no remedy for what it does not know", () => {
  expect([remedy(null), remedy("answered 418: a teapot")]).toEqual([null, null]);
  expect(remedy("the mail server answered 535: no")).toContain("password");
});

it("puts moments into equal parts of the time, the last one included", () => {
  expect(binned([0, 49, 50, 99, 100, -1], 0, 100, 2)).toEqual([2, 3]);
});
