import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { AlertRule } from "../../../../src/api/types";
import AlertsSection from "../../../../src/pages/settings/alerts/AlertsSection";
import { PAUSE_MS } from "../../../../src/pages/settings/alerts/useDryRun";
import { go, keepPage, path } from "../../../../src/router";
import { me, projects } from "../../../../src/session";
import { openPage } from "../../../page";
import { refusal, serve, settled } from "../../../serving";

const { asked, answers } = serve();
const page = openPage();
const RULE: AlertRule = {
  id: 7,
  name: "Checkout",
  rule_type: "threshold",
  config: { type: "threshold", threshold: 100, window_secs: 300 },
  enabled: true,
  project_id: "p1",
  description: null,
  environment_filter: "prod",
  source_filter: null,
  release_filter: null,
  route_filter: null,
  http_status_filter: null,
  created_at: 1,
  updated_at: 1,
  problem: null,
};
const ONCE = {
  fired: [
    {
      fired_at: Date.now() - 60_000,
      kind: "threshold",
      project_id: "p1",
      subject: "4f1c",
      message: "101 events: boom - 4f1c",
      count: 101,
    },
  ],
  total: 14,
  oldest_at: 0,
  is_exact: true,
  notes: [],
};
const dryRuns = () => asked.filter((request) => request.path === "/v1/alerts/dry-run");
const requestOf = (method: string) => asked.filter((request) => request.method === method).at(-1);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  me.value = { id: "u1", username: "linus", is_admin: true };
  projects.value = [{ id: "p1", name: "Shop", slug: "shop" }];
  answers["POST /v1/alerts/dry-run"] = ONCE;
  answers["GET /v1/alerts/7"] = RULE;
  answers["GET /v1/alerts/7/channels"] = [];
  go("/settings/alerts/new?project=shop");
});
afterEach(() => {
  vi.useRealTimers();
  keepPage(null);
});

async function showNew(search = ""): Promise<void> {
  go(`/settings/alerts/new?project=shop${search}`);
  await page.show(<AlertsSection params={{ section: "alerts", name: "new" }} />);
  await settled(() => vi.advanceTimersByTime(0));
}
const showRule = () => page.show(<AlertsSection params={{ section: "alerts", name: "7" }} />);

it("tries a rule once nobody has typed for a moment, and what was typed last", async () => {
  await showNew("&type=threshold");
  expect([dryRuns().length, page.text()]).toEqual([1, expect.stringContaining("14 times")]);
  await page.type("More than", "5");
  await settled(() => vi.advanceTimersByTime(PAUSE_MS - 1));
  await page.type("More than", "50");
  await settled(() => vi.advanceTimersByTime(PAUSE_MS - 1));
  expect(dryRuns().length).toBe(1);
  await settled(() => vi.advanceTimersByTime(1));
  expect(dryRuns().map((request) => request.body)).toEqual([
    expect.objectContaining({ config: { type: "threshold", threshold: 100, window_secs: 300 }, project_id: "p1" }),
    expect.objectContaining({ config: { type: "threshold", threshold: 50, window_secs: 300 } }),
  ]);
});

it("tries nothing for a name, and nothing that makes no sense", async () => {
  await showNew("&type=threshold");
  await page.type("Name", "Checkout");
  await page.type("More than", "many");
  await settled(() => vi.advanceTimersByTime(PAUSE_MS));
  expect(dryRuns().length).toBe(1);
  expect(page.text()).toContain("As soon as the figures make sense");
});

it("aborts what it asked before when something is changed", async () => {
  const signals: AbortSignal[] = [];
  const fetched = globalThis.fetch;
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    if (url !== "/v1/alerts/dry-run") return fetched(url, init);
    if (init.signal) signals.push(init.signal);
    return new Promise(() => {});
  });
  await showNew("&type=threshold");
  await page.type("More than", "5");
  await settled(() => vi.advanceTimersByTime(PAUSE_MS));
  expect(signals.map((signal) => signal.aborted)).toEqual([true, false]);
});

it("says why a rule cannot be tried, and tries again", async () => {
  answers["POST /v1/alerts/dry-run"] = refusal(503, "too many dry runs are under way, try again later");
  await showNew();
  expect(page.text()).toContain("Too many dry runs are under way");
  answers["POST /v1/alerts/dry-run"] = ONCE;
  await page.press("Try again");
  await settled(() => vi.advanceTimersByTime(PAUSE_MS));
  expect(page.text()).toContain("14 times");
});

it("creates a rule in the units of the API, and leads to where its alerts go", async () => {
  answers["POST /v1/alerts"] = RULE;
  await showNew();
  await page.tick("Too many events");
  await page.type("Within", "2");
  await page.type("Name", " Checkout ");
  await page.type("Environment", "prod");
  await page.send();
  const made = asked.find((request) => request.method === "POST" && request.path === "/v1/alerts");
  expect(made?.body).toEqual({
    name: "Checkout",
    description: null,
    config: { type: "threshold", threshold: 100, window_secs: 120 },
    environment_filter: "prod",
    source_filter: null,
    release_filter: null,
    route_filter: null,
    http_status_filter: null,
    project_id: "p1",
  });
  expect(path.value).toBe("/settings/alerts/7");
});

