import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { listenToKeys } from "../../../src/keys";
import InsightsPage from "../../../src/pages/insights/InsightsPage";
import { go, path, query } from "../../../src/router";
import { projects } from "../../../src/session";
import { openPage } from "../../page";
import { refusal, serve, settled } from "../../serving";
import { aLoad, aMover, anImpact, aPair, aSpike } from "./making";

const { asked, answers } = serve();
const page = openPage();
const NOW = { computed_at: Date.now() };
const WINDOW = { ...NOW, window_hours: 72 };
listenToKeys();

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  projects.value = [
    { id: "p1", name: "Shop", slug: "shop" },
    { id: "p2", name: "Till", slug: "till" },
  ];
  answers["GET /v1/facets"] = { releases: [], environments: [{ value: "prod", count: 2 }], sources: [], routes: [] };
  answers["GET /v1/analytics/spikes"] = { ...WINDOW, spikes: [aSpike()], threshold: 2.5 };
  answers["GET /v1/analytics/movers"] = { ...WINDOW, movers: [aMover()], current_from: 0, previous_from: 0 };
  answers["GET /v1/analytics/correlations"] = {
    ...WINDOW,
    pairs: [aPair()],
    compared: 150,
    eligible: 420,
    max_compared: 150,
  };
  answers["GET /v1/analytics/releases"] = { ...NOW, releases: [anImpact()] };
  answers["GET /v1/analytics/environments"] = { ...WINDOW, environments: [aLoad()], total_count: 16 };
});
afterEach(() => vi.useRealTimers());

async function show(tab: string, search = "project=shop"): Promise<void> {
  go(`/insights/${tab}?${search}`);
  await page.show(<InsightsPage params={{ tab }} />);
}
const questions = () => asked.filter((request) => request.path.startsWith("/v1/analytics/"));
const lastQuestion = () => new URL(questions().at(-1)?.path ?? "", "http://bloop").searchParams;
const press = (key: string) =>
  settled(() =>
    (document.activeElement ?? document.body).dispatchEvent(
      new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }),
    ),
  );
const linkOf = (words: string) => {
  const found = page
    .all<HTMLAnchorElement>("a")
    .find((link) => (link.getAttribute("aria-label") ?? link.textContent)?.includes(words));
  return new URL(found?.href ?? "", location.href);
};

describe("what is asked", () => {
  it("is about the project, the hours and the environment of the address", async () => {
    await show("movers", "project=shop&hours=168&env=staging");
    expect(Object.fromEntries(lastQuestion())).toEqual({ project_id: "p1", hours: "168", environment: "staging" });
    await settled(() => page.button("24 h").click());
    expect([query.value.get("hours"), lastQuestion().get("hours")]).toEqual(["24", "24"]);
    await page.choose("Environment", "prod");
    expect([query.value.get("env"), lastQuestion().get("environment")]).toEqual(["prod", "prod"]);
    await page.choose("Environment", "");
    expect(query.value.has("env")).toBe(false);
  });

  it("is about 72 hours where the address says nothing that is known", async () => {
    await show("spikes", "project=shop&hours=5000");
    expect(Object.fromEntries(lastQuestion())).toEqual({ project_id: "p1", hours: "72" });
  });

  it("can leave out spikes of few events, and nothing of the other insights", async () => {
    await show("spikes");
    await page.choose("Events of the hour", "20");
    expect([query.value.get("least"), lastQuestion().get("min_count")]).toEqual(["20", "20"]);
    await show("movers", "project=shop&least=20");
    expect(lastQuestion().has("min_count")).toBe(false);
  });

  it("is about all projects, whose rows then say which is theirs and lead there", async () => {
    answers["GET /v1/analytics/spikes"] = { ...WINDOW, spikes: [aSpike({ project_id: "p2" })], threshold: 2.5 };
    await show("spikes", "project=*");
    expect(lastQuestion().has("project_id")).toBe(false);
    expect(page.text()).toContain("Till");
    expect(linkOf("CartError").search).toBe("?project=till");
  });

  it("is nothing about hours for releases, which are told of with all their events", async () => {
    await show("releases", "project=shop&hours=24&env=prod");
    expect(Object.fromEntries(lastQuestion())).toEqual({ project_id: "p1" });
    expect(page.text()).toContain("All events ever");
    expect(linkOf("Movers").search).toBe("?project=shop&hours=24&env=prod");
  });
});

