import { describe, expect, it } from "vitest";
import { formatQuery, KEYS, type Key, parseQuery, type Query, timeOf, withValue } from "../../src/filter/query";

const chipsOf = (text: string) => parseQuery(text).chips.map(({ key, value }) => [key, value]);

describe("a text", () => {
  it.each([
    ["is:unresolved", [["is", "unresolved"]], ""],
    ["IS:Resolved", [["is", "resolved"]], ""],
    ["environment:prod", [["env", "prod"]], ""],
    [
      'release:"1.2 beta" route:/api/:id',
      [
        ["release", "1.2 beta"],
        ["route", "/api/:id"],
      ],
      "",
    ],
    [String.raw`release:"a \"b\" \\ c"`, [["release", String.raw`a "b" \ c`]], ""],
    ['time* "out of  memory" env:prod', [["env", "prod"]], 'time* "out of  memory"'],
    [
      "source:ios  is:muted",
      [
        ["is", "muted"],
        ["source", "ios"],
      ],
      "",
    ],
    ["assignee:me", [["assignee", "me"]], ""],
    ["https://shop.example/cart", [], "https://shop.example/cart"],
    ["colour:red user:7", [], "colour:red user:7"],
    ['release:"not closed', [["release", "not closed"]], ""],
    ['"not closed', [], '"not closed'],
    ["", [], ""],
    ["   ", [], ""],
    ["release:", [], "release:"],
    ["after:2026-01-31", [["after", "2026-01-31"]], ""],
  ])("%s is understood", (text, chips, words) => {
    expect([chipsOf(text), parseQuery(text).words]).toEqual([chips, words]);
  });

  it.each([
    ["is:open", "There is no such status: “is:open” is searched for as text."],
    [
      "after:tomorrow",
      "A time is written 2026-01-31, 2026-01-31T14:00 or 24h: “after:tomorrow” is searched for as text.",
    ],
    ['release:""', 'Nothing stands behind the key: “release:""” is searched for as text.'],
  ])("%s is words, and that is said", (text, note) => {
    expect([parseQuery(text).words, parseQuery(text).notes]).toEqual([text, [note]]);
  });

  it("has the last of two values of a key, and says so", () => {
    const query = parseQuery("release:1 release:2");
    expect([query.chips, query.notes]).toEqual([
      [{ key: "release", value: "2" }],
      ["“release:” is there twice; the last one counts."],
    ]);
    expect(parseQuery("env:prod environment:prod").notes).toEqual([]);
  });
});

describe("a query", () => {
  it.each([
    ["cart env:prod is:muted", "is:muted env:prod cart"],
    ["is:all env:prod", "env:prod"],
    ["is:all", "is:all"],
    ["", "is:all"],
    ['release:"1.2"', "release:1.2"],
    ["release:a\\b", String.raw`release:"a\\b"`],
  ])("%s is written in one way", (text, written) => {
    expect(formatQuery(parseQuery(text))).toBe(written);
  });

  it("takes and loses values", () => {
    const query = withValue(parseQuery("is:muted cart"), "env", "prod");
    expect(formatQuery(query)).toBe("is:muted env:prod cart");
    expect(formatQuery(withValue(query, "is", null))).toBe("env:prod cart");
  });

  it("means the same again when it was written, whatever its values are", () => {
    const random = randomNumbers(20_260_131);
    for (let turn = 0; turn < 2_000; turn += 1) {
      const query = anyQuery(random);
      const again = parseQuery(formatQuery(query));
      expect([again.chips, again.words], JSON.stringify(query)).toEqual([query.chips, query.words]);
    }
  });

  it("is written as it was, whatever text it comes from", () => {
    const random = randomNumbers(7);
    for (let turn = 0; turn < 2_000; turn += 1) {
      const text = anyText(random, 24);
      const written = formatQuery(parseQuery(text));
      expect(formatQuery(parseQuery(written)), JSON.stringify(text)).toBe(written);
    }
  });
});

describe("a time", () => {
  const NOW = Date.UTC(2026, 0, 31, 14, 25);

  it("is a local day or minute", () => {
    expect(timeOf("2026-01-31", NOW)).toBe(new Date(2026, 0, 31).getTime());
    expect(timeOf("2026-01-31T07:05", NOW)).toBe(new Date(2026, 0, 31, 7, 5).getTime());
  });

  it("is so many hours, days or weeks before this hour", () => {
    expect(timeOf("24h", NOW)).toBe(Date.UTC(2026, 0, 30, 14));
    expect(timeOf("2d", NOW)).toBe(Date.UTC(2026, 0, 29, 14));
    expect(timeOf("1w", NOW)).toBe(Date.UTC(2026, 0, 24, 14));
  });

  it.each(["2026-02-30", "2026-13-01", "2026-01-31T24:00", "yesterday", "24", "", "2026-1-1"])("is not %s", (text) => {
    expect(timeOf(text, NOW)).toBeNull();
  });
});

/** Numbers from 0 to 1 that are the same in every run. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const LETTERS = [
  "a",
  "B",
  "7",
  " ",
  "  ",
  '"',
  "\\",
  ":",
  "*",
  "é",
  "🦉",
  "\u202e",
  "\n",
  "<b>",
  "release:",
  "is:",
  "env:",
];

function anyText(random: () => number, longest: number): string {
  const length = Math.floor(random() * longest);
  return Array.from({ length }, () => LETTERS[Math.floor(random() * LETTERS.length)]).join("");
}

function anyQuery(random: () => number): Pick<Query, "chips" | "words"> {
  const values: Record<Key, () => string> = {
    is: () => ["unresolved", "resolved", "ignored", "muted"][Math.floor(random() * 4)] ?? "muted",
    release: () => `${anyText(random, 6)}1`,
    env: () => `${anyText(random, 6)}p`,
    source: () => "ios",
    route: () => `/${anyText(random, 6)}`,
    assignee: () => "none",
    after: () => "24h",
    before: () => "2026-01-31",
  };
  const chips = KEYS.filter(() => random() < 0.5).map((key) => ({ key, value: values[key]() }));
  const words = ["time*", '"out of"', "colour:red", "x"].filter(() => random() < 0.5).join(" ");
  return chips.length || words ? { chips, words } : { chips: [{ key: "env", value: "p" }], words };
}
