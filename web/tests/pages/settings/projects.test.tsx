import { beforeEach, describe, expect, it } from "vitest";
import ProjectSection from "../../../src/pages/settings/ProjectSection";
import ProjectsSection from "../../../src/pages/settings/ProjectsSection";
import { consequence } from "../../../src/pages/settings/projectDialogs";
import { go, path, query } from "../../../src/router";
import { me, projects } from "../../../src/session";
import { openPage } from "../../page";
import { refusal, serve } from "../../serving";

const { asked, answers } = serve();
const page = openPage();
const KEY = `bloop_${"a1".repeat(32)}`;
const SHOP = { id: "p1", name: "Shop", slug: "shop", created_at: 1, created_by: "u1", api_key: KEY };

beforeEach(() => {
  me.value = { id: "u1", username: "grace", is_admin: false };
  projects.value = [SHOP];
  answers["GET /v1/projects"] = [SHOP];
  answers["GET /v1/projects/shop"] = SHOP;
  go("/settings/projects?project=shop");
});

describe("creating a project", () => {
  beforeEach(async () => {
    await page.show(<ProjectsSection />);
    await page.press("Create project");
  });

  it("proposes a slug while the name is typed, until one is typed by hand", async () => {
    await page.type("Name", "Mobile App");
    expect(page.field("Slug").value).toBe("mobile-app");
    await page.type("Name", "Shop");
    expect(page.field("Slug").value).toBe("shop-2");
    await page.type("Slug", "my-own");
    await page.type("Name", "Something else");
    expect(page.field("Slug").value).toBe("my-own");
  });

  it("opens the page that waits for the first event", async () => {
    answers["POST /v1/projects"] = { ...SHOP, name: "Mobile App", slug: "mobile-app" };
    await page.type("Name", " Mobile App ");
    await page.send();
    expect(asked.find((request) => request.method === "POST")?.body).toEqual({
      name: "Mobile App",
      slug: "mobile-app",
    });
    expect([path.value, query.value.get("project")]).toEqual(["/welcome", "mobile-app"]);
  });

  it("says at the field what the server refuses, and keeps what was typed", async () => {
    answers["POST /v1/projects"] = refusal(400, "a project with that slug already exists");
    await page.type("Name", "Mobile App");
    await page.send();
    expect([page.errorOf("Slug"), page.errorOf("Name")]).toEqual(["A project with that slug already exists.", null]);
    expect(page.field("Name").value).toBe("Mobile App");
  });

  it("asks nothing of the server as long as there is no name", async () => {
    await page.send();
    expect(page.errorOf("Name")).toBe("Give the project a name.");
    await page.type("Name", "日本語");
    await page.send();
    expect(page.errorOf("Slug")).toMatch(/^Give the project a slug/);
    expect(asked.filter((request) => request.method === "POST")).toEqual([]);
  });
});

describe("a project", () => {
  it("shows its key when asked to, and hides it again", async () => {
    await page.show(<ProjectSection params={{ name: "shop" }} />);
    expect(page.text()).not.toContain(KEY);
    await page.press("Show key");
    expect(page.text().split(KEY).length - 1).toBe(2);
    await page.press("Hide key");
    expect(page.text()).not.toContain(KEY);
  });

  it("of somebody else has no key to show, and cannot be changed", async () => {
    const { api_key, ...others } = { ...SHOP, created_by: "u2" };
    answers["GET /v1/projects/shop"] = others;
    await page.show(<ProjectSection params={{ name: "shop" }} />);
    const names = page.all("button").map((known) => known.textContent);
    expect([api_key, names.includes("Show key"), names.includes("Delete…")]).toEqual([KEY, false, false]);
    expect(page.all("mark").map((known) => known.textContent)).toEqual(["KEY-OF-THE-PROJECT"]);
  });

  it("gets a new key, which stands in the snippets at once", async () => {
    const fresh = `bloop_${"b2".repeat(32)}`;
    answers["POST /v1/projects/shop/rotate-key"] = { ...SHOP, api_key: fresh };
    await page.show(<ProjectSection params={{ name: "shop" }} />);
    await page.press("New key…");
    await page.choose("The key it has now", "168");
    await page.send();
    expect(asked.at(-1)?.body).toEqual({ grace_hours: 168 });
    await page.press("Show key");
    expect(page.text()).toContain(`KEY='${fresh}'`);
  });

  it("is deleted once its slug is typed; the default one is not", async () => {
    answers["DELETE /v1/projects/shop"] = { deleted: true };
    await page.show(<ProjectSection params={{ name: "shop" }} />);
    await page.press("Delete…");
    await page.type("Type shop to confirm", "sho");
    await page.send();
    expect(asked.some((request) => request.method === "DELETE")).toBe(false);
    await page.type("Type shop to confirm", "shop");
    await page.send();
    expect(asked.some((request) => request.method === "DELETE")).toBe(true);
    expect(path.value).toBe("/settings/projects");

    answers["GET /v1/projects/default"] = { ...SHOP, id: "default", slug: "default" };
    await page.show(<ProjectSection params={{ name: "default" }} />);
    expect(page.all("button").some((known) => known.textContent === "Delete…")).toBe(false);
  });
});

it("says what becomes of the old key", () => {
  expect(consequence(0)).toContain("refused");
  expect(consequence(24, Date.UTC(2026, 4, 10))).toContain("May 11, 2026");
});
