import { describe, expect, it } from "vitest";
import {
  addressOf,
  addressOfView,
  isShown,
  isUsual,
  readFilter,
  statusFilterOf,
  statusOf,
} from "../../src/filter/filter";
import { parseQuery } from "../../src/filter/query";

const NOW = Date.UTC(2026, 0, 31, 14, 25);
const read = (address: string) => readFilter(new URLSearchParams(address), NOW);
const at = (q: string, more = "") => read(`q=${encodeURIComponent(q)}${more}`);

describe("an address", () => {
  it("without a filter has what is unresolved, newest first", () => {
    expect([read("").parameters, read("").sort, read("").range]).toEqual([{ status: "unresolved" }, "last_seen", null]);
  });

  it("has what the API is asked for", () => {
    const filter = at('is:muted release:"1 2" env:prod source:ios route:/x assignee:me out "of memory"');
    expect(filter.parameters).toEqual({
      status: "muted",
      release: "1 2",
      environment: "prod",
      source: "ios",
      route: "/x",
      assignee: "me",
      q: 'out "of memory"',
    });
  });

  it("has any status when it names none, or all", () => {
    expect([at("env:prod").parameters, at("is:all").parameters]).toEqual([{ environment: "prod" }, {}]);
    expect([statusOf(parseQuery("is:all")), statusOf(parseQuery("is:muted"))]).toEqual([null, "muted"]);
  });

  it("has the hours that were chosen on the chart, in which something happened", () => {
    const [from, until] = [Date.UTC(2026, 0, 30), Date.UTC(2026, 0, 31)];
    expect(at("after:24h before:1h", `&from=${from}&until=${until}`).parameters).toEqual({
      since: String(Date.UTC(2026, 0, 30, 14)),
      until: String(Date.UTC(2026, 0, 31, 13) - 1),
      active_since: String(from),
      active_until: String(until - 1),
    });
  });

  it.each(["from=5", "from=5&until=5", "from=x&until=9", "from=-1&until=9", "sort=worst"])(
    "%s is no harm",
    (address) => {
      expect([read(address).range, read(address).sort]).toEqual([null, "last_seen"]);
    },
  );

  it("is read as it was written", () => {
    const filter = { query: parseQuery("env:prod cart"), sort: "total_count" as const, range: { from: 1, until: 9 } };
    const address = addressOf(filter);
    expect(address).toEqual({ q: "env:prod cart", sort: "total_count", from: "1", until: "9" });
    const again = read(new URLSearchParams(address as Record<string, string>).toString());
    expect([again.query.chips, again.query.words, again.sort, again.range]).toEqual([
      filter.query.chips,
      "cart",
      "total_count",
      filter.range,
    ]);
  });

  it("says nothing that goes without saying", () => {
    expect(addressOf({ query: parseQuery("is:unresolved"), sort: "last_seen", range: null })).toEqual({
      q: null,
      sort: null,
      from: null,
      until: null,
    });
    expect(addressOf({ sort: "first_seen" })).toEqual({ sort: "first_seen" });
  });
});

it("what goes without saying is known as such", () => {
  expect([read(""), at("is:unresolved"), at("is:all"), read("from=1&until=9")].map(isUsual)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

it("changes of many statuses take the same filter, with times as numbers", () => {
  const filter = at("is:muted assignee:none cart", "&from=3600000&until=7200000");
  expect(statusFilterOf(filter, NOW)).toEqual({
    status: "muted",
    assignee: "none",
    q: "cart",
    active_since: 3_600_000,
    active_until: 7_199_999,
  });
});

describe("a saved view", () => {
  it("is shown when it means the same, however it is written", () => {
    const filter = at("env:prod is:muted");
    expect(isShown({ query: "is:muted   environment:prod", sort: "last_seen" }, filter)).toBe(true);
    expect(isShown({ query: "is:muted env:prod", sort: "total_count" }, filter)).toBe(false);
    expect(isShown({ query: "is:muted", sort: "last_seen" }, filter)).toBe(false);
    expect(isShown({ query: "is:unresolved", sort: "last_seen" }, read(""))).toBe(true);
  });

  it("is not shown any more when hours are chosen on the chart", () => {
    expect(isShown({ query: "is:all", sort: "last_seen" }, at("is:all", "&from=1&until=9"))).toBe(false);
  });

  it("replaces the whole filter of an address", () => {
    expect(addressOfView({ query: "is:unresolved", sort: "newest" })).toEqual({
      q: null,
      sort: null,
      from: null,
      until: null,
    });
  });
});
