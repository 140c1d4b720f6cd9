/** What a filter offers while somebody types in it. Pure. */

import type { Facets } from "../api/types";
import { type Chip, type Draft, type Key, keyBeingSet, keysBegun, type Query, STATUSES, valueOfKey } from "./query";

export interface Suggestion {
  /** A chip that is complete, or a key whose value comes next. */
  chip: Chip | { key: Key; value: null };
  /** What it does. */
  about?: string;
  /** How many events or errors have that value. */
  count?: number;
}

const MOST = 8;

const ABOUT: Readonly<Record<Key, string>> = {
  is: "status",
  release: "seen in a release",
  env: "seen in an environment",
  source: "where it comes from",
  route: "first route, procedure or job",
  assignee: "whose it is",
  after: "last seen after a time",
  before: "last seen before a time",
};

const TIMES: readonly { value: string; about: string }[] = [
  { value: "1h", about: "an hour ago" },
  { value: "24h", about: "a day ago" },
  { value: "7d", about: "a week ago" },
  { value: "30d", about: "30 days ago" },
];

/** What values there are to offer. */
export interface Known {
  facets: Facets | undefined;
  /** Names of those whom errors can be assigned to. */
  people: readonly string[];
}

/** Return what may be meant by what is typed, the likeliest first. */
export function suggest(draft: Draft, query: Query, known: Known): Suggestion[] {
  const being = keyBeingSet(draft.current);
  if (!being) return keySuggestions(draft.current, query);
  const wanted = being.begun.toLowerCase();
  const found = valuesOf(being.key, known).filter(({ chip }) => chip.value?.toLowerCase().includes(wanted));
  const begins = (one: Suggestion) => one.chip.value?.toLowerCase().startsWith(wanted);
  return [...found.filter(begins), ...found.filter((one) => !begins(one))].slice(0, MOST);
}

/** Return the facet that the values of a key are from; null if they are from none. */
export function facetOf(key: Key): "releases" | "environments" | "sources" | "routes" | null {
  const facets = { release: "releases", env: "environments", source: "sources", route: "routes" } as const;
  return key in facets ? facets[key as keyof typeof facets] : null;
}

function keySuggestions(current: string, query: Query): Suggestion[] {
  return keysBegun(current)
    .filter((key) => valueOfKey(query, key) === null)
    .map((key) => ({ chip: { key, value: null }, about: ABOUT[key] }));
}

function valuesOf(key: Key, known: Known): Suggestion[] {
  const facet = facetOf(key);
  if (facet) {
    const values = known.facets?.[facet] ?? [];
    return values.filter(({ value }) => value.trim()).map(({ value, count }) => ({ chip: { key, value }, count }));
  }
  if (key === "is") {
    const counts = new Map(known.facets?.statuses.map(({ value, count }) => [value, count]));
    return STATUSES.map((value) => {
      const count = counts.get(value);
      return { chip: { key, value }, ...(count !== undefined && { count }) };
    });
  }
  if (key === "assignee") {
    const people = known.people.map((value) => ({ chip: { key, value } }));
    return [
      { chip: { key, value: "me" }, about: "yourself" },
      { chip: { key, value: "none" }, about: "nobody" },
      ...people,
    ];
  }
  return TIMES.map(({ value, about }) => ({ chip: { key, value }, about }));
}
