/** Spans of time as people write them: the API has them in seconds. Pure. */

import { count } from "../../../format";
import type { Amount } from "../AmountField";
import { numberOf } from "../numbers";

export type Unit = "seconds" | "minutes" | "hours" | "days";

/** A span as it stands in a form. */
export type Duration = Amount<Unit>;

const SECS: Record<Unit, number> = { seconds: 1, minutes: 60, hours: 3_600, days: 86_400 };

export const UNITS: readonly Unit[] = ["seconds", "minutes", "hours", "days"];

/** Return a span in the largest unit of which it is a whole number. */
export function durationOf(secs: number): Duration {
  const unit = UNITS.findLast((known) => secs >= SECS[known] && secs % SECS[known] === 0) ?? "seconds";
  return { amount: String(secs / SECS[unit]), unit };
}

/** Return the whole seconds of what was typed; null if it is no number, or comes to a part of a second. */
export function secsOf({ amount, unit }: Duration): number | null {
  const typed = numberOf(amount);
  if (typed === null) return null;
  // 0.1 hours are 360 seconds, although the product is a little more.
  const secs = typed * SECS[unit];
  const whole = Math.round(secs);
  return Math.abs(secs - whole) < 1e-6 ? whole : null;
}

/** Return "5 minutes", "1 hour", "90 minutes". */
export function durationWords(secs: number): string {
  const { amount, unit } = durationOf(secs);
  return count(Number(amount), unit.slice(0, -1), unit);
}
