import { afterEach, beforeEach, expect, it } from "vitest";
import GroupingSection from "../../../../src/pages/settings/grouping/GroupingSection";
import {
  changeWords,
  draftOf,
  faultsOf,
  inputOf,
  moved,
  ruleFault,
} from "../../../../src/pages/settings/grouping/grouping";
import { go, keepPage, path } from "../../../../src/router";
import { projects } from "../../../../src/session";
import { openPage } from "../../../page";
import { refusal, serve, settled } from "../../../serving";

const { asked, answers } = serve();
const page = openPage();
const AT = "/v1/projects/shop/grouping";
const INFO = {
  version: 1,
  rules: [
    { match: { type: "TimeoutError", frame: "*pay*" }, fingerprint: "payments" },
    { match: { message: "*deadlock*" }, fingerprint: "deadlock in {{route}}" },
  ],
  updated_at: null,
};
const PREVIEW = {
  events: 1_000,
  is_complete: false,
  oldest_at: 1,
  errors_before: 12,
  errors_after: 9,
  regrouped: 40,
  rule_events: [30, 10],
  changes_total: 1,
  changes: [
    {
      kind: "joined",
      events: 40,
      before: [{ fingerprint: "a", events: 40, error_type: "TimeoutError", message: "late" }],
      after: [{ fingerprint: "b", is_new: true, events: 40, error_type: "TimeoutError", message: "late", rule: 0 }],
    },
  ],
};
const sent = (method: string) => asked.filter((request) => request.method === method).at(-1)?.body;

beforeEach(async () => {
  projects.value = [{ id: "p1", name: "Shop", slug: "shop" }];
  answers[`GET ${AT}`] = INFO;
  go("/settings/grouping?project=shop");
});
afterEach(() => keepPage(null));

it("sends rules back as they were stored", () => {
  expect(inputOf(draftOf(INFO))).toEqual({ version: 1, rules: INFO.rules });
});

it("previews what stands in the editor, in numbers and changes", async () => {
  answers[`POST ${AT}/preview`] = PREVIEW;
  await page.show(<GroupingSection />);
  await page.tick("Version 2");
  await page.press("Preview");
  expect(sent("POST")).toEqual({ version: 2, rules: INFO.rules, events: 5_000 });
  expect(page.all(".before-after dd").map((known) => known.textContent)).toEqual(["1,000", "12", "9", "40"]);
  expect(page.text()).toContain("1 error would become one (40 events)");
  expect(page.text()).toContain("decides about 30 events");
  await page.tick("Version 1");
  expect(page.text()).toContain("You have changed something since");
});

it("adds, moves and removes rules, and saves them in their order", async () => {
  answers[`PUT ${AT}`] = { ...INFO, updated_at: 1 };
  await page.show(<GroupingSection />);
  await page.press("Move rule 2 up");
  await page.press("Remove rule 2");
  await page.press("Add rule");
  await page.type("Pattern 1 of rule 2", "Http*");
  await page.type("Fingerprint by rule 2", "http ");
  await page.press("Add {{route}}, the route");
  await page.press("Save");
  expect(sent("PUT")).toEqual({
    version: 1,
    rules: [INFO.rules[1], { match: { type: "Http*" }, fingerprint: "http " }].map((rule, index) =>
      // The button of the first rule that is called so was pressed.
      index === 0 ? { ...rule, fingerprint: "deadlock in {{route}}" } : { ...rule, fingerprint: "http {{route}}" },
    ),
  });
});

it("says what is wrong with a rule at the rule, before and after it was sent", async () => {
  await page.show(<GroupingSection />);
  await page.press("Add rule");
  await page.press("Save");
  expect([page.errorOf("Pattern 1 of rule 3"), sent("PUT")]).toEqual([
    "A pattern is empty. * stands for anything.",
    undefined,
  ]);
  await page.type("Pattern 1 of rule 3", "x");
  await page.type("Fingerprint by rule 3", "{{nothing}}");
  answers[`PUT ${AT}`] = refusal(400, "rules[2].fingerprint: {{nothing}} is none of {{type}}");
  await page.press("Save");
  expect(page.errorOf("Fingerprint by rule 3")).toContain("{{nothing}} is none of {{type}}");
});

it("asks before what is not saved is left", async () => {
  await page.show(<GroupingSection />);
  await page.tick("Version 2");
  await settled(() => go("/issues?project=shop"));
  expect([path.value, page.text().includes("Leave without saving?")]).toEqual(["/settings/grouping", true]);
  await page.press("Cancel");
  await page.press("Undo changes");
  await settled(() => go("/issues?project=shop"));
  expect(path.value).toBe("/issues");
});

it("says whose it is when it is not one's own to manage", async () => {
  answers[`GET ${AT}`] = refusal(403, "you do not have access to this project");
  await page.show(<GroupingSection />);
  expect(page.text()).toContain("Not yours to manage");
});

it("moves one of several", () => {
  expect([moved(["a", "b", "c"], 0, 2), moved(["a", "b", "c"], 2, 1)]).toEqual([
    ["b", "c", "a"],
    ["a", "c", "b"],
  ]);
});

it("wants at least one pattern, and something that the fingerprint is made of", () => {
  expect(
    faultsOf([
      { key: 1, patterns: [], template: "x" },
      { key: 2, patterns: [{ field: "type", text: "x" }], template: " " },
    ]),
  ).toEqual({
    0: "Say which events it is for: it needs at least one pattern.",
    1: "Say what their fingerprint is made of.",
  });
});

it("finds the rule that a refusal is about", () => {
  expect(ruleFault("Rules[4].match.type must be 1 to 200 characters.")).toEqual({
    index: 4,
    fault: "Match.type must be 1 to 200 characters.",
  });
  expect(ruleFault("The store refused it.")).toBeNull();
});

it("says in words what would become of errors", () => {
  const issue = { fingerprint: "a", events: 1, error_type: "E", message: "" };
  const after = { ...issue, is_new: true, rule: null };
  const of = (kind: "joined" | "split" | "moved" | "mixed") =>
    changeWords({ kind, events: 5, before: [issue, issue], after: [after, after, after] });
  expect([of("joined"), of("split"), of("moved"), of("mixed")]).toEqual([
    "2 errors would become one (5 events)",
    "One error would become 3 (5 events)",
    "5 events would begin a new error",
    "2 errors would become 3 others (5 events)",
  ]);
});
