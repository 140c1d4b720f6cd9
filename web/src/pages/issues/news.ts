/** What has changed in a list since it was loaded, without a row moving because of it. Pure. */

import type { Sort } from "../../filter/filter";
import { count } from "../../format";
import { keyOf } from "../../triage/issue";
import type { Row } from "./paging";

/** What is newer of rows that stay where they are. */
type Patch = Partial<
  Pick<Row, "total_count" | "last_seen" | "status" | "users_affected" | "users_affected_exact" | "message">
>;

export interface News {
  /** Keys of issues that belong to what was loaded, and are not there. */
  fresh: ReadonlySet<string>;
  /** By key. */
  patches: ReadonlyMap<string, Patch>;
  /** Something has changed, and nobody says what. */
  isUnknown: boolean;
}

export const NO_NEWS: News = { fresh: new Set(), patches: new Map(), isUnknown: false };

/** Return a row as it is now. */
export function patched(row: Row, news: News): Row {
  const patch = news.patches.get(keyOf(row));
  return patch ? { ...row, ...patch } : row;
}

/** Issues have more events; those that the list does not have are left out. */
export function counted(
  news: News,
  rowOf: (key: string) => Row | undefined,
  changed: readonly { key: string; events: number; last_seen: number }[],
): News {
  const patches = new Map(news.patches);
  for (const { key, events, last_seen } of changed) {
    const row = rowOf(key);
    if (!row) continue;
    const now = { ...row, ...patches.get(key) };
    const counts = { total_count: now.total_count + events, last_seen: Math.max(now.last_seen, last_seen) };
    patches.set(key, { ...patches.get(key), ...counts });
  }
  return { ...news, patches };
}

/** Something else of an issue in the list is known. */
export function told(news: News, key: string, patch: Patch): News {
  return { ...news, patches: new Map(news.patches).set(key, { ...news.patches.get(key), ...patch }) };
}

/** Issues have come that belong into the list. */
export function come(news: News, keys: readonly string[]): News {
  return keys.every((key) => news.fresh.has(key)) ? news : { ...news, fresh: new Set([...news.fresh, ...keys]) };
}

/** Return what is new by the first page as it is now: rows that are not in the list, and newer figures of those that are. */
export function compared(news: News, rows: readonly Row[], hasMore: boolean, page: readonly Row[], sort: Sort): News {
  const known = new Map(rows.map((row) => [keyOf(row), row]));
  const last = rows.at(-1);
  // What has slid up from behind the end of what is loaded is not new.
  const floor = hasMore && last ? last[sort] : Number.NEGATIVE_INFINITY;
  const patches = new Map(news.patches);
  const fresh = new Set(news.fresh);
  for (const row of page) {
    const key = keyOf(row);
    if (known.has(key)) {
      const { total_count, last_seen, status, users_affected, users_affected_exact, message } = row;
      patches.set(key, { total_count, last_seen, status, users_affected, users_affected_exact, message });
    } else if (row[sort] > floor) fresh.add(key);
  }
  return { ...news, patches, fresh };
}

/** Return how many rows would stand elsewhere if the list was put in order anew. */
export function movedRows(rows: readonly Row[], news: News, sort: Sort): number {
  if (news.patches.size === 0 || sort === "first_seen") return 0;
  let least = Number.POSITIVE_INFINITY;
  let moved = 0;
  let left = news.patches.size;
  for (const row of rows) {
    const isPatched = news.patches.has(keyOf(row));
    const value = patched(row, news)[sort];
    if (isPatched && value > least) moved += 1;
    if (isPatched) left -= 1;
    if (left === 0) break;
    least = Math.min(least, value);
  }
  return moved;
}

/** Return what the bar above the list says; null if nothing is new. */
export function newsWords(news: News, moved: number): string | null {
  if (news.isUnknown) return "The list has changed";
  const words = [
    news.fresh.size > 0 && `${count(news.fresh.size, "new", "new")}`,
    moved > 0 && `${count(moved, "has moved up", "have moved up")}`,
  ].filter(Boolean);
  return words.length > 0 ? words.join(", ") : null;
}
