import { expect, it } from "vitest";
import { originWords, piecesOf, skippedWords } from "../../../src/pages/issue/groupingWords";
import { pastedFingerprint } from "../../../src/pages/issue/mergeSearch";

it("marks the placeholders in a message, each with what was found", () => {
  const replaced = [
    { kind: "address", found: "10.0.0.1", placeholder: "<ip>" },
    { kind: "number", found: "17", placeholder: "<n>" },
    { kind: "number", found: "18", placeholder: "<n>" },
  ];
  expect(piecesOf({ message: "no <n> of <n> at <ip>!", replaced })).toEqual([
    { text: "no ", found: null },
    { text: "<n>", found: ["17", "18"] },
    { text: " of ", found: null },
    { text: "<n>", found: ["17", "18"] },
    { text: " at ", found: null },
    { text: "<ip>", found: ["10.0.0.1"] },
    { text: "!", found: null },
  ]);
  expect(piecesOf({ message: "<b> stays", replaced: [] })).toEqual([{ text: "<b> stays", found: null }]);
  expect(piecesOf({ message: "x", replaced: [{ kind: "odd", found: "y", placeholder: "" }] })).toHaveLength(1);
});

it("says why a line of the stack does not count, and what made a fingerprint", () => {
  expect(skippedWords({ line: "", reason: "framework: node_modules" })).toBe("a library's: node_modules");
  expect(skippedWords({ line: "", reason: "header" })).toBe("says what happened, not where");
  const origin = { fingerprint: "a", rule: 1, is_merged: false };
  expect(originWords({ ...origin, origin: "rule" })).toBe("rule 2");
  expect(originWords(undefined)).toBe("not known any more");
});

it.each([
  ["a1b2c3d4e5f60718", "a1b2c3d4e5f60718"],
  [" https://bloop.example/issues/a1b2c3d4e5f60718?project=shop ", "a1b2c3d4e5f60718"],
  ["/issues/checkout%20timeout", "checkout timeout"],
  ["curl http://x/v1/errors/abc.md", "abc"],
  ["checkout timeout", null],
  ["", null],
  ["/issues/%", "%"],
])("knows a fingerprint that was pasted: %s", (text, fingerprint) => {
  expect(pastedFingerprint(text)).toBe(fingerprint);
});
