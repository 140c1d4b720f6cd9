import { beforeEach, describe, expect, it, vi } from "vitest";
import type { OccurrenceDetail, Sample } from "../../../src/api/types";
import { listenToKeys } from "../../../src/keys";
import { Occurrences } from "../../../src/pages/issue/Occurrences";
import { go, query } from "../../../src/router";
import { projects } from "../../../src/session";
import { openPage } from "../../page";
import { pageOf, refusal, serve, settled } from "../../serving";
import { aDetail, ISSUE } from "./anIssue";

const { asked, answers } = serve();
const page = openPage();
listenToKeys();
const AT = "/v1/errors/f1/occurrences";

const FIELDS = {
  fingerprint: "f1",
  project_id: "p1",
  source: "web",
  environment: "prod",
  release: "1.4.2",
  error_type: "TypeError",
  stack: null,
  request_id: null,
  metadata: null,
  user_id_hash: null,
  device_id_hash: null,
  app_version: null,
  build_number: null,
  screen: null,
  http_status: null,
  route_or_procedure: "/basket",
};
const sample = (id: number, more: Partial<Sample> = {}): Sample => ({
  ...FIELDS,
  id,
  captured_at: Date.now() - 60_000,
  message: `event ${id}`,
  ...more,
});
const stored = (id: number, more: Partial<OccurrenceDetail> = {}): OccurrenceDetail => ({
  ...FIELDS,
  id,
  timestamp: Date.now() - 60_000,
  received_at: Date.now() - 60_000,
  message: `event ${id}`,
  newer: id + 1,
  older: id - 1,
  newest: 9,
  oldest: 1,
  search_capped: false,
  ...more,
});
const detail = aDetail({ samples: [sample(9), sample(8)] });
const show = (samples = detail) =>
  page.show(<Occurrences key={query.value.toString()} issue={ISSUE} detail={samples} />);
const shown = () => page.all("article")[0]?.getAttribute("aria-label");
const key = (name: string, shiftKey = false) =>
  settled(() =>
    document.dispatchEvent(new KeyboardEvent("keydown", { key: name, shiftKey, bubbles: true, cancelable: true })),
  );

beforeEach(() => {
  projects.value = [{ id: "p1", name: "Shop", slug: "shop" }];
  go("/issues/f1?project=shop");
  for (const id of [1, 7, 8, 9]) answers[`GET ${AT}/${id}`] = stored(id);
});

describe("one event after the other", () => {
  it("begins with the newest, without asking for anything", async () => {
    await show();
    expect([shown(), asked.length]).toEqual(["Event 9", 0]);
    expect(page.button("Newer event").getAttribute("aria-disabled")).toBe("true");
  });

  it("goes on by buttons and by keys, and says in the address where it is", async () => {
    answers[`GET ${AT}/9`] = stored(9, { newer: null });
    await show();
    await page.press("Older event");
    expect([shown(), query.value.get("event")]).toEqual(["Event 8", "8"]);
    await key("h");
    expect(shown()).toBe("Event 7");
    await key("l");
    expect(shown()).toBe("Event 8");
    await key("H", true);
    expect([shown(), query.value.get("event")]).toEqual(["Event 1", "1"]);
    await key("L", true);
    expect(shown()).toBe("Event 9");
    await key("l");
    expect(shown()).toBe("Event 9");
  });

  it("stays at the newest of when the page was opened, and says that there are newer ones", async () => {
    await show();
    await show(aDetail({ samples: [sample(12), sample(9)] }));
    expect(shown()).toBe("Event 9");
    answers[`GET ${AT}/12`] = stored(12);
    await page.press("Show the newest");
    expect(shown()).toBe("Event 12");
  });

  it("shows the newest that passes the filters of the address, and asks for its neighbours with them", async () => {
    go("/issues/f1?project=shop&release=1.4.0&user=u-1");
    answers[`GET ${AT}`] = [stored(7)];
    await show();
    expect(shown()).toBe("Event 7");
    expect(asked.map((one) => one.path)).toEqual([
      `${AT}?project_id=p1&release=1.4.0&user=u-1&limit=1`,
      `${AT}/7?project_id=p1&release=1.4.0&user=u-1`,
    ]);
    await page.press("Events of all users, not only u-1");
    expect(query.value.has("user")).toBe(false);
  });

  it("offers all events where none passes the filters, and the newest where one is gone", async () => {
    go("/issues/f1?project=shop&environment=nowhere");
    answers[`GET ${AT}`] = [];
    await show();
    expect(page.text()).toContain("No event passes these filters");
    await page.press("Show all events");
    expect(shown()).toBe("Event 9");
    await settled(() => go("/issues/f1?project=shop&event=3"));
    await show();
    expect(page.text()).toContain("This event is not stored any more");
    await page.press("Show the newest");
    expect(shown()).toBe("Event 9");
  });

  it("says what went wrong, and tries again", async () => {
    go("/issues/f1?project=shop&event=7");
    answers[`GET ${AT}/7`] = refusal(503, "the server is busy");
    await show();
    expect(page.text()).toContain("The server is busy.");
    answers[`GET ${AT}/7`] = stored(7);
    await page.press("Try again");
    expect(shown()).toBe("Event 7");
  });

  it("says that no event is stored, where none is", async () => {
    await show(aDetail());
    expect(page.text()).toContain("No event is stored");
  });
});

