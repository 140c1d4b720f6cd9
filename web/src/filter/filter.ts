/** What a list is narrowed down to, as it stands in the address and as the API takes it. Pure. */

import type { Status, StatusFilter } from "../api/types";
import { nowMs } from "../clock";
import type { Parameters } from "../router";
import type { HourRange } from "../ui/chart";
import { formatQuery, parseQuery, type Query, timeOf, valueOfKey } from "./query";

export const SORTS = ["last_seen", "total_count", "first_seen"] as const;
export type Sort = (typeof SORTS)[number];

export interface Filter {
  query: Query;
  sort: Sort;
  /** What was chosen on the chart. */
  range: HourRange | null;
  /** What `/v1/errors` is asked with, but for project, sort and paging. */
  parameters: Parameters;
}

/** What a saved view keeps of a filter. */
interface View {
  query: string;
  sort: string;
}

/** What a list shows unless its address says otherwise. */
export const USUAL = "is:unresolved";

/** Return the filter that an address has. */
export function readFilter(address: URLSearchParams, now = nowMs()): Filter {
  const query = parseQuery(address.get("q") ?? USUAL);
  const sort = SORTS.find((known) => known === address.get("sort")) ?? "last_seen";
  const range = rangeOf(address.get("from"), address.get("until"));
  return { query, sort, range, parameters: textsOf(fieldsOf(query, range, now)) };
}

/** Return the parameters of an address that have the filter; for `setQuery`. Null is what goes without saying. */
export function addressOf(filter: { query?: Query; sort?: Sort; range?: HourRange | null }): Parameters {
  const { query, sort, range } = filter;
  const text = query && formatQuery(query);
  return {
    ...(text !== undefined && { q: text === USUAL ? null : text }),
    ...(sort !== undefined && { sort: sort === "last_seen" ? null : sort }),
    ...(range !== undefined && { from: range && String(range.from), until: range && String(range.until) }),
  };
}

/** Return the filter as changes of many statuses take it. */
export function statusFilterOf(filter: Filter, now = nowMs()): StatusFilter {
  return fieldsOf(filter.query, filter.range, now);
}

/** Return the status that a query keeps; null if any. */
export function statusOf(query: Query): Status | null {
  const said = valueOfKey(query, "is");
  return said === null || said === "all" ? null : (said as Status);
}

/** Whether a view shows what the filter does. Hours that were chosen on the chart are part of none. */
export function isShown(view: View, filter: Filter): boolean {
  return (
    filter.range === null &&
    formatQuery(filter.query) === formatQuery(parseQuery(view.query)) &&
    filter.sort === view.sort
  );
}

/** Whether there is more, or less, than what a list shows unless its address says otherwise. */
export function isUsual(filter: Filter): boolean {
  return filter.range === null && formatQuery(filter.query) === USUAL;
}

/** Return the parameters of an address that show a view. */
export function addressOfView(view: View): Parameters {
  const sort = SORTS.find((known) => known === view.sort) ?? "last_seen";
  return addressOf({ query: parseQuery(view.query), sort, range: null });
}

function fieldsOf(query: Query, range: HourRange | null, now: number): StatusFilter {
  const before = timeOf(valueOfKey(query, "before") ?? "", now);
  const fields: { [name in keyof StatusFilter]: StatusFilter[name] | null } = {
    status: statusOf(query),
    release: valueOfKey(query, "release"),
    environment: valueOfKey(query, "env"),
    source: valueOfKey(query, "source"),
    route: valueOfKey(query, "route"),
    assignee: valueOfKey(query, "assignee"),
    since: timeOf(valueOfKey(query, "after") ?? "", now),
    until: before === null ? null : before - 1, // the API's is the last moment within
    active_since: range?.from ?? null,
    active_until: range && range.until - 1,
    q: query.words || null,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as StatusFilter;
}

function textsOf(fields: StatusFilter): Parameters {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]));
}

function rangeOf(from: string | null, until: string | null): HourRange | null {
  const [first, last] = [from, until].map((text) => (/^\d{1,15}$/.test(text ?? "") ? Number(text) : null));
  return first != null && last != null && first < last ? { from: first, until: last } : null;
}
