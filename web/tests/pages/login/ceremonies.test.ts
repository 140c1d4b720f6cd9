import { expect, it } from "vitest";
import { targetAfter } from "../../../src/pages/login/ceremonies";

const HERE = "https://bloop.example";

it.each([
  ["/issues?project=shop&q=a%20b", "/issues?project=shop&q=a%20b"],
  ["/issues/a%2Fb#top", "/issues/a%2Fb#top"],
  [null, "/"],
  ["", "/"],
  ["issues", "/"],
  ["//evil.example/x", "/"],
  ["/\\evil.example", "/"],
  ["/\t/evil.example", "/"],
  ["/.//evil.example", "/"],
  ["/x/..//evil.example", "/"],
  ["/%2e//evil.example", "/"],
  ["https://evil.example", "/"],
  ["javascript:alert(1)", "/"],
])("after signing in, %s leads to %s", (next, expected) => {
  expect(targetAfter(next, HERE)).toBe(expected);
});
