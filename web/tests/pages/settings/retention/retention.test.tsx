import { afterEach, beforeEach, expect, it } from "vitest";
import RetentionSection from "../../../../src/pages/settings/retention/RetentionSection";
import {
  budgetWords,
  globalDraft,
  globalFaults,
  globalInput,
} from "../../../../src/pages/settings/retention/retention";
import { bytesOf, sizeOf } from "../../../../src/pages/settings/retention/sizes";
import { go, keepPage } from "../../../../src/router";
import { projects } from "../../../../src/session";
import { openPage } from "../../../page";
import { refusal, serve, settled } from "../../../serving";

const { asked, answers } = serve();
const page = openPage();
const GLOBAL = { raw_events_days: 7, hourly_counts_days: 90, aggregates_days: null, max_bytes: 2_000_000_000 };
const INFO = {
  global: GLOBAL,
  per_project: [{ project_id: "p2", project_name: "Till", raw_events_days: 30, max_bytes: 1_000_000 }],
  storage: {
    db_size_bytes: 500_000_000,
    free_bytes: 0,
    raw_events_count: 12,
    hourly_counts_count: 3,
    budget: "kept",
    by_project: [{ project_id: "p2", raw_events_count: 12, raw_events_bytes: 5_000_000 }],
  },
};
const sent = () => asked.filter((request) => request.method === "PUT").map((request) => request.body);

beforeEach(() => {
  projects.value = [
    { id: "p1", name: "Shop", slug: "shop" },
    { id: "p2", name: "Till", slug: "till" },
  ];
  answers["GET /v1/admin/retention"] = INFO;
  answers["PUT /v1/admin/retention"] = { status: "ok" };
  go("/settings/retention?project=shop");
});
afterEach(() => keepPage(null));

it("sends what was changed, and nothing else", async () => {
  await page.show(<RetentionSection />);
  await page.type("Counts by the hour", "400");
  await page.type("Budget of the database", "");
  await page.send();
  expect(sent()).toEqual([{ hourly_counts_days: 400, max_bytes: 0 }]);
});

it("is the same form once it is saved, and keeps what is typed while another tab saves", async () => {
  await page.show(<RetentionSection />);
  const field = page.field("Single events");
  await page.type("Single events", "014");
  answers["GET /v1/admin/retention"] = { ...INFO, global: { ...GLOBAL, raw_events_days: 14 } };
  await page.send();
  expect(page.field("Single events")).toBe(field);
  expect([field.value, page.button("Save").getAttribute("disabled")]).toEqual(["14", ""]);
  await page.type("Counts by the hour", "40");
  answers["GET /v1/admin/retention"] = { ...INFO, global: { ...GLOBAL, raw_events_days: 21 } };
  await page.press("Change Till");
  await page.send();
  expect(page.field("Counts by the hour").value).toBe("40");
});

it("says what cannot be at its field, and sends nothing", async () => {
  await page.show(<RetentionSection />);
  await page.type("Single events", "0");
  await page.type("Budget of the database", "0.0001");
  await page.send();
  expect([page.errorOf("Single events"), page.errorOf("Budget of the database"), sent()]).toEqual([
    "Give 1 to 3650 days.",
    "Give 1 MB to 562 TB, or nothing.",
    [],
  ]);
});

it("says what the server refuses", async () => {
  answers["PUT /v1/admin/retention"] = refusal(400, "aggregates_days must be between 1 and 36500, or 0");
  await page.show(<RetentionSection />);
  await page.type("Errors that are not seen any more", "5");
  await page.send();
  expect(page.errorOf("Errors that are not seen any more")).toContain("must be between 1 and 36500");
});

it("lists each project with what it takes and has of its own, those that take most first", async () => {
  await page.show(<RetentionSection />);
  expect(page.all("tbody tr").map((row) => row.textContent?.replace(/Change…|Project|Takes/g, ""))).toEqual([
    expect.stringMatching(/^Till5 MB.*12.*30 days.*1 MB, exceeded/),
    expect.stringMatching(/^Shop0 B.*0.*7 days, as all.*none/),
  ]);
});

it("gives a project a time and a budget of its own, or takes them away", async () => {
  await page.show(<RetentionSection />);
  await page.press("Change Till");
  await page.type("Single events", "");
  await page.type("Budget of its single events", "0,5");
  await page.send();
  expect(page.errorOf("Budget of its single events")).toBe("Give 1 MB to 562 TB, or nothing.");
  await page.type("Budget of its single events", "200");
  await page.send();
  expect(sent()).toEqual([{ per_project: [{ project_id: "p2", raw_events_days: 0, max_bytes: 200_000_000 }] }]);
});

it("removes what has aged out once the name of the server is typed, and tells what went", async () => {
  answers["POST /v1/admin/retention/purge"] = { status: "ok", raw_events_deleted: 1_200, hourly_counts_deleted: 1 };
  await page.show(<RetentionSection />);
  await page.press("Remove…");
  await page.send();
  expect(asked.some((request) => request.method === "POST")).toBe(false);
  await page.type(`Type ${location.hostname} to confirm`, location.hostname);
  await page.send();
  expect(asked.find((request) => request.method === "POST")?.body).toEqual({ confirm: true });
  expect(page.text()).toContain("Removed 1,200 single events and 1 count by the hour.");
});

it("leaves everything as it is when nothing was changed", () => {
  expect([globalInput(globalDraft(GLOBAL), GLOBAL), globalFaults(globalDraft(GLOBAL))]).toEqual([{}, {}]);
});

it.each([
  [1_000_000, "1", "MB"],
  [999_999_999, "999.999999", "MB"],
  [2_000_000_000, "2", "GB"],
  [1_500_000_000_000, "1.5", "TB"],
] as const)("%d bytes are %s %s, and back", (bytes, amount, unit) => {
  expect(sizeOf(bytes)).toEqual({ amount, unit });
  expect(bytesOf({ amount, unit })).toBe(bytes);
});

it("says what the state of the budget means", () => {
  expect(["exceeded", "kept", "none"].map((state) => budgetWords(state, state !== "none").tone)).toEqual([
    "bad",
    "good",
    "quiet",
  ]);
});

it("sends days as the number that they are read as", () => {
  const typed = { ...globalDraft(GLOBAL), raw_events_days: "30,0", aggregates_days: " 400 " };
  expect(globalFaults(typed)).toEqual({});
  expect(globalInput(typed, GLOBAL)).toEqual({ raw_events_days: 30, aggregates_days: 400 });
});

it("hands the focus on when what was changed is taken back, and says no more what was refused", async () => {
  answers["PUT /v1/admin/retention"] = refusal(400, "raw_events_days is too high");
  await page.show(
    <main>
      <h1 tabIndex={-1}>Settings</h1>
      <RetentionSection />
    </main>,
  );
  await page.type("Single events", "400");
  await page.send();
  expect(page.errorOf("Single events")).toBe("Raw_events_days is too high.");
  await settled(() => page.button("Undo changes").focus());
  await page.press("Undo changes");
  expect([page.errorOf("Single events"), document.activeElement?.textContent]).toEqual([null, "Settings"]);
});