it("wants a name and figures that make sense", async () => {
  await showNew("&type=spike");
  await page.type("Compared with the time before, of", "0");
  await page.send();
  expect(page.errorOf("Name")).toMatch(/^Give the rule a name/);
  expect(page.errorOf("Compared with the time before, of")).toMatch(/^Give 10 seconds to 7 days/);
  expect(asked.some((request) => request.path === "/v1/alerts")).toBe(false);
});

it("says what the server refuses at the field that it is about", async () => {
  answers["POST /v1/alerts"] = refusal(400, "environment_filter must be at most 500 characters");
  await showNew();
  await page.type("Name", "Checkout");
  await page.send();
  expect(page.errorOf("Environment")).toBe("Environment_filter must be at most 500 characters.");
});

it("keeps what was changed until somebody says that it may go", async () => {
  await showRule();
  await page.type("Name", "Other");
  await settled(() => go("/issues?project=shop"));
  expect([path.value, page.text()]).toEqual(["/settings/alerts/new", expect.stringContaining("Leave without saving?")]);
  await page.press("Leave");
  expect(path.value).toBe("/issues");
});

it("sends what is changed of a rule, and nothing that a change cannot have", async () => {
  answers["PUT /v1/alerts/7"] = { ...RULE, name: "Till" };
  await showRule();
  await page.type("Name", "Till");
  await page.send();
  expect(requestOf("PUT")).toMatchObject({ path: "/v1/alerts/7", body: { name: "Till", environment_filter: "prod" } });
  expect(requestOf("PUT")?.body).not.toHaveProperty("project_id");
});

it("turns a rule off at once, and on again when the server refuses", async () => {
  answers["PUT /v1/alerts/7"] = refusal(503, "the store refused the change, try again");
  await showRule();
  await page.press("Checkout is judged");
  expect(page.button("Checkout is judged").getAttribute("aria-checked")).toBe("true");
  answers["PUT /v1/alerts/7"] = { ...RULE, enabled: false };
  await page.press("Checkout is judged");
  expect(page.button("Checkout is judged").getAttribute("aria-checked")).toBe("false");
  expect(requestOf("PUT")?.body).toEqual({ enabled: false });
});

it("deletes a rule once its name is typed", async () => {
  answers["DELETE /v1/alerts/7"] = { deleted: 7 };
  await showRule();
  await page.press("Delete…");
  await page.send();
  expect(requestOf("DELETE")).toBeUndefined();
  await page.type("Type Checkout to confirm", "Checkout");
  await page.send();
  expect([requestOf("DELETE")?.path, path.value]).toEqual(["/v1/alerts/7", "/settings/alerts"]);
});

it("shows a rule of somebody else without anything to press", async () => {
  me.value = { id: "u1", username: "linus", is_admin: false };
  answers["GET /v1/projects"] = [{ id: "p1", name: "Shop", slug: "shop", created_at: 1, created_by: "u2" }];
  await showRule();
  expect(page.text()).toContain("Not yours to manage");
  const names = page.all("button").map((known) => known.textContent);
  expect(names).not.toContain("Save changes");
  expect(names).not.toContain("Add channel");
});

it("says what has become of a test, channel by channel", async () => {
  const url = "https://hooks.example.com/********";
  const channel = (id: number, channel_type: string) => ({
    id,
    rule_id: 7,
    channel_type,
    config: { type: channel_type, webhook_url: url },
    created_at: 1,
    problem: null,
  });
  answers["GET /v1/alerts/7/channels"] = [channel(1, "slack"), channel(2, "teams")];
  answers["POST /v1/alerts/7/test"] = {
    sent: false,
    results: [
      { channel_id: 1, channel_type: "slack", ok: true, status: 200, error: null },
      { channel_id: 2, channel_type: "teams", ok: false, status: 404, error: "answered 404: gone" },
      { channel_id: null, channel_type: "webhook", ok: true, status: 204, error: null },
    ],
  };
  await showRule();
  await page.press("Send a test");
  const outcome = page.all("[aria-label='Outcome of the test'] li").map((known) => known.textContent);
  expect(outcome).toEqual([
    `Slack has taken it (200).${url}`,
    `Microsoft Teams has not taken it: answered 404: gone${url} – The webhook was removed on the other side: make a new one there.`,
    "Webhook has taken it (204).named by the server's environment",
  ]);
  answers["POST /v1/alerts/7/test"] = { sent: false, results: [] };
  await page.press("Send a test");
  expect(page.text()).toContain("The test went nowhere");
});

it("sends two presses of a switch in their order, and shows in the end what the server has", async () => {
  const usual = fetch;
  const sent: string[] = [];
  const answer: ((response: Response) => void)[] = [];
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    if (init.method !== "PUT") return usual(url, init);
    sent.push(String(init.body));
    return new Promise((resolve) => answer.push(resolve));
  });
  await showRule();
  const isOn = () => page.button("Checkout is judged").getAttribute("aria-checked");
  await page.press("Checkout is judged");
  await page.press("Checkout is judged");
  expect([isOn(), sent]).toEqual(["true", ['{"enabled":false}']]);
  await settled(() => answer[0]?.(Response.json(RULE)));
  expect(sent.at(-1)).toBe('{"enabled":true}');
  await settled(() => answer[1]?.(Response.json({ error: "busy" }, { status: 503 })));
  expect(isOn()).toBe("false");
});
