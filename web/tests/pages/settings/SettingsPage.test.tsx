import { beforeEach, expect, it, vi } from "vitest";
import SettingsPage from "../../../src/pages/settings/SettingsPage";
import { go, path, query } from "../../../src/router";
import { me, projects } from "../../../src/session";
import { openPage } from "../../page";
import { serve, settled } from "../../serving";

const { asked, answers } = serve();
const page = openPage();
const links = () => page.all("nav a").map((known) => known.textContent);

beforeEach(() => {
  me.value = { id: "u1", username: "linus", is_admin: false };
  go("/settings");
});

it("opens with the projects", async () => {
  await page.show(<SettingsPage params={{}} />);
  expect(path.value).toBe("/settings/projects");
});

it("leads everybody to what is theirs, and administrators to the rest", async () => {
  await page.show(<SettingsPage params={{ section: "nothing" }} />);
  const own = ["Projects", "Tokens", "Alerts", "Source maps", "Grouping"];
  expect(links()).toEqual([...own, "Passkeys and sessions"]);
  me.value = { id: "u1", username: "linus", is_admin: true };
  await page.show(<SettingsPage params={{ section: "nowhere" }} />);
  const forAdmins = ["Data retention", "Users", "Invites", "Audit log"];
  expect(links()).toEqual([...own, ...forAdmins, "Passkeys and sessions"]);
});

it.each(["retention", "users", "invites", "audit"])(
  "asks the server for nothing when a user opens %s",
  async (section) => {
    await page.show(<SettingsPage params={{ section }} />);
    expect([page.text().includes("For administrators only"), asked]).toEqual([true, []]);
  },
);

it("says so where there is no such section", async () => {
  await page.show(<SettingsPage params={{ section: "tokens", name: "x" }} />);
  expect(page.text()).toContain("There is no such section");
});

it("leaves behind what was not saved when somebody goes on to another project", async () => {
  projects.value = [
    { id: "p1", name: "Shop", slug: "shop" },
    { id: "p2", name: "Forge", slug: "forge" },
  ];
  me.value = { id: "u1", username: "linus", is_admin: true };
  answers["POST /v1/alerts/dry-run"] = { fired: [], total: 0, oldest_at: 0, is_exact: true, notes: [] };
  go("/settings/alerts/new?project=shop");
  await page.show(<SettingsPage params={{ section: "alerts", name: "new" }} />);
  await vi.dynamicImportSettled();
  await settled();
  await page.type("Name", "Checkout");
  await settled(() => go("/settings/alerts/new?project=forge"));
  expect([page.text().includes("Leave without saving?"), query.value.get("project")]).toEqual([true, "shop"]);
  await page.press("Leave");
  expect([page.field("Name").value, page.field("Watches").value]).toEqual(["", "p2"]);
});
