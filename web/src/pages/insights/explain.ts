/** How the numbers of the insights come about, in words and with the numbers of the row. Pure. */

import type { EnvironmentLoad, ErrorMover, ErrorPair, ErrorSpike, ReleaseImpact } from "../../api/types";
import { count, full } from "../../format";
import { rangeWords } from "./scope";

/** Return a number as it stands in a row and in a formula: two digits behind the point, or the first that says something. */
export function figure(value: number): string {
  const digits = Math.abs(value) < 1 && value !== 0 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 2 };
  return new Intl.NumberFormat("en", digits).format(value).replace("-", "−");
}

/** Return a score as it stands in a row of others: always with two digits behind the point. */
export function score(value: number): string {
  return value.toFixed(2);
}

/** Return a change with its sign: "+48", "−3", "0". */
export function signed(value: number): string {
  return value > 0 ? `+${figure(value)}` : figure(value);
}

/** Return a number of per cent: "+400%". */
export function signedPercent(value: number): string {
  return `${signed(Number(value.toFixed(Math.abs(value) < 100 ? 1 : 0)))}%`;
}

/** Return a share in per cent: "68.7%". */
export function percent(value: number): string {
  return `${figure(Number(value.toFixed(1)))}%`;
}

/** Return which way something has gone, as a sign; the word for it stands beside. */
export function arrow(delta: number): string {
  return delta > 0 ? "↑" : delta < 0 ? "↓" : "=";
}

export type Severity = "notable" | "high" | "severe";

/** Return how far out of the ordinary a z-score is. */
export function severityOf(zscore: number): Severity {
  if (zscore >= 4) return "severe";
  return zscore >= 3 ? "high" : "notable";
}

/** Return what a z-score is made of. */
export function zscoreWords(spike: ErrorSpike): string {
  const { count: events, mean, stddev, zscore, hours } = spike;
  const running = spike.is_running ? " The hour is not over, and in no average yet." : "";
  return (
    `(${full(events)} − ${figure(mean)}) / ${figure(stddev)} = ${score(zscore)}. ` +
    `In ${count(hours, "hour")} there were ${figure(mean)} events an hour on average, with a standard deviation of ` +
    `${figure(stddev)}; this hour is ${score(zscore)} of these above it.${running}`
  );
}

/** Return what the change of a mover is made of. */
export function deltaWords(mover: ErrorMover, hours: number): string {
  const span = rangeWords(hours);
  return (
    `${full(mover.count_current)} − ${full(mover.count_previous)} = ${signed(mover.delta)}. ` +
    `${count(mover.count_current, "event")} in the last ${span}, with the hour that is not over yet; ` +
    `${full(mover.count_previous)} in the ${span} before.`
  );
}

/** Return what the percentage of a mover is made of. */
export function deltaPercentWords(mover: ErrorMover): string {
  if (mover.count_previous === 0) return "There were none before, and that counts as +100%.";
  return (
    `100 × ${figure(mover.delta)} / ${full(mover.count_previous)} = ${signedPercent(mover.delta_pct)}: ` +
    "the change, by the events of the time before."
  );
}

/** Return what a correlation says, and how sure it is. */
export function correlationWords(pair: ErrorPair): string {
  return (
    `Pearson's coefficient over ${count(pair.shared_hours, "hour")} in which both have events: ` +
    `cov(a, b) / (σ(a) × σ(b)) = ${score(pair.correlation)}. ` +
    `1 is in step, 0 is nothing in common. Few hours prove little: ` +
    `in 97.5 of 100 such cases it is ${figure(pair.correlation_low)} or more.`
  );
}

/** Return what the overlap of a pair is made of. */
export function overlapWords(pair: ErrorPair): string {
  const either = Math.round(pair.shared_hours / pair.overlap);
  return (
    `${full(pair.shared_hours)} / ${full(either)} = ${percent(pair.overlap * 100)}: hours in which both have events, ` +
    "by hours in which any of the two has."
  );
}

/** Return the events of the release before, which stand in the difference. */
function previousCount(impact: ReleaseImpact): number {
  return impact.error_count - impact.error_delta;
}

/** Return what the score of a release is made of. */
export function impactWords(impact: ReleaseImpact): string {
  const fresh = `10 × ${count(impact.new_fingerprints, "new error")}`;
  const before = previousCount(impact);
  if (impact.previous_release === null || before === 0)
    return `${fresh} = ${figure(impact.impact_score)}. There is no release before it to compare with.`;
  return (
    `${fresh} + 100 × ${figure(impact.error_delta)} / ${full(before)} = ${figure(impact.impact_score)}. ` +
    `It has ${count(impact.error_count, "event")}, ${impact.previous_release} has ${full(before)}. ` +
    "Over 50 is a bad release, below 0 an improvement."
  );
}

/** Return what the rate of a release is made of. */
export function rateWords(impact: ReleaseImpact): string {
  const rate = `${count(impact.error_count, "event")} / ${figure(impact.exposure_hours)} hours in use = ${figure(impact.errors_per_hour)} an hour.`;
  if (impact.rate_delta_pct === null) return rate;
  return (
    `${rate} That is ${signedPercent(impact.rate_delta_pct)} over ${impact.previous_release}. ` +
    "A new release has had less time: its rate can be compared, its number of events cannot."
  );
}

export type Verdict = "worse" | "better" | "neutral";

/** Return what the score of a release comes to. */
export function verdictOf(score: number): Verdict {
  if (score > 50) return "worse";
  return score < 0 ? "better" : "neutral";
}

/** Return what the share of an environment is made of; `total` are the events of all. */
export function shareWords(load: EnvironmentLoad, total: number): string {
  return `100 × ${full(load.total_count)} / ${full(total)} = ${percent(load.pct_of_total)} of all events.`;
}

/** Return what a percentile of an environment says. */
export function percentileWords(load: EnvironmentLoad, which: 50 | 90 | 99): string {
  const value = { 50: load.p50_hourly, 90: load.p90_hourly, 99: load.p99_hourly }[which];
  const part = { 50: "half of them", 90: "nine of ten", 99: "99 of 100" }[which];
  const hours = load.hours === 1 ? "There was 1 hour" : `There were ${full(load.hours)} hours`;
  return `${hours} with events: ${part} had at most ${figure(value)}. Between two hours it is in proportion.`;
}
