import { expect, it } from "vitest";
import {
  correlationWords,
  deltaPercentWords,
  deltaWords,
  figure,
  impactWords,
  overlapWords,
  percentileWords,
  rateWords,
  severityOf,
  shareWords,
  signedPercent,
  verdictOf,
  zscoreWords,
} from "../../../src/pages/insights/explain";
import { aLoad, aMover, anImpact, aPair, aSpike } from "./making";

/** Calculate what stands before the first "=" of an explanation, and return it with what stands behind. */
function calculated(words: string): [number, number] {
  const [, formula = "", result = ""] = /^([^=]*?[\d(][^=]*?) = ([−+]?[\d.,]*\d)/.exec(words) ?? [];
  const plain = formula
    .replaceAll("−", "-")
    .replaceAll("×", "*")
    .replaceAll(",", "")
    .replace(/[a-z ]*errors?/g, "");
  if (!/^[\d.()*/+\- ]+$/.test(plain)) throw new Error(`This is no formula: ${plain}`);
  return [Number(Function(`return ${plain}`)()), Number(result.replace("−", "-").replaceAll(",", ""))];
}

it.each([
  ["a spike", zscoreWords(aSpike())],
  ["a change", deltaWords(aMover(), 72)],
  ["a fall", deltaWords(aMover({ count_current: 1_200, count_previous: 4_800, delta: -3_600 }), 168)],
  ["a change in per cent", deltaPercentWords(aMover())],
  ["a fall in per cent", deltaPercentWords(aMover({ count_previous: 96, delta: -36, delta_pct: -37.5 }))],
  ["a release", impactWords(anImpact())],
  [
    "a better release",
    impactWords(anImpact({ error_count: 4, new_fingerprints: 0, error_delta: -16, impact_score: -80 })),
  ],
  ["the first release", impactWords(anImpact({ previous_release: null, error_delta: 20, impact_score: 10 }))],
  ["a share", shareWords(aLoad(), 16)],
])("comes to the number of the row, by the formula for %s", (_, words) => {
  const [value, said] = calculated(words);
  expect(said).toBeCloseTo(value, 1);
});

it("says of a spike in which hours it is one, and that the running hour is not over", () => {
  expect(zscoreWords(aSpike())).toBe(
    "(100 − 5.71) / 21.6 = 4.36. In 21 hours there were 5.71 events an hour on average, with a standard deviation of " +
      "21.6; this hour is 4.36 of these above it.",
  );
  expect(zscoreWords(aSpike({ is_running: true }))).toContain("The hour is not over");
});

it("says of a mover which windows are compared", () => {
  expect(deltaWords(aMover(), 168)).toContain("60 events in the last 7 days");
  expect(deltaPercentWords(aMover({ count_previous: 0, delta_pct: 100 }))).toBe(
    "There were none before, and that counts as +100%.",
  );
});

it("says of a pair how little few hours prove", () => {
  expect(correlationWords(aPair())).toContain("over 6 hours in which both have events");
  expect(correlationWords(aPair())).toContain("it is 0.33 or more");
  expect(overlapWords(aPair())).toContain("6 / 10 = 60%");
});

it("says of a release what its rate is made of, and of the first one no more", () => {
  expect(rateWords(anImpact())).toContain("20 events / 40 hours in use = 0.5 an hour. That is +25% over 1.0.");
  expect(rateWords(anImpact({ rate_delta_pct: null }))).toBe("20 events / 40 hours in use = 0.5 an hour.");
});

it("says of a percentile of how many hours it is one", () => {
  expect(percentileWords(aLoad(), 90)).toContain("4 hours with events: nine of ten had at most 3.7");
  expect(percentileWords(aLoad({ hours: 1 }), 50)).toContain("There was 1 hour with events");
});

it("has the bands of severity at 3 and 4, and those of releases at 0 and 50", () => {
  expect([2.5, 2.999, 3, 3.999, 4, 40].map(severityOf)).toEqual([
    "notable",
    "notable",
    "high",
    "high",
    "severe",
    "severe",
  ]);
  expect([-0.1, 0, 50, 50.1].map(verdictOf)).toEqual(["better", "neutral", "neutral", "worse"]);
});

it("writes numbers so that they can be read, however large or small", () => {
  expect([0, 0.00421, 2.5, 1_234.567, -3].map(figure)).toEqual(["0", "0.0042", "2.5", "1,234.57", "−3"]);
  expect([0, 4.25, 400, -37.5, 41_000].map(signedPercent)).toEqual(["0%", "+4.3%", "+400%", "−37.5%", "+41,000%"]);
});
