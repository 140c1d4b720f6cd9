/** Hours, ranges and what happened in them, in words. Pure: time zone and language are those of the browser. */

import { count } from "../format";
import { HOUR_MS, type HourRange } from "./chart";

// Made once each: that is slow.
const words = new Map<string, Intl.DateTimeFormat>();

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify(options);
  const made = words.get(key) ?? new Intl.DateTimeFormat(undefined, options);
  words.set(key, made);
  return made;
}

/** Return "Sat 31", for a day on an axis. */
export function dayLabel(at: number): string {
  return format({ weekday: "short", day: "numeric" }).format(at);
}

/** Return "06" or "6 AM", for an hour on an axis. */
export function hourLabel(at: number): string {
  return format({ hour: "numeric" }).format(at);
}

/** Return "Sat, Jan 31, 14:00 – 18:00". */
export function rangeWords({ from, until }: HourRange): string {
  const exact = format({ weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  return exact.formatRange(from, until);
}

/** Return "Sat, Jan 31, 14:00 – 15:00: 14 events", with what else there is in that hour; `isRunning`: it is not over. */
export function hourWords(
  at: number,
  series: readonly { label: string; value: number }[],
  marks: readonly string[],
  isRunning: boolean,
): string {
  const [only] = series;
  const events =
    series.length === 1 && only
      ? count(only.value, "event")
      : series.map(({ label, value }) => `${label}: ${count(value, "event")}`).join(", ");
  const releases = marks.length ? `. ${releaseWords(marks)}` : "";
  return `${rangeWords({ from: at, until: at + HOUR_MS })}: ${events}${isRunning ? " so far" : ""}${releases}`;
}

const MOST_NAMED = 3;

/** Return "Release 1.2", "Releases 1.2, 1.3", or how many there are beside the first. */
export function releaseWords(names: readonly string[]): string {
  const named = names.slice(0, MOST_NAMED).join(", ");
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : "";
  return `${names.length === 1 ? "Release" : "Releases"} ${named}${more}`;
}