describe("what is shown", () => {
  it("names the severity of spikes beside the colour", async () => {
    const spikes = [4.364, 3.2, 2.6].map((zscore, index) => aSpike({ zscore, fingerprint: `f${index}` }));
    answers["GET /v1/analytics/spikes"] = { ...WINDOW, spikes, threshold: 2.5 };
    await show("spikes");
    expect(page.all(".severity-word").map((word) => word.textContent)).toEqual(["Severe", "High", "Notable"]);
    const widths = page.all(".severity-bar > span").map((bar) => Number.parseFloat(bar.style.width));
    expect(widths).toEqual([...widths].sort((one, other) => other - one));
  });

  it("says of movers which way, in a word", async () => {
    const fall = aMover({ count_current: 0, count_previous: 9, delta: -9, delta_pct: -100, fingerprint: "f2" });
    answers["GET /v1/analytics/movers"] = { ...WINDOW, movers: [aMover(), fall], current_from: 0, previous_from: 0 };
    await show("movers");
    expect(page.all(".move").map((move) => move.textContent?.split("1")[0])).toEqual([
      expect.stringMatching(/^↑More\+48/),
      expect.stringMatching(/^↓Fewer−9/),
    ]);
    expect(page.all(".badge").map((badge) => badge.textContent)).toEqual(["+400%", "−100%"]);
  });

  it("opens both trends of a pair on one axis, and that in the address", async () => {
    const counts = (count: number) => [{ hour_bucket: Math.floor(Date.now() / 3_600_000) * 3_600_000, count }];
    answers["GET /v1/error-trends"] = [
      { fingerprint: "4f1c", counts: counts(3) },
      { fingerprint: "90ab", counts: counts(8) },
    ];
    await show("correlations", "project=shop&env=prod");
    expect(page.text()).toContain("The 150 errors with the most events were compared with each other, of 420");
    const [button] = page.all("[aria-expanded]");
    await settled(() => button?.click());
    const trends = new URL(asked.at(-1)?.path ?? "", "http://bloop").searchParams;
    expect([trends.getAll("fingerprint"), trends.get("project_id")]).toEqual([["4f1c", "90ab"], "p1"]);
    expect(page.all(".chart-series").length).toBe(2);
    expect(page.all(".chart-legend li").map((label) => label.textContent)).toEqual(["CartError", "TillError"]);
    expect(page.text()).toContain("The trends are those of all environments");
    expect(query.value.get("pair")).not.toBeNull();
    await settled(() => button?.click());
    expect([page.all(".chart-series").length, query.value.get("pair")]).toEqual([0, null]);
  });

  it("says by a word what a release comes to, and leads to its errors", async () => {
    const scores = [110, 20, -80].map((impact_score, index) => anImpact({ impact_score, release: `v${index}` }));
    answers["GET /v1/analytics/releases"] = { ...NOW, releases: scores };
    await show("releases");
    expect(page.all(".release-card .badge").map((badge) => badge.textContent)).toEqual([
      "High impact",
      "Neutral",
      "Improvement",
    ]);
    expect(linkOf("v1").searchParams.get("q")).toBe("release:v1");
  });

  it("leads from an environment to its errors", async () => {
    answers["GET /v1/analytics/environments"] = {
      ...WINDOW,
      environments: [aLoad({ environment: 'a "b"' })],
      total_count: 16,
    };
    await show("environments");
    expect(linkOf('a "b"').searchParams.get("q")).toBe('env:"a \\"b\\""');
  });
});

describe("an explanation", () => {
  const tip = () => page.all("[role=tooltip]").find((words) => !words.hidden)?.textContent ?? null;
  it("describes the number, is seen when it is pressed, and goes with Esc and with the focus", async () => {
    await show("spikes");
    const [number] = page.all(".explained-number");
    const words = document.getElementById(number?.getAttribute("aria-describedby") ?? "")?.textContent;
    expect([words, tip()]).toEqual([expect.stringContaining("(100 − 5.71) / 21.6 = 4.36"), null]);
    await settled(() => number?.click());
    expect(tip()).toBe(words);
    await press("Escape");
    expect(tip()).toBeNull();
    await settled(() => number?.click());
    await settled(() => number?.dispatchEvent(new FocusEvent("blur")));
    expect(tip()).toBeNull();
  });

  it("is seen as long as a pointer rests on the number or on the words", async () => {
    await show("spikes");
    const [number] = page.all(".explained");
    await settled(() => number?.dispatchEvent(new PointerEvent("pointerenter", { pointerType: "mouse" })));
    expect(tip()).not.toBeNull();
    await settled(() => number?.dispatchEvent(new PointerEvent("pointerleave", { pointerType: "mouse" })));
    expect(tip()).toBeNull();
  });
});

