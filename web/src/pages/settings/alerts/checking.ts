/** What is wrong with a rule as it stands in the form, in the words of the form. Pure. */

import { numberOf } from "../numbers";
import { type Duration, durationWords, secsOf } from "./durations";
import { type Draft, type FieldName, hasHttpStatus } from "./rules";

export type Faults = Partial<Record<FieldName, string>>;

const MAX_COUNT = 1_000_000_000;
const MAX_TIMES = 1_000_000;
const WHOLE_FALL = 100;
const MIN_SPAN_SECS = 10;
const DAY_SECS = 86_400;
const HTTP_STATUS = /^[1-5](xx|\d\d)$/i;

/** By which words of the server's a refusal is known to be about a field. */
export const REFUSALS: Record<FieldName, RegExp> = {
  name: /^name\b/i,
  project: /project/i,
  http_status: /http_status_filter/i,
  environment: /^environment/i,
  source: /^source_filter/i,
  release: /^release_filter/i,
  counted_route: /^route (?!and)/i,
  route: /^route/i,
  fingerprint: /^fingerprint/i,
  threshold: /^threshold/i,
  baseline: /^baseline_window_secs/i,
  compare: /^compare_window_secs/i,
  window: /^window_secs/i,
  multiplier: /^multiplier/i,
  min_count: /^min_count/i,
  min_change: /^min_change/i,
  percent: /^percent/i,
  description: /^description/i,
  type: /^(rule_)?type/i,
};

/** Return what is wrong, by field; nothing of the name, which a preview does without. */
export function faultsOf(draft: Draft): Faults {
  const found = { ...figureFaults(draft), ...statusFault(draft) };
  return Object.fromEntries(Object.entries(found).filter(([, fault]) => fault)) as Faults;
}

type Found = Partial<Record<FieldName, string | null>>;

function figureFaults(draft: Draft): Found {
  switch (draft.type) {
    case "threshold":
      return thresholdFaults(draft);
    case "spike":
      return spikeFaults(draft.spike);
    case "escalating":
      return {
        multiplier: timesFault(draft.escalating.multiplier),
        window: spanFault(draft.escalating.window, DAY_SECS),
        min_count: wholeFault(draft.escalating.min_count, 1),
      };
    case "mover":
      return {
        percent: percentFault(draft.mover),
        window: spanFault(draft.mover.window, DAY_SECS),
        min_change: wholeFault(draft.mover.min_change, 1),
      };
    default:
      return {};
  }
}

function percentFault({ percent, direction }: Draft["mover"]): string | null {
  const value = numberOf(percent);
  if (value === null || value <= 0 || value > MAX_TIMES) return "Give a number above 0, such as 100 or 12.5.";
  const neverFires = direction === "down" && value > WHOLE_FALL;
  return neverFires ? "Nothing can have over 100 % fewer events." : null;
}

function thresholdFaults({ threshold, filters }: Draft): Found {
  const found: Found = { threshold: wholeFault(threshold.more_than, 0), window: spanFault(threshold.window, DAY_SECS) };
  if (threshold.of === "one")
    return { ...found, fingerprint: threshold.fingerprint.trim() ? null : "Say which error." };
  if (threshold.of === "each") return found;
  const [counted, filter] = [threshold.route.trim(), filters.route.trim()];
  if (!counted) return { ...found, counted_route: "Say which route." };
  const isOther = filter !== "" && filter !== counted;
  return { ...found, route: isOther ? "This is another route than the one that is counted." : null };
}

function spikeFaults(spike: Draft["spike"]): Found {
  const found: Found = {
    multiplier: timesFault(spike.multiplier),
    compare: spanFault(spike.compare, DAY_SECS),
    baseline: spanFault(spike.baseline, 7 * DAY_SECS),
    min_count: wholeFault(spike.min_count, 1),
  };
  const [short, long] = [secsOf(spike.compare), secsOf(spike.baseline)];
  if (found.compare || found.baseline || short === null || long === null || short < long) return found;
  return { ...found, baseline: "This has to be longer than what is compared with it." };
}

function statusFault({ type, filters }: Draft): Found {
  const status = filters.http_status.trim();
  if (!hasHttpStatus(type) || !status || HTTP_STATUS.test(status)) return {};
  return { http_status: "Give a status such as 503, or a class such as 5xx." };
}

function wholeFault(text: string, least: number): string | null {
  const value = numberOf(text);
  if (value !== null && Number.isInteger(value) && value >= least && value <= MAX_COUNT) return null;
  return `Give a whole number, ${least} or more.`;
}

function timesFault(text: string): string | null {
  const value = numberOf(text);
  return value !== null && value > 0 && value <= MAX_TIMES ? null : "Give a number above 0, such as 3 or 1.5.";
}

function spanFault(duration: Duration, mostSecs: number): string | null {
  const secs = secsOf(duration);
  if (secs !== null && secs >= MIN_SPAN_SECS && secs <= mostSecs) return null;
  return `Give ${durationWords(MIN_SPAN_SECS)} to ${mostSecs === DAY_SECS ? "24 hours" : durationWords(mostSecs)}.`;
}
