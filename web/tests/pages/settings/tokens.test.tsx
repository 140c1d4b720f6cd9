import { beforeEach, expect, it } from "vitest";
import TokensSection from "../../../src/pages/settings/TokensSection";
import { go } from "../../../src/router";
import { projects } from "../../../src/session";
import { openPage } from "../../page";
import { refusal, serve } from "../../serving";

const { asked, answers } = serve();
const page = openPage();
const nowSecs = Math.floor(Date.now() / 1000);
const TOKEN = {
  id: "t1",
  name: "CI",
  token_prefix: "bloop_tk_AAAAAAA",
  project_id: "p1",
  scopes: ["sourcemaps:upload"],
  created_at: nowSecs - 60,
  expires_at: null,
  last_used_at: null,
  revoked_at: null,
};

beforeEach(() => {
  projects.value = [{ id: "p1", name: "Shop", slug: "shop" }];
  go("/settings/tokens?project=shop");
});

const names = () => page.all("tbody th .lines > :first-child").map((known) => known.textContent);

it("tells a new token once", async () => {
  answers["GET /v1/tokens"] = [];
  const plaintext = `bloop_tk_${"A".repeat(43)}`;
  answers["POST /v1/tokens"] = { ...TOKEN, token: plaintext };
  await page.show(<TokensSection />);
  await page.press("Create token");
  await page.type("Name", "CI");
  await page.choose("Ends after", "");
  await page.send();
  expect(asked.find((request) => request.method === "POST")?.body).toEqual({
    name: "CI",
    project_id: "p1",
    scopes: ["errors:read"],
  });
  expect(page.text()).toContain(plaintext);
  answers["GET /v1/tokens"] = [TOKEN];
  await page.press("I have copied it");
  expect(page.text()).not.toContain(plaintext);
});

it("wants a name and a scope", async () => {
  answers["GET /v1/tokens"] = [];
  await page.show(<TokensSection />);
  await page.press("Create token");
  await page.send();
  expect(page.errorOf("Name")).toMatch(/^Give the token a name/);
  await page.type("Name", "CI");
  await page.tick("errors:read");
  await page.send();
  expect(page.text()).toContain("Choose at least one thing that it may do.");
  expect(asked.some((request) => request.method === "POST")).toBe(false);
});

it("keeps tokens that do not work any more out of the way", async () => {
  answers["GET /v1/tokens"] = [
    TOKEN,
    { ...TOKEN, id: "t2", name: "Old", expires_at: nowSecs - 1 },
    { ...TOKEN, id: "t3", name: "Lost", revoked_at: nowSecs - 1 },
    { ...TOKEN, id: "t4", name: "Later", expires_at: nowSecs + 3_600 },
  ];
  await page.show(<TokensSection />);
  expect(names()).toEqual(["CI", "Later"]);
  await page.press("Show revoked and expired ones (2)");
  expect(names()).toEqual(["CI", "Later", "Old", "Lost"]);
});

it("revokes a token after asking", async () => {
  answers["GET /v1/tokens"] = [TOKEN];
  answers["DELETE /v1/tokens/t1"] = { revoked: "t1" };
  await page.show(<TokensSection />);
  await page.press("Revoke CI");
  expect(asked.some((request) => request.method === "DELETE")).toBe(false);
  await page.send();
  expect(page.text()).toContain("No token works at present");
});

it("shows why a revocation failed, and leaves the token where it is", async () => {
  answers["GET /v1/tokens"] = [TOKEN];
  answers["DELETE /v1/tokens/t1"] = refusal(503, "the store refused the revocation, try again");
  await page.show(<TokensSection />);
  await page.press("Revoke CI");
  await page.send();
  expect(page.text()).toContain("The store refused the revocation, try again.");
  expect(names()).toEqual(["CI"]);
});

it("says whose tokens these are when they are not one's own to manage", async () => {
  answers["GET /v1/tokens"] = refusal(403, "you do not have access to this project");
  await page.show(<TokensSection />);
  expect(page.text()).toContain("The tokens of Shop are for its owner and for administrators.");
});
