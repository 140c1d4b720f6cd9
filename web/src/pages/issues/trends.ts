/** The last 24 hours of rows that are in sight: asked for together, and kept. */

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api } from "../../api/client";
import type { ErrorTrend, HourlyCount } from "../../api/types";
import { type IssueKey, keyOf } from "../../triage/issue";
import { HOUR_MS } from "../../ui/chart";

export const TREND_HOURS = 24;
/** Rows that somebody scrolls past are not asked for. */
const REST_MS = 100;
/** After which a trend is asked for anew when it is seen again. */
const STALE_MS = 5 * 60_000;
const MAX_ASKED = 200;

interface Trend {
  counts: readonly HourlyCount[];
  at: number;
}

const trends = signal<ReadonlyMap<string, Trend>>(new Map());

/** Return the counts of an issue; null until they have come. */
export function trendOf(issue: IssueKey): readonly HourlyCount[] | null {
  return trends.value.get(keyOf(issue))?.counts ?? null;
}

/** Have the trends of issues that are in sight; of all projects if `slug` is null. */
export function useTrends(slug: string | null, issues: readonly IssueKey[]): void {
  const wanted = issues.map(keyOf).join("\n");
  useEffect(() => {
    const timer = setTimeout(() => void ask(slug, issues), REST_MS);
    return () => clearTimeout(timer);
  }, [slug, wanted]);
}

/** Add events that have come in just now to the trend of an issue. */
export function addToTrend(issue: IssueKey, events: number, at: number): void {
  const known = trends.peek().get(keyOf(issue));
  if (known) keepTrends([[keyOf(issue), { ...known, counts: addedTo(known.counts, events, at) }]]);
}

/** Return counts with some events more in the hour of `at`. */
export function addedTo(counts: readonly HourlyCount[], events: number, at: number): HourlyCount[] {
  const hour = at - (at % HOUR_MS);
  const isThere = counts.some((known) => known.hour_bucket === hour);
  if (!isThere) return [...counts, { hour_bucket: hour, count: events }];
  return counts.map((known) => (known.hour_bucket === hour ? { ...known, count: known.count + events } : known));
}

const asking = new Set<string>();

async function ask(slug: string | null, issues: readonly IssueKey[]): Promise<void> {
  const now = Date.now();
  const isStale = (key: string) => now - (trends.peek().get(key)?.at ?? 0) > STALE_MS;
  const asked = issues.filter((issue) => isStale(keyOf(issue)) && !asking.has(keyOf(issue))).slice(0, MAX_ASKED);
  if (asked.length === 0) return;
  const keys = asked.map(keyOf);
  const query = new URLSearchParams([
    ...asked.map((issue): [string, string] => ["fingerprint", issue.fingerprint]),
    ["hours", String(TREND_HOURS)],
    ...(slug === null ? [] : [["project_id", slug] as [string, string]]),
  ]);
  for (const key of keys) asking.add(key);
  // A row without its trend is no reason to say anything: the list itself would say what is wrong.
  const answer = await api.get<ErrorTrend[]>(`/v1/error-trends?${query}`).catch(() => null);
  for (const key of keys) asking.delete(key);
  if (answer) keepTrends(keys.map((key, index) => [key, { counts: answer[index]?.counts ?? [], at: now }]));
}

const MAX_KEPT = 2_000;

function keepTrends(entries: readonly (readonly [string, Trend])[]): void {
  const kept = [...trends.peek()];
  trends.value = new Map([...kept.slice(-MAX_KEPT), ...entries]);
}
