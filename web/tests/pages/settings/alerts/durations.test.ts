import { expect, it } from "vitest";
import { durationOf, durationWords, secsOf } from "../../../../src/pages/settings/alerts/durations";

it.each([
  [10, "10", "seconds"],
  [90, "90", "seconds"],
  [300, "5", "minutes"],
  [3_600, "1", "hours"],
  [86_400, "1", "days"],
  [604_800, "7", "days"],
] as const)("%d seconds are %s %s, and back", (secs, amount, unit) => {
  expect(durationOf(secs)).toEqual({ amount, unit });
  expect(secsOf({ amount, unit })).toBe(secs);
});

it("takes parts of a unit, with a point or a comma, as long as they are whole seconds", () => {
  expect(secsOf({ amount: "1.5", unit: "hours" })).toBe(5_400);
  expect(secsOf({ amount: " 0,1 ", unit: "hours" })).toBe(360);
  expect(secsOf({ amount: "0.5", unit: "seconds" })).toBeNull();
});

it.each(["", "-5", "1e3", "five", "0x10", "1.2.3"])("takes no %j for a number", (amount) => {
  expect(secsOf({ amount, unit: "minutes" })).toBeNull();
});

it("says a span in words", () => {
  expect([60, 5_400, 7_200].map(durationWords)).toEqual(["1 minute", "90 minutes", "2 hours"]);
});
