import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { SavedView } from "../../src/api/types";
import { FilterBar } from "../../src/filter/FilterBar";
import { go, query, setQuery } from "../../src/router";
import { projects } from "../../src/session";
import { Toasts } from "../../src/ui/Toast";
import { openPage } from "../page";
import { refusal, serve, settled } from "../serving";

class Silent extends EventTarget {
  close(): void {}
}
vi.stubGlobal("EventSource", Silent);

const { asked, answers } = serve();
const page = openPage();
const value = (name: string, count: number) => ({ value: name, count, last_seen: 0 });
const VIEW: SavedView = {
  id: "v1",
  name: "Muted in production",
  query: "is:muted env:prod",
  sort: "total_count",
  project_id: "p1",
  is_shared: false,
  created_by: "u1",
  created_by_name: "ada",
  created_at: 0,
  is_own: true,
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"], shouldAdvanceTime: true, advanceTimeDelta: 2 });
  vi.stubGlobal("EventSource", Silent);
  projects.value = [{ id: "p1", name: "Shop", slug: "shop" }];
  go("/issues?project=shop");
  answers["GET /v1/views"] = [];
  answers["GET /v1/facets"] = {
    releases: [value("2.1.0", 900), value("1.2 beta", 70)],
    environments: [value("prod", 40)],
    sources: [],
    routes: [],
    statuses: [value("unresolved", 1_234), value("resolved", 2), value("ignored", 0), value("muted", 1)],
  };
});

afterEach(() => {
  vi.useRealTimers();
});

const show = () =>
  page.show(
    <>
      <FilterBar />
      <Toasts />
    </>,
  );
const input = () => page.all<HTMLInputElement>("[role=combobox]")[0] as HTMLInputElement;
async function type(text: string): Promise<void> {
  await settled(() => {
    input().focus();
    input().value = text;
    input().dispatchEvent(new Event("input", { bubbles: true }));
  });
  await settled(() => vi.advanceTimersByTime(200));
  await settled();
}
const key = (name: string) =>
  settled(() => input().dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true })));
const chips = () => page.all(".filter-chip").map((chip) => chip.textContent);
const offers = () => page.all("[role=option]").map((offer) => offer.querySelector("bdi")?.textContent);
const q = () => query.value.get("q");
const segment = (name: string) => page.all("button[aria-pressed]").find((known) => known.textContent?.startsWith(name));

describe("the filter", () => {
  it("shows what is unresolved at first, with how many there are of each status", async () => {
    await show();
    expect(chips()).toEqual(["is:unresolved"]);
    expect(page.all("button[aria-pressed]").map((known) => known.textContent)).toEqual([
      "Unresolved1.2K",
      "Resolved2",
      "Ignored0",
      "Muted1",
      "All1.2K",
    ]);
    expect(segment("Unresolved")?.getAttribute("aria-pressed")).toBe("true");
  });

  it("has another status at the press of one, and any when its chip is removed", async () => {
    await show();
    await settled(() => segment("Muted")?.click());
    expect([q(), chips()]).toEqual(["is:muted", ["is:muted"]]);
    await page.press("Remove is:muted");
    expect([q(), chips(), segment("All")?.getAttribute("aria-pressed")]).toEqual(["is:all", [], "true"]);
    expect(document.activeElement).toBe(input());
  });

  it("searches for words as they are typed, without an Apply button", async () => {
    await show();
    await type("out tim");
    expect([q(), input().value]).toEqual(["is:unresolved out tim*", "out tim"]);
    await type("out time ");
    expect(q()).toBe("is:unresolved out time");
    await key("Enter");
    expect(input().value).toBe("out time");
    await type("");
    expect(q()).toBeNull();
  });

  it("makes a chip of a key and its value once they are complete", async () => {
    await show();
    await type("cart release:2.1");
    expect([q(), chips()]).toEqual(["is:unresolved cart", ["is:unresolved"]]);
    await type("cart release:2.1 ");
    expect([q(), chips(), input().value]).toEqual([
      "is:unresolved release:2.1 cart",
      ["is:unresolved", "release:2.1"],
      "cart ",
    ]);
    await type('cart env:"prod eu"');
    expect(chips()).toEqual(["is:unresolved", "release:2.1", "env:prod eu"]);
  });

  it("offers keys, then the values that are known, by keyboard alone", async () => {
    await show();
    await type("rel");
    expect(offers()).toEqual(["release:"]);
    await key("Tab");
    expect([input().value, offers()]).toEqual(["release:", ["release:2.1.0", 'release:"1.2 beta"']]);
    await key("ArrowDown");
    await key("ArrowDown");
    expect(input().getAttribute("aria-activedescendant")).toBe(page.all("[aria-selected=true]")[0]?.id);
    await key("Enter");
    expect([q(), input().value, document.activeElement]).toEqual(['is:unresolved release:"1.2 beta"', "", input()]);
    await key("Escape");
    expect(offers()).toEqual([]);
  });

  it("asks for more values only where not all are known, once each", async () => {
    const releases = Array.from({ length: 50 }, (_, index) => value(`3.${index}`, 100 - index));
    answers["GET /v1/facets"] = { ...(answers["GET /v1/facets"] as object), releases };
    await show();
    const before = asked.length;
    await type("env:p");
    await type("release:9");
    await type("release:");
    await type("release:9");
    const paths = asked.slice(before).map((request) => request.path);
    expect(paths).toEqual(["/v1/facets?project_id=p1&prefix=9"]);
  });

  it("loses its last chip by Backspace at the start, and all of it by Reset", async () => {
    go("/issues?project=shop&q=is:muted+env:prod+cart&from=3600000&until=7200000");
    await show();
    expect(chips().length).toBe(3);
    input().setSelectionRange(0, 0);
    await key("Backspace");
    expect([query.value.get("from"), chips()]).toEqual([null, ["is:muted", "env:prod"]]);
    await key("Backspace");
    expect(q()).toBe("is:muted cart");
    await page.press("Reset the filter");
    expect([q(), input().value, chips()]).toEqual([null, "", ["is:unresolved"]]);
  });

  it("says what does not do what it seems to", async () => {
    go("/issues?project=shop&q=is:open+after:soon");
    await show();
    expect(page.all(".filter-notes .note").map((note) => note.textContent)).toEqual([
      "There is no such status: “is:open” is searched for as text.",
      "A time is written 2026-01-31, 2026-01-31T14:00 or 24h: “after:soon” is searched for as text.",
    ]);
  });

  it("follows the address", async () => {
    await show();
    await type("cart");
    await settled(() => setQuery({ q: "source:ios pay", sort: "first_seen" }));
    expect([chips(), input().value, page.text()]).toEqual([
      ["source:ios"],
      "pay",
      expect.stringContaining("First seen"),
    ]);
  });

  it("leaves the list to work while its values cannot be had", async () => {
    answers["GET /v1/facets"] = refusal(503, "busy");
    answers["GET /v1/views"] = refusal(503, "busy");
    await show();
    await type("env:prod ");
    expect(q()).toBe("is:unresolved env:prod");
  });
});

