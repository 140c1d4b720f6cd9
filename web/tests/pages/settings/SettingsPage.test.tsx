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
