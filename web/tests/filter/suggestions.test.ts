import { describe, expect, it } from "vitest";
import type { Facets } from "../../src/api/types";
import { draftOf, finished, formatChip, parseQuery, wordsWhileTyping } from "../../src/filter/query";
import { suggest } from "../../src/filter/suggestions";

const value = (name: string, count: number) => ({ value: name, count, last_seen: 0 });
const FACETS: Facets = {
  releases: [value("2.1.0", 900), value("1.2.1", 70), value("1.2 beta", 3)],
  environments: [value("prod", 40), value("", 2)],
  sources: [],
  routes: [],
  statuses: ["unresolved", "resolved", "ignored", "muted"].map((name, index) => ({ value: name, count: index })),
};
const KNOWN = { facets: FACETS, people: ["ada", "ruben"] };
const offers = (text: string, query = "") =>
  suggest(draftOf(text), parseQuery(query), KNOWN).map(({ chip }) =>
    chip.value === null ? `${chip.key}:` : formatChip(chip),
  );

describe("what is offered", () => {
  it("are the keys that are not set, or those that begin so", () => {
    expect(offers("", "is:muted env:prod")).toEqual([
      "release:",
      "source:",
      "route:",
      "assignee:",
      "after:",
      "before:",
    ]);
    expect([offers("R"), offers("cart re"), offers("cart")]).toEqual([["release:", "route:"], ["release:"], []]);
  });

  it("are the values of a key, those that begin so before those that have it inside", () => {
    expect(offers("release:")).toEqual(["release:2.1.0", "release:1.2.1", 'release:"1.2 beta"']);
    expect(offers("cart release:1")).toEqual(["release:1.2.1", 'release:"1.2 beta"', "release:2.1.0"]);
    expect(offers('release:"1.2 b')).toEqual(['release:"1.2 beta"']);
    expect(offers("environment:")).toEqual(["env:prod"]);
    expect(offers("is:res")).toEqual(["is:resolved", "is:unresolved"]);
    expect(offers("assignee:")).toEqual(["assignee:me", "assignee:none", "assignee:ada", "assignee:ruben"]);
    expect(offers("after:2")).toEqual(["after:24h"]);
  });

  it("come with numbers where there are some", () => {
    expect(suggest(draftOf("is:muted"), parseQuery(""), KNOWN)[0]?.count).toBe(3);
    expect(suggest(draftOf("env:"), parseQuery(""), { facets: undefined, people: [] })).toEqual([]);
  });
});

describe("while somebody types", () => {
  it.each([
    ["tim", "tim*"],
    ["cart tim", "cart tim*"],
    ["cart ", "cart"],
    ["cart rel", "cart"],
    ["cart release:1.", "cart"],
    ["cart release:1.2 ", "cart"],
    ['"out of', '"out of'],
    ["tim*", "tim*"],
    ["a.", "a."],
    ["https://x", "https://x*"],
  ])("%j searches for %j", (text, words) => {
    expect(wordsWhileTyping(draftOf(text))).toBe(words);
  });

  it.each([
    ["release:1.2 ", [{ key: "release", value: "1.2" }], ""],
    ["release:1.2", [], "release:1.2"],
    ['env:"a b"', [{ key: "env", value: "a b" }], ""],
    ['env:"a b', [], 'env:"a b'],
  ])("%j has the chips that are complete", (text, chips, current) => {
    expect([draftOf(text).chips, draftOf(text).current]).toEqual([chips, current]);
  });

  it.each([
    ["cart release:1.2", [{ key: "release", value: "1.2" }], "cart"],
    ["cart release:", [], "cart"],
    ["rel", [], "rel*"],
    ["cart is:open", [], "cart is:open"],
    ['env:"a b', [{ key: "env", value: "a b" }], ""],
    ["", [], ""],
  ])("%j comes to what it says when nothing follows", (text, chips, words) => {
    expect(finished(text)).toEqual({ chips, words });
  });
});
