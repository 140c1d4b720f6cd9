import { beforeEach, expect, it } from "vitest";
import type { AuditEntry } from "../../../src/api/types";
import AuditSection from "../../../src/pages/settings/AuditSection";
import { go, query } from "../../../src/router";
import { projects } from "../../../src/session";
import { openPage } from "../../page";
import { pageOf, refusal, serve } from "../../serving";

const { asked, answers } = serve();
const page = openPage();
const NEXT = "/v1/admin/older?cursor=abc";

function entry(id: number, name: string): AuditEntry {
  const who = { actor: "u1", actor_name: name, address: "192.0.2.1" };
  return {
    id,
    at: id,
    ...who,
    action: "session.started",
    target: null,
    target_name: null,
    project_id: null,
    details: {},
  };
}
const rows = () => page.all(".entries b").map((known) => known.textContent);

beforeEach(() => {
  projects.value = [{ id: "p1", name: "Shop", slug: "shop" }];
  go("/settings/audit?project=shop");
});

it("loads older entries below those that are there, until there are no more", async () => {
  answers["GET /v1/admin/audit"] = pageOf([entry(2, "grace")], NEXT);
  answers["GET /v1/admin/older"] = [entry(1, "linus")];
  await page.show(<AuditSection />);
  await page.press("Load more");
  expect([asked.at(-1)?.path, rows()]).toEqual([NEXT, ["grace", "linus"]]);
  expect(page.text()).toContain("That is all.");
});

it("keeps what is there when older entries do not come, and asks again", async () => {
  answers["GET /v1/admin/audit"] = pageOf([entry(2, "grace")], NEXT);
  answers["GET /v1/admin/older"] = refusal(503, "the query took longer than 5000 ms");
  await page.show(<AuditSection />);
  await page.press("Load more");
  expect(rows()).toEqual(["grace"]);
  answers["GET /v1/admin/older"] = [entry(1, "linus")];
  await page.press("Load more");
  expect(rows()).toEqual(["grace", "linus"]);
});

it("is filtered by what was done and by project, and the address says so", async () => {
  answers["GET /v1/admin/audit"] = [];
  await page.show(<AuditSection />);
  await page.choose("What", "token.created");
  await page.choose("Project", "shop");
  expect([query.value.get("action"), query.value.get("of"), query.value.get("project")]).toEqual([
    "token.created",
    "shop",
    "shop",
  ]);
  expect(asked.at(-1)?.path).toBe("/v1/admin/audit?action=token.created&project_id=shop&limit=50");
  await page.press("Show everything");
  expect(asked.at(-1)?.path).toBe("/v1/admin/audit?limit=50");
});