describe("saved views", () => {
  const open = () =>
    settled(() =>
      page
        .all("button")
        .find((known) => known.title === "Saved views")
        ?.click(),
    );
  const items = () => page.all("[role^=menuitem]").map((item) => item.textContent);
  const choose = (name: string) =>
    settled(() =>
      page
        .all("[role^=menuitem]")
        .find((item) => item.textContent === name)
        ?.click(),
    );

  it("are shown by name, and the one that is shown now says so", async () => {
    answers["GET /v1/views"] = [VIEW, { ...VIEW, id: "v2", name: "Theirs", is_own: false, query: "is:all" }];
    await show();
    await open();
    expect(items()).toEqual(["Muted in production", "Theirs (ada)", "Save this as a view…"]);
    await choose("Muted in production");
    expect([q(), query.value.get("sort")]).toEqual(["is:muted env:prod", "total_count"]);
    expect(page.button("View: Muted in production")).toBeTruthy();
    await open();
    expect(page.all("[aria-checked=true]").map((item) => item.textContent)).toEqual(["Muted in production"]);
  });

  it("keep what is shown, under a name", async () => {
    answers["POST /v1/views"] = VIEW;
    go("/issues?project=shop&q=env:prod+is:muted&sort=total_count");
    await show();
    await open();
    await choose("Save this as a view…");
    await vi.dynamicImportSettled();
    await settled();
    await page.send();
    expect(page.errorOf("Name")).toBe("Give the view a name.");
    await page.type("Name", " Muted in production ");
    await page.tick("Share it with everybody");
    answers["GET /v1/views"] = [VIEW];
    await page.send();
    expect(asked.find((request) => request.method === "POST")?.body).toEqual({
      name: "Muted in production",
      query: "is:muted env:prod",
      sort: "total_count",
      project_id: "p1",
      is_shared: true,
    });
    expect(page.button("View: Muted in production")).toBeTruthy();
  });

  it("take over what was changed since they were shown", async () => {
    answers["GET /v1/views"] = [VIEW];
    answers["PUT /v1/views/v1"] = { ...VIEW, query: "is:muted env:prod cart*" };
    go("/issues?project=shop&q=is:muted+env:prod&sort=total_count");
    await show();
    await type("cart");
    await open();
    await choose("Keep this in “Muted in production”");
    expect(asked.find((request) => request.method === "PUT")?.body).toEqual({
      query: "is:muted env:prod cart*",
      sort: "total_count",
    });
    expect(page.button("View: Muted in production")).toBeTruthy();
  });

  it("are deleted, and back again by undoing that", async () => {
    answers["GET /v1/views"] = [VIEW];
    answers["DELETE /v1/views/v1"] = { deleted: "v1" };
    answers["POST /v1/views"] = VIEW;
    go("/issues?project=shop&q=is:muted+env:prod&sort=total_count");
    await show();
    await open();
    await choose("Delete “Muted in production”");
    expect(page.text()).toContain("“Muted in production” is deleted.");
    await page.press("Undo");
    expect(asked.findLast((request) => request.method === "POST")?.body).toEqual({
      name: VIEW.name,
      query: VIEW.query,
      sort: VIEW.sort,
      project_id: "p1",
      is_shared: false,
    });
    expect(page.button("View: Muted in production")).toBeTruthy();
  });
});

it("keeps the focus in the field when what was pressed there goes", async () => {
  go("/issues?project=shop&q=is%3Amuted&from=1&until=3600001");
  await show();
  const hours = page.all(".filter-chip button").at(-1);
  await settled(() => {
    hours?.focus();
    hours?.click();
  });
  expect([query.value.get("from"), document.activeElement === input()]).toEqual([null, true]);
  await settled(() => page.button("Reset the filter").focus());
  await page.press("Reset the filter");
  expect([chips(), document.activeElement === input()]).toEqual([["is:unresolved"], true]);
});
