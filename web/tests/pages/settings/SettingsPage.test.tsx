import { beforeEach, expect, it } from "vitest";
import SettingsPage from "../../../src/pages/settings/SettingsPage";
import { go, path } from "../../../src/router";
import { me } from "../../../src/session";
import { openPage } from "../../page";
import { serve } from "../../serving";

const { asked } = serve();
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
  expect(links()).toEqual(["Projects", "Tokens", "Passkeys and sessions"]);
  me.value = { id: "u1", username: "linus", is_admin: true };
  await page.show(<SettingsPage params={{ section: "nowhere" }} />);
  expect(links()).toEqual(["Projects", "Tokens", "Users", "Invites", "Audit log", "Passkeys and sessions"]);
});

it.each(["users", "invites", "audit"])("asks the server for nothing when a user opens %s", async (section) => {
  await page.show(<SettingsPage params={{ section }} />);
  expect([page.text().includes("For administrators only"), asked]).toEqual([true, []]);
});

it("says so where there is no such section", async () => {
  await page.show(<SettingsPage params={{ section: "tokens", name: "x" }} />);
  expect(page.text()).toContain("There is no such section");
});