describe("where very many events do not pass the filters", () => {
  beforeEach(() => {
    go("/issues/f1?project=shop&user=u-1");
    // The first page has looked at as many as one may, and leads on.
    answers[`GET ${AT}`] = pageOf([], `${AT}/further`);
    answers[`GET ${AT}/further`] = [stored(7)];
  });

  it("goes on until there is one to show", async () => {
    await show();
    expect(shown()).toBe("Event 7");
    await settled(() => go("/issues/f1?project=shop&user=u-1&events=list"));
    await show();
    expect(page.all("tbody a")).toHaveLength(1);
    expect(page.text()).toContain("These are all that are stored.");
  });

  it("looks further on a way that the server has not gone to its end", async () => {
    const given = { search_capped: true, older: null, newer: null, newest: null, oldest: null };
    answers[`GET ${AT}/7`] = stored(7, given);
    answers[`GET ${AT}/1`] = stored(1, { ...given, oldest: 1 });
    await show();
    answers[`GET ${AT}`] = pageOf([stored(8), stored(7)], `${AT}/further`);
    answers[`GET ${AT}/further`] = pageOf([], `${AT}/end`);
    answers[`GET ${AT}/end`] = [stored(1)];
    expect(page.button("Older event").getAttribute("aria-disabled")).toBe("false");
    await page.press("Older event");
    expect(shown()).toBe("Event 1");
    expect(page.button("Older event").getAttribute("aria-disabled")).toBe("true");
    await page.press("Newer event");
    expect(shown()).toBe("Event 7");
  });

  it("ends at some time, and says so", async () => {
    answers[`GET ${AT}/further`] = pageOf([], `${AT}/further`);
    await show();
    expect(page.text()).toContain("None was found among very many events");
    expect(asked.length).toBeLessThan(50);
  });
});

it("lists all events page by page; each leads to itself", async () => {
  go("/issues/f1?project=shop&events=list");
  answers[`GET ${AT}`] = pageOf([stored(9), stored(8)], `${AT}/more?cursor=x`);
  answers[`GET ${AT}/more`] = [stored(7)];
  await show();
  await page.press("Load more");
  const links = page.all<HTMLAnchorElement>("tbody a").map((link) => new URL(link.href).search);
  expect(links).toEqual(["?project=shop&event=9", "?project=shop&event=8", "?project=shop&event=7"]);
  expect(page.text()).toContain("These are all that are stored.");
});

it("leaves the focus where it can go back, between one event and all of them", async () => {
  answers[`GET ${AT}`] = [stored(9)];
  const both = () => page.show(<Occurrences issue={ISSUE} detail={detail} />);
  await both();
  await page.press("All events");
  expect(document.activeElement?.textContent).toBe("One at a time");
  await page.press("One at a time");
  expect(document.activeElement?.textContent).toBe("All events");
});