describe("an alert", () => {
  it("about a spike is one step away, with its rule and its environment", async () => {
    await show("spikes", "project=shop&env=prod");
    const { pathname, searchParams } = linkOf("Alert me about this: CartError");
    expect([pathname, Object.fromEntries(searchParams)]).toEqual([
      "/settings/alerts/new",
      {
        project: "shop",
        type: "spike",
        fingerprint: "4f1c",
        multiplier: "9.25",
        baseline_window_secs: "259200",
        compare_window_secs: "3600",
        min_count: "5",
        name: "Spike of CartError",
        environment_filter: "prod",
      },
    ]);
  });

  it("about a mover goes the way that it went", async () => {
    await show("movers");
    expect(Object.fromEntries(linkOf("Alert me").searchParams)).toMatchObject({ type: "mover", direction: "up" });
  });
});

describe("the keyboard", () => {
  it("walks through the rows, opens one, and goes from tab to tab", async () => {
    const spikes = ["One", "Two"].map((error_type) => aSpike({ error_type, fingerprint: error_type }));
    answers["GET /v1/analytics/spikes"] = { ...WINDOW, spikes, threshold: 2.5 };
    await show("spikes", "project=shop&hours=24");
    const at = () => document.activeElement?.textContent;
    await press("j");
    expect(at()).toBe("One");
    await press("j");
    await press("j");
    expect(at()).toBe("Two");
    await press("k");
    expect(at()).toBe("One");
    await press("3");
    expect([path.value, query.value.get("hours")]).toEqual(["/insights/correlations", "24"]);
  });
});

describe("when there is nothing to show", () => {
  const EMPTY = { spikes: [], movers: [], pairs: [], releases: [], environments: [] };
  it.each([
    ["spikes", "No spikes in 7 days in prod", "Nothing was 2.5 standard deviations or more above its average"],
    ["movers", "Nothing has moved in 7 days in prod", "There were no events"],
    ["correlations", "No pairs in 7 days in prod", "6 hours in which both have events"],
    ["releases", "No releases yet", "first event"],
    ["environments", "No events in 7 days in prod", "first event"],
  ])("%s say what that means", async (tab, title, about) => {
    const rows = tab === "correlations" ? "pairs" : (tab as keyof typeof EMPTY);
    answers[`GET /v1/analytics/${tab}`] = { ...WINDOW, [rows]: [], threshold: 2.5, total_count: 0 };
    await show(tab, "project=shop&hours=168&env=prod");
    expect(page.text()).toContain(title);
    expect(page.text()).toContain(about);
  });

  it("because the counts are being copied, it says how far that is, and goes on by itself", async () => {
    const spikes = answers["GET /v1/analytics/spikes"];
    answers["GET /v1/analytics/spikes"] = refusal(503, "insights are not there yet: 40% of the counts are copied");
    await show("spikes");
    expect(page.text()).toContain("Insights are being rebuilt: 40%");
    expect(page.all<HTMLProgressElement>("progress")[0]?.value).toBe(40);
    answers["GET /v1/analytics/spikes"] = refusal(503, "insights are not there yet: they are being opened");
    await settled(() => vi.advanceTimersByTime(2_000));
    expect(page.text()).toContain("Insights are being prepared");
    answers["GET /v1/analytics/spikes"] = spikes;
    await settled(() => vi.advanceTimersByTime(2_000));
    expect(page.text()).toContain("CartError");
    await settled(() => vi.advanceTimersByTime(60_000));
    expect(questions().length).toBe(3);
  });

  it("because the server has no insights, it says why", async () => {
    answers["GET /v1/analytics/spikes"] = refusal(404, "not found");
    await show("spikes");
    expect(page.text()).toContain("This server has no insights");
    expect(page.text()).toContain("analytics.enabled = false");
  });

  it("because something went wrong, it says what, and can be tried again", async () => {
    const spikes = answers["GET /v1/analytics/spikes"];
    answers["GET /v1/analytics/spikes"] = refusal(500, "internal error");
    await show("spikes");
    expect(page.text()).toContain("This could not be loaded");
    answers["GET /v1/analytics/spikes"] = spikes;
    await page.press("Try again");
    expect(page.text()).toContain("CartError");
    answers["GET /v1/analytics/spikes"] = refusal(500, "internal error");
    await page.press("Refresh");
    expect(page.text()).toContain("What you see may be old");
    expect(page.text()).toContain("CartError");
  });

  it("because nothing is called that, it leads to what there is", async () => {
    await show("guesses");
    expect(page.text()).toContain("There is no such insight");
    expect(linkOf("Releases").pathname).toBe("/insights/releases");
  });
});
