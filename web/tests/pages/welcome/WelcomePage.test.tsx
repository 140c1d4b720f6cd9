import { afterEach, beforeEach, expect, it, vi } from "vitest";
import WelcomePage from "../../../src/pages/welcome/WelcomePage";
import { go } from "../../../src/router";
import { projects } from "../../../src/session";
import { openPage } from "../../page";
import { refusal, serve, settled } from "../../serving";

const { asked, answers } = serve();
const page = openPage();
const SHOP = { id: "p1", name: "Shop", slug: "shop", created_at: 1, created_by: null, api_key: "bloop_key" };

beforeEach(() => {
  projects.value = [SHOP];
  answers["GET /v1/projects/shop"] = SHOP;
  answers["GET /v1/stats"] = { total_errors: 0 };
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"], shouldAdvanceTime: true });
  go("/welcome?project=shop");
});
afterEach(() => vi.useRealTimers());

const wait = (ms: number) => settled(() => vi.advanceTimersByTime(ms));
const looked = () => asked.filter((request) => request.path === "/v1/stats?project_id=p1").length;

it("waits for the first event, and then leads to it", async () => {
  await page.show(<WelcomePage />);
  expect([page.text().includes("Waiting for the first event…"), looked()]).toEqual([true, 1]);
  answers["GET /v1/stats"] = refusal(503, "the query took longer than 5000 ms");
  await wait(2_500);
  expect([page.text().includes("Waiting for the first event…"), looked()]).toEqual([true, 2]);

  answers["GET /v1/stats"] = { total_errors: 1 };
  answers["GET /v1/errors"] = [{ fingerprint: "a/b", error_type: "HelloError", message: "Hello" }];
  await wait(2_500);
  expect(page.text()).toContain("It worksHelloError: Hello");
  const link = page.all<HTMLAnchorElement>("a").find((known) => known.textContent === "See the error");
  expect(link?.getAttribute("href")).toBe("/issues/a%2Fb?project=shop");
  await wait(60_000);
  expect(looked()).toBe(3);
});

it("begins with cURL, the key hidden", async () => {
  await page.show(<WelcomePage />);
  const chosen = page.all('[role="tab"][aria-selected="true"]').map((known) => known.textContent);
  expect([chosen, page.text().includes("bloop_key"), page.text().includes("KEY='bloop_•")]).toEqual([
    ["cURL"],
    false,
    true,
  ]);
});
