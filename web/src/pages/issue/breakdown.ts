/** Where an issue occurs: its counts by release or by environment. Pure. */

import type { ErrorAggregate } from "../../api/types";

export interface Place {
  /** Name of the release or environment. */
  name: string;
  count: number;
  /** Of all events of the issue, from 0 to 1. */
  share: number;
  first_seen: number;
  last_seen: number;
}

export const ORDERS = {
  count: "Most events",
  last_seen: "Seen last",
  first_seen: "Newest",
} as const;

export type Order = keyof typeof ORDERS;

/** Return the counts by one of the two, most events first. */
export function placesOf(rows: readonly ErrorAggregate[], by: "release" | "environment"): Place[] {
  const places = new Map<string, Place>();
  let total = 0;
  for (const row of rows) {
    total += row.total_count;
    const before = places.get(row[by]);
    places.set(row[by], {
      name: row[by],
      count: (before?.count ?? 0) + row.total_count,
      share: 0,
      first_seen: Math.min(before?.first_seen ?? row.first_seen, row.first_seen),
      last_seen: Math.max(before?.last_seen ?? row.last_seen, row.last_seen),
    });
  }
  for (const place of places.values()) place.share = total > 0 ? place.count / total : 0;
  return ordered([...places.values()], "count");
}

/** Return places in an order, the highest first. */
export function ordered(places: readonly Place[], order: Order): Place[] {
  return places.toSorted((one, other) => other[order] - one[order] || other.last_seen - one.last_seen);
}

/** Return those whose name has a text in it. */
export function found(places: readonly Place[], text: string): readonly Place[] {
  const wanted = text.trim().toLowerCase();
  return wanted === "" ? places : places.filter((place) => place.name.toLowerCase().includes(wanted));
}
