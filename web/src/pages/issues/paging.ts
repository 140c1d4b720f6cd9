/** A list of issues as far as it was loaded, page behind page, and how it is kept while somebody looks at an issue. Pure. */

import type { Rows, Total } from "../../api/client";
import type { IssueSummary, Status } from "../../api/types";
import { count, full } from "../../format";
import { keyOf } from "../../triage/issue";

/** A row of the list. The API says its status as a text that may be any; it is one of four. */
export type Row = Omit<IssueSummary, "status"> & { status: Status };

/** Rows that one request brings. */
export const PAGE_ROWS = 100;
/** Rows before the end of what is loaded at which the next page is asked for. */
const AHEAD_ROWS = 40;

export interface Paged {
  rows: readonly Row[];
  /** Path of what comes behind them; null at the end. */
  next: string | null;
  total: Total | null;
}

/** Return the first page as a list. */
export function begun(page: Rows<Row>): Paged {
  return { rows: page.rows, next: page.next, total: page.total };
}

/** Return a list with a further page. A row that has come up since it was loaded stays where it is. */
export function continued(list: Paged, page: Rows<Row>): Paged {
  const known = new Set(list.rows.map(keyOf));
  return {
    rows: [...list.rows, ...page.rows.filter((row) => !known.has(keyOf(row)))],
    next: page.next,
    total: list.total,
  };
}

/** Return a list of which only these rows are left: the others do not count any more. */
export function reduced(list: Paged, rows: readonly Row[]): Paged {
  const gone = list.rows.length - rows.length;
  return { ...list, rows, total: list.total && { ...list.total, count: Math.max(0, list.total.count - gone) } };
}

/** Whether the end of what is loaded comes near, and there is more. */
export function wantsMore(list: Paged, shown: number, end: number): boolean {
  return list.next !== null && end > shown - AHEAD_ROWS;
}

/** Return how many issues there are: "43 errors", "1,000+ errors". */
export function totalWords({ rows, next, total }: Paged): string {
  if (next === null) return count(rows.length, "error");
  if (total === null) return `${full(rows.length)}+ errors`;
  const isMore = total.isCapped || total.count <= rows.length;
  return isMore ? `${full(Math.max(total.count, rows.length))}+ errors` : count(total.count, "error");
}

/** Return what stands below the last row, of which list it is the end; nothing below one that is seen as a whole. */
export function footWords(list: Paged): string | null {
  if (list.next !== null) return `${full(list.rows.length)} of ${totalWords(list)} are loaded`;
  return list.rows.length > PAGE_ROWS ? `That is all: ${totalWords(list)}.` : null;
}

/** A list as it was left. */
export interface Kept {
  list: Paged;
  /** How far the page was scrolled. */
  scrollPx: number;
  /** Key of the row that somebody was at. */
  current: string | null;
  /** When the rows were asked for, by `moment`. */
  askedAt: number;
}

const MAX_KEPT = 4;
const kept = new Map<string, Kept>();

/** Keep a list under its address; of the lists that were left, only the last ones are kept. */
export function keep(address: string, list: Kept): void {
  kept.delete(address);
  kept.set(address, list);
  const [oldest] = kept.keys();
  if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
}

/** Return the list that was left at an address, this once. */
export function takeKept(address: string): Kept | null {
  const found = kept.get(address) ?? null;
  kept.delete(address);
  return found;
}

/** Return the list that was left at an address, and leave it there: the page of an issue leads on along it. */
export function keptAt(address: string): Kept | null {
  return kept.get(address) ?? null;
}

/** Somebody has gone on to another row of a list that was left: that is where they come back to. */
export function stepTo(address: string, current: string): void {
  const found = kept.get(address);
  if (found) kept.set(address, { ...found, current });
}