describe("the stack of an event", () => {
  const STACK = "TypeError: x\n    at o (https://shop.example/app.js:1:99)\n    at p (https://shop.example/lib.js:1:2)";
  const mapped = sample(9, {
    stack: STACK,
    deobfuscated_stack: [
      {
        original_file: "../src/cart.ts",
        original_line: 17,
        original_column: 10,
        original_name: null,
        raw_frame: "at o (https://shop.example/app.js:1:99)",
        pre_context: ["before"],
        context_line: "    throw new TypeError();",
        post_context: [],
      },
    ],
    unmapped_frames: [{ raw_frame: "at p (https://shop.example/lib.js:1:2)", reason: "no map for release 1.4.2" }],
  });

  it("is as the sources have it or as it was sent, as the address says", async () => {
    await show(aDetail({ samples: [mapped] }));
    expect(page.text()).toContain("src/cart.ts:17:11");
    expect(page.all(".here code")[0]?.textContent).toBe("    throw new TypeError();");
    expect(page.all(".here mark")[0]?.textContent).toBe("new");
    await page.press("Raw");
    expect(query.value.get("stack")).toBe("raw");
    expect(page.text()).toContain("https://shop.example/app.js:1:99");
    await page.press("Text");
    expect(page.all("pre")[0]?.textContent).toBe(STACK);
  });

  it("says why a line is not mapped, by the releases that there are maps for", async () => {
    answers["GET /v1/projects/p1/sourcemaps"] = [{ release: "1.4.1" }, { release: "1.4.0" }];
    await show(aDetail({ samples: [mapped] }));
    await settled();
    expect(page.text()).toContain("Release differs: the event is of 1.4.2, and the newest maps are of 1.4.1.");
    const link = page.all<HTMLAnchorElement>(".why-unmapped a")[0];
    expect(link?.getAttribute("href")).toBe("/settings/sourcemaps?project=shop&release=1.4.2");
  });

  it("is quiet about lines that no browser has run", async () => {
    const raw_frame = "at f (/srv/shop/dist/server.js:1:2)";
    const reason = "names differ: srv/shop/dist/server.js ≠ assets/app.js";
    const ofServer = { stack: `Error: x\n    ${raw_frame}`, unmapped_frames: [{ raw_frame, reason }] };
    await show(aDetail({ samples: [sample(9, ofServer)] }));
    expect(page.all(".why-unmapped")).toHaveLength(0);
    expect(page.all(".frame-why")).toHaveLength(0);
    expect(page.text()).toContain("Source maps are not used here: no line of this stack is of a browser's script.");
  });

  it("copies where a frame is", async () => {
    const writeText = vi.fn(async () => {});
    vi.stubGlobal("navigator", { ...navigator, clipboard: { writeText }, userAgent: "" });
    await show(aDetail({ samples: [mapped] }));
    await page.press("Copy src/cart.ts:17:11");
    expect(writeText.mock.calls).toEqual([["src/cart.ts:17:11"]]);
  });

  it("folds the frames of libraries, but not where there are no others", async () => {
    const own = "at a (src/a.js:1:1)\nat b (node_modules/b.js:1:1)\nat c (node:fs:1:1)";
    await show(aDetail({ samples: [sample(9, { stack: own })] }));
    expect(page.all(".frame")).toHaveLength(1);
    await settled(() => page.all<HTMLButtonElement>(".frame-fold button")[0]?.click());
    expect(page.all(".frame")).toHaveLength(3);
    await page.show(null);
    await show(aDetail({ samples: [sample(9, { stack: "at b (node_modules/b.js:1:1)" })] }));
    expect(page.all(".frame")).toHaveLength(1);
  });

  it("draws no more of a long one than somebody wants to see", async () => {
    const long = Array.from({ length: 500 }, (_, index) => `at f${index} (src/a.js:${index + 1}:1)`).join("\n");
    await show(aDetail({ samples: [sample(9, { stack: long })] }));
    expect(page.all(".frame")).toHaveLength(150);
    await page.press("Show 350 more");
    expect(page.all(".frame")).toHaveLength(500);
  });
});
