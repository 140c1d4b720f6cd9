/** Going through pages of events: a page may have none, where very many were looked at, and still lead on. */

import { api, type Options, type Rows, segment } from "../../api/client";
import type { Occurrence } from "../../api/types";
import type { IssueKey } from "../../triage/issue";
import type { Filters } from "./occurrence";

/** Requests that one press is worth: the server looks at thousands of events for each. */
const MAX_TURNS = 20;
const MOST_ROWS = 200;
/** Clocks are set back a little: so much earlier or later an event may have arrived than its number tells. */
const SLACK_MS = 60_000;

/** Return the path of an issue's events. */
export function pathOf(issue: IssueKey): string {
  return `/v1/errors/${segment(issue.fingerprint)}/occurrences`;
}

/** Return the first page at a path, or behind it, that has events. One that has none and leads on ends a long search. */
export async function findPage(path: string, query: Options["query"], signal?: AbortSignal): Promise<Rows<Occurrence>> {
  let page = await api.page<Occurrence>(path, { query, signal });
  for (let turn = 1; turn < MAX_TURNS && page.rows.length === 0 && page.next !== null; turn += 1) {
    page = await api.page<Occurrence>(page.next, { signal });
  }
  return page;
}

/** Where somebody wants to go from an event. */
export type Way = "oldest" | "older" | "newer" | "newest";

/** What a search has come to. */
interface Sought {
  id: number | null;
  /** It was given up: there may be one further away. */
  isCapped: boolean;
}

/** Look for the event on a way from another, however many do not pass the filters in between. */
export async function seek(
  issue: IssueKey,
  way: Way,
  from: { id: number; at: number },
  filters: Filters,
  signal?: AbortSignal,
): Promise<Sought> {
  const isBack = way === "older" || way === "oldest";
  const since = way === "newer" ? from.at - SLACK_MS : null;
  const until = isBack ? from.at + SLACK_MS : null;
  const query = { project_id: issue.project_id, ...filters, since, until, limit: MOST_ROWS };
  const isBeyond = (id: number) => way === "newest" || (isBack ? id < from.id : id > from.id);
  let page = await api.page<Occurrence>(pathOf(issue), { query, signal });
  let last: number | null = null;
  for (let turn = 1; ; turn += 1) {
    const beyond = page.rows.map((row) => row.id).filter(isBeyond);
    // The newest come first: of what is older or newest the first one is meant, and else the last.
    if (beyond[0] !== undefined && (way === "older" || way === "newest")) return { id: beyond[0], isCapped: false };
    last = beyond.at(-1) ?? last;
    if (page.next === null) return { id: last, isCapped: false };
    if (turn === MAX_TURNS) return { id: null, isCapped: true };
    page = await api.page<Occurrence>(page.next, { signal });
  }
}
