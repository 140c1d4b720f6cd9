import { describe as about, expect, it } from "vitest";
import type { AlertRule } from "../../../../src/api/types";
import { faultsOf } from "../../../../src/pages/settings/alerts/checking";
import { draftFrom } from "../../../../src/pages/settings/alerts/prefill";
import {
  type Draft,
  describe,
  draftOf,
  filtersOf,
  inputOf,
  newDraft,
} from "../../../../src/pages/settings/alerts/rules";

const SHOP = { id: "p1", name: "Shop", slug: "shop" };

function rule(rule_type: string, config: AlertRule["config"], changes: Partial<AlertRule> = {}): AlertRule {
  return {
    id: 1,
    name: "Checkout",
    rule_type,
    config: { type: rule_type, ...config },
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
  };
}

const CONFIGS: [string, AlertRule["config"], string][] = [
  ["new_issue", { regressions: true }, "New errors, and errors that are back"],
  ["new_issue", { regressions: false }, "New errors"],
  ["regression", {}, "Errors that are back after they were resolved"],
  ["threshold", { threshold: 1_000, window_secs: 300 }, "More than 1,000 events of one error within 5 minutes"],
  [
    "threshold",
    { threshold: 0, window_secs: 90, route: "/pay" },
    "More than 0 events of the route /pay within 90 seconds",
  ],
  [
    "spike",
    { multiplier: 1.5, baseline_window_secs: 3_600, compare_window_secs: 300, min_count: 20 },
    "Over 1.5 times as many events in 5 minutes as in the hour before, and at least 20",
  ],
  [
    "escalating",
    { multiplier: 5, window_secs: 7_200, min_count: 50 },
    "Errors with over 5 times as many events in 2 hours as at that time in the week before, and at least 50",
  ],
  [
    "mover",
    { percent: 100, window_secs: 3_600, min_change: 20, direction: "up" },
    "Errors with 100 % more events in 1 hour than in as long before, and by at least 20",
  ],
  [
    "mover",
    { percent: 50, window_secs: 7_200, min_change: 5, direction: "both", fingerprint: "4f1c" },
    "The error 4f1c with 50 % more or fewer events in 2 hours than in as long before, and by at least 5",
  ],
  [
    "spike",
    { multiplier: 3, baseline_window_secs: 7_200, compare_window_secs: 300, min_count: 5, fingerprint: "4f1c" },
    "Over 3 times as many events of the error 4f1c in 5 minutes as in the 2 hours before, and at least 5",
  ],
];

it.each(CONFIGS)("says what a rule of the kind %s fires for", (type, config, sentence) => {
  expect(describe(rule(type, config))).toBe(sentence);
});

it.each(CONFIGS)("leaves a rule of the kind %s as it is when the form is sent unchanged", (type, config) => {
  expect(inputOf(draftOf(rule(type, config))).config).toEqual({ type, ...config });
});

it("leaves the config alone of a kind that it does not know, and shows what it is", () => {
  const known = rule("anomaly_score", { sigma: 4 });
  expect(inputOf(draftOf(known))).not.toHaveProperty("config");
  expect(describe(known)).toContain("anomaly score");
});

it("takes the environment of a config for the filter that says the same", () => {
  const known = rule("new_issue", { regressions: true, environment: "prod" });
  expect(inputOf(draftOf(known))).toMatchObject({
    environment_filter: "prod",
    config: { type: "new_issue", regressions: true },
  });
  expect(filtersOf(known)).toEqual([{ name: "environment", value: "prod" }]);
});

it("takes filters away that were emptied, and the HTTP status from kinds that cannot have it", () => {
  const draft: Draft = { ...newDraft("p1"), type: "threshold" };
  expect(inputOf({ ...draft, filters: { ...draft.filters, source: " api ", http_status: "5xx" } })).toMatchObject({
    environment_filter: null,
    source_filter: "api",
    http_status_filter: null,
  });
});

about("what is wrong", () => {
  const threshold = (changes: Partial<Draft["threshold"]>): Draft => {
    const draft = newDraft("p1");
    return { ...draft, type: "threshold", threshold: { ...draft.threshold, ...changes } };
  };
  it("is nothing in a new form of any kind", () => {
    for (const type of ["new_issue", "regression", "threshold", "spike", "escalating", "mover"]) {
      expect(faultsOf({ ...newDraft("p1"), type })).toEqual({});
    }
  });
  it.each([
    [threshold({ more_than: "" }), "threshold"],
    [threshold({ more_than: "1.5" }), "threshold"],
    [threshold({ window: { amount: "9", unit: "seconds" } }), "window"],
    [threshold({ window: { amount: "2", unit: "days" } }), "window"],
    [threshold({ of: "one" }), "fingerprint"],
    [threshold({ of: "route" }), "counted_route"],
  ])("is said at its field (%#)", (draft, field) => {
    expect(Object.keys(faultsOf(draft))).toEqual([field]);
  });
  it("is a spike that is compared with less than itself", () => {
    const draft = newDraft("p1");
    const spike = { ...draft.spike, baseline: { amount: "5", unit: "minutes" as const } };
    expect(Object.keys(faultsOf({ ...draft, type: "spike", spike }))).toEqual(["baseline"]);
  });
  it("is a fall by more than all", () => {
    const draft = newDraft("p1");
    const falls = (percent: string, direction: "up" | "down") =>
      Object.keys(faultsOf({ ...draft, type: "mover", mover: { ...draft.mover, percent, direction } }));
    expect([falls("100", "down"), falls("101", "down"), falls("101", "up"), falls("0", "up")]).toEqual([
      [],
      ["percent"],
      [],
      ["percent"],
    ]);
  });
  it("is a status that is none", () => {
    const draft = newDraft("p1");
    const withStatus = (http_status: string) => ({ ...draft, filters: { ...draft.filters, http_status } });
    expect(["5xx", "503", "4XX"].map((status) => faultsOf(withStatus(status)))).toEqual([{}, {}, {}]);
    expect(["5", "600", "5x"].map((status) => Object.keys(faultsOf(withStatus(status))))).toEqual([
      ["http_status"],
      ["http_status"],
      ["http_status"],
    ]);
  });
});

about("an address that fills in the form", () => {
  const from = (search: string) => draftFrom(new URLSearchParams(search), SHOP, [SHOP]);
  it("has the names and the units of the API", () => {
    const draft = from("type=spike&multiplier=4&baseline_window_secs=7200&compare_window_secs=600&min_count=9&name=S");
    expect(inputOf(draft)).toMatchObject({
      name: "S",
      config: { type: "spike", multiplier: 4, baseline_window_secs: 7_200, compare_window_secs: 600, min_count: 9 },
    });
  });
  it("leads to one error, or to a route", () => {
    const one = from("rule_type=threshold&fingerprint=4f1c&threshold=0&window_secs=60&environment_filter=prod");
    expect([one.threshold.of, one.threshold.more_than, one.filters.environment]).toEqual(["one", "0", "prod"]);
    expect(from("type=threshold&route=/pay").threshold).toMatchObject({ of: "route", route: "/pay", more_than: "100" });
  });
  it("says for which project, or for all of them", () => {
    expect([from("").project, from("project_id=shop").project, from("project_id=*").project]).toEqual([
      "p1",
      "p1",
      null,
    ]);
  });
  it("is an empty form where it says nothing that is known", () => {
    expect(from("type=magic&window_secs=soon&multiplier=")).toEqual(newDraft("p1"));
  });
  it("turns off what is false", () => {
    expect(from("type=new_issue&regressions=false").regressions).toBe(false);
  });
});
