import { describe, expect, it } from "vitest";
import { masked, snippets } from "../../../src/pages/settings/snippets";

const ENDPOINT = "https://errors.example.com";
const KEY = `bloop_${"0f".repeat(32)}`;

describe("snippets", () => {
  it("are there for every SDK, cURL first", () => {
    expect(snippets(ENDPOINT, KEY).map((snippet) => snippet.label)).toEqual([
      "cURL",
      "Python",
      "TypeScript",
      "React Native",
      "Swift",
      "Kotlin",
      "Ruby",
    ]);
  });

  it.each(snippets(ENDPOINT, KEY).map((snippet) => [snippet.label, snippet.code] as const))(
    "for %s name the project and the server once each",
    (_label, code) => {
      expect([code.split(KEY).length, code.split(ENDPOINT).length]).toEqual([2, 2]);
    },
  );

  it("of SDKs that sign with a secret sign with the key", () => {
    for (const name of ["swift", "kotlin"]) {
      const code = snippets(ENDPOINT, KEY).find((snippet) => snippet.value === name)?.code;
      expect(code).toMatch(/secret( =|:) key,/);
      expect(code).toMatch(/projectKey( =|:) key,/);
    }
  });

  // Projects that came from elsewhere may have a key of any characters.
  it.each([
    ["curl", `KEY='a'\\''b"c\\d$e#{f}'`],
    ["python", `project_key="a'b\\"c\\\\d$e#{f}"`],
    ["typescript", `projectKey: "a'b\\"c\\\\d$e#{f}"`],
    ["react-native", `projectKey: "a'b\\"c\\\\d$e#{f}"`],
    ["swift", `let key = "a'b\\"c\\\\d$e#{f}"`],
    ["kotlin", `val key = "a'b\\"c\\\\d\\$e#{f}"`],
    ["ruby", `project_key: 'a\\'b"c\\\\d$e#{f}'`],
  ])("for %s quote a key as the language does", (name, line) => {
    const code = snippets(ENDPOINT, `a'b"c\\d$e#{f}`).find((snippet) => snippet.value === name)?.code;
    expect(code).toContain(line);
  });
});

it("hides all of a key but what every key begins with", () => {
  expect(masked(KEY)).toMatch(/^bloop_•+$/);
  expect(masked("a key from elsewhere")).toMatch(/^•+$/);
  expect(masked(KEY).length).toBe(masked(`${KEY}${KEY}`).length);
});
