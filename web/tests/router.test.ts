import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { go, href, isOwnPath, keepPage, match, path, query, setQuery } from "../src/router";

beforeEach(() => go("/issues", { replace: true }));

describe("match", () => {
  it.each([
    ["/issues", "/issues", {}],
    ["/issues", "/issues/", {}],
    ["/issues/:fingerprint", "/issues/abc", { fingerprint: "abc" }],
    ["/issues/:fingerprint", "/issues/a%2Fb%20c", { fingerprint: "a/b c" }],
    ["/issues/:fingerprint", "/issues/100%", { fingerprint: "100%" }],
    ["/issues/:fingerprint", "/issues", null],
    ["/issues/:fingerprint", "/issues//", null],
    ["/issues", "/issues/abc", null],
    ["/", "/", {}],
  ])("%s on %s", (pattern, pathname, expected) => {
    expect(match(pattern, pathname)).toEqual(expected);
  });
});

describe("going", () => {
  it("changes the address and the signals together", () => {
    go("/settings/users?project=shop");
    expect([location.pathname, path.value, query.value.get("project")]).toEqual([
      "/settings/users",
      "/settings/users",
      "shop",
    ]);
  });

  it("follows the way back", () => {
    go("/settings");
    go("/issues", { replace: true });
    expect(path.value).toBe("/issues");
  });

  it("adds no step to the history when it is there already", () => {
    const before = history.length;
    go("/issues");
    expect(history.length).toBe(before);
  });
});

describe("a page that is kept", () => {
  const asked: string[] = [];
  beforeEach(() => {
    asked.length = 0;
    go("/settings/grouping?project=shop");
    keepPage((to) => {
      asked.push(new URL(to).pathname + new URL(to).search);
      return false;
    });
  });
  afterEach(() => keepPage(null));

  it("is left for no other page and no other project until it may be", () => {
    go("/issues?project=shop");
    go("/settings/grouping?project=web");
    expect([path.value, location.search]).toEqual(["/settings/grouping", "?project=shop"]);
    expect(asked).toEqual(["/issues?project=shop", "/settings/grouping?project=web"]);
    keepPage(null);
    go("/issues?project=shop");
    expect(path.value).toBe("/issues");
  });

  it("changes its own query all the same", () => {
    setQuery({ q: "x" });
    expect([location.search, asked]).toEqual(["?project=shop&q=x", []]);
  });
});

describe("the query", () => {
  it("takes and loses parameters one by one", () => {
    setQuery({ q: "time out", status: "muted" });
    setQuery({ status: null, q: "", sort: "last_seen" });
    expect(location.search).toBe("?sort=last_seen");
  });
});

describe("href", () => {
  it("keeps the project and nothing else of the query", () => {
    go("/issues?project=shop&q=x");
    expect(href("/settings")).toBe("/settings?project=shop");
  });

  it("takes another project, or none", () => {
    go("/issues?project=shop");
    expect(href("/issues", { project: "web", q: "a b" })).toBe("/issues?project=web&q=a+b");
    expect(href("/issues", { project: null })).toBe("/issues");
  });
});

it("knows its own pages from those of the server", () => {
  expect(["/", "/issues", "/issues/a/b", "/settings", "/welcome"].every(isOwnPath)).toBe(true);
  expect(["/docs", "/auth/login", "/v1/errors", "/issuesX"].some(isOwnPath)).toBe(false);
});
