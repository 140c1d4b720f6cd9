/** What ends a mute, where something is fixed, what came back: in words. Pure: the clock and the language are given. */

import type { IssueFix, IssueSnooze, Regression, Status } from "../api/types";
import { ago, count, full } from "../format";
import type { StatusInput } from "./statusInput";

const DAY_MS = 86_400_000;

/** Return a time ahead as short as it can be told: "14:00", "Tue 14:00", "24 Dec, 14:00", "24 Dec 2027". */
export function timeAhead(ms: number, nowMs: number, language?: string): string {
  const at = new Date(ms);
  const now = new Date(nowMs);
  const write = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(language, options).format(at);
  const time = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  if (at.toDateString() === now.toDateString()) return write(time);
  if (ms - nowMs < 6 * DAY_MS && ms > nowMs) return write({ weekday: "short", ...time });
  if (at.getFullYear() === now.getFullYear()) return write({ day: "numeric", month: "short", ...time });
  return write({ day: "numeric", month: "short", year: "numeric" });
}

type Back = Pick<Regression, "resolved_at" | "resolved_in" | "back_at" | "back_in">;

interface Counts {
  total_count: number;
  users_affected: number;
}

/** Return what ends a mute: "until 14:00, 100 more events or a release after 1.4.0"; null if nothing does. */
export function snoozeWords(
  snooze: IssueSnooze | null,
  issue: Counts,
  nowMs: number,
  language?: string,
): string | null {
  if (!snooze) return null;
  const ends: string[] = [];
  if (snooze.until !== null) ends.push(timeAhead(snooze.until, nowMs, language));
  if (snooze.until_total_count !== null) {
    ends.push(count(Math.max(1, snooze.until_total_count - issue.total_count), "more event"));
  }
  if (snooze.until_users_affected !== null) {
    ends.push(count(Math.max(1, snooze.until_users_affected - issue.users_affected), "more user"));
  }
  if (snooze.after_release !== null) ends.push(`a release after ${snooze.after_release}`);
  return ends.length > 0 ? `until ${orList(ends)}` : null;
}

/** Return where a resolved issue is fixed; null if that was not said. */
export function fixWords(fix: IssueFix | null): string | null {
  if (!fix) return null;
  return fix.is_next ? `fixed in the release after ${fix.release}` : `fixed in ${fix.release}`;
}

/** Return what a regression was: "resolved in 1.4.0, back in 1.4.2". */
export function regressionWords(regression: Back, nowMs: number): string {
  const { resolved_in: resolvedIn, back_in: backIn } = regression;
  const when = (at: number) => ago(at, nowMs).replace(/^now$/, "just now");
  const resolved = resolvedIn === null ? when(regression.resolved_at) : `in ${resolvedIn}`;
  return `resolved ${resolved}, back ${backIn === null ? when(regression.back_at) : `in ${backIn}`}`;
}

/** How people say how long: of the menu and of the toast. */
export const SPANS: readonly { secs: number; label: string }[] = [
  { secs: 3_600, label: "1 hour" },
  { secs: 8 * 3_600, label: "8 hours" },
  { secs: 86_400, label: "a day" },
  { secs: 7 * 86_400, label: "a week" },
];

/** Return what a change makes of an issue: "muted for 8 hours", "resolved in the next release". */
export function inputWords(given: StatusInput, nowMs: number, language?: string): string {
  if (given.status === "resolved" && given.in_release) {
    const named = { current: "the current release", next: "the next release" }[given.in_release];
    return `resolved in ${named ?? given.in_release}`;
  }
  const ends: string[] = [];
  const span = SPANS.find((known) => known.secs === given.for_secs)?.label;
  if (given.until) ends.push(`until ${timeAhead(given.until, nowMs, language)}`);
  else if (given.for_secs) ends.push(`for ${span ?? `${full(given.for_secs)} seconds`}`);
  const others: string[] = [];
  if (given.until_count) others.push(count(given.until_count, "more event"));
  if (given.until_users) others.push(count(given.until_users, "more user"));
  if (given.until_next_release) others.push("the next release");
  if (others.length > 0) ends.push(`${ends.length > 0 ? "" : "until "}${orList(others)}`);
  return [given.status, orList(ends)].filter(Boolean).join(" ");
}

/** Return what a toast says after an act: "Muted for 8 hours.", "12 errors ignored." */
export function doneWords(changed: number, given: StatusInput, nowMs: number): string {
  const words = inputWords(given, nowMs);
  return changed === 1 ? `${words.charAt(0).toUpperCase()}${words.slice(1)}.` : `${count(changed, "error")} ${words}.`;
}

/** What can be done with an issue of each status, in the order in which it is offered. */
export const POSSIBLE: Readonly<Record<Status, readonly Status[]>> = {
  unresolved: ["resolved", "ignored", "muted"],
  resolved: ["unresolved"],
  ignored: ["resolved", "unresolved"],
  // Muted once more, it has another end.
  muted: ["resolved", "ignored", "muted", "unresolved"],
};

/** The verb, the key and the icon of each act, by the status that it gives. */
export const ACTS = {
  resolved: { verb: "Resolve", keys: "r", icon: "check" },
  ignored: { verb: "Ignore", keys: "i", icon: "close" },
  muted: { verb: "Mute", keys: "m", icon: "mute" },
  unresolved: { verb: "Unresolve", keys: "u", icon: "refresh" },
} as const;

/** Return the acts that are possible for any of some statuses. */
export function possibleActs(statuses: readonly Status[]): Status[] {
  const possible = new Set(statuses.flatMap((status) => POSSIBLE[status] ?? []));
  return (Object.keys(ACTS) as Status[]).filter((status) => possible.has(status));
}

function orList(words: readonly string[]): string {
  if (words.length < 2) return words[0] ?? "";
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
