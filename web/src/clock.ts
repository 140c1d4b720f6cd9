/** The time by the server's clock, by which all its times are told: that of a laptop may be wrong. */

/** Answers tell whole seconds, and were on their way for a while: less than this is no difference. */
const NOISE_MS = 5_000;

let aheadMs = 0;

/** Learn from the `Date` of an answer that has just come by how much the server's clock is ahead of ours. */
export function learnTime(date: string | null): void {
  const said = Date.parse(date ?? "");
  if (Number.isNaN(said)) return;
  const difference = said - Date.now();
  aheadMs = Math.abs(difference) < NOISE_MS ? 0 : difference;
}

/** Return the time in epoch milliseconds. */
export function nowMs(): number {
  return Date.now() + aheadMs;
}
