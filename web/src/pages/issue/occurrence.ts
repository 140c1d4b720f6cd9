/** One occurrence, wherever it came from; and what of it stands in the address. */

import type { Occurrence, OccurrenceDetail, Sample } from "../../api/types";
import { query, setQuery } from "../../router";

/** What a sample and a stored event have in common, with one name for the time. */
export type Shown = Omit<Occurrence, "timestamp" | "received_at"> &
  Pick<Sample, "deobfuscated_stack" | "unmapped_frames"> & {
    /** When it arrived, in epoch milliseconds. */
    at: number;
    /** When it happened by the client's clock; null where that is not known. */
    clientAt: number | null;
  };

export function ofSample({ captured_at, ...sample }: Sample): Shown {
  return { ...sample, at: captured_at, clientAt: null };
}

export function ofStored({ timestamp, received_at, ...stored }: Occurrence | OccurrenceDetail): Shown {
  return { ...stored, at: received_at, clientAt: timestamp };
}

/** Filters of occurrences, by their names in the address, which are those of the API. */
const FILTERS = ["release", "environment", "source", "user"] as const;

export type Filters = Readonly<Record<(typeof FILTERS)[number], string | null>>;

export function filtersInAddress(): Filters {
  const of = (name: string) => query.value.get(name) || null;
  return { release: of("release"), environment: of("environment"), source: of("source"), user: of("user") };
}

export function isFiltered(filters: Filters): boolean {
  return FILTERS.some((name) => filters[name] !== null);
}

/** Return the number of the occurrence that the address names; null for the newest. */
export function eventInAddress(): number | null {
  const named = query.value.get("event") ?? "";
  return /^\d{1,15}$/.test(named) ? Number(named) : null;
}

/** Change a filter. The occurrence that is shown may not pass it, so that the newest one that does is shown. */
export function setFilters(changes: Partial<Filters>): void {
  setQuery({ ...changes, event: null }, { replace: false });
}

/** Let all occurrences pass. */
export function clearFilters(): void {
  setFilters(Object.fromEntries(FILTERS.map((name) => [name, null])));
}

/** Show one occurrence; null for the newest. */
export function showEvent(id: number | null, { replace = true } = {}): void {
  setQuery({ event: id === null ? null : String(id), events: null }, { replace });
}

let hasSwitched = false;

/** Show all occurrences in a list, or one at a time. The button that leads back takes the focus of the one pressed. */
export function switchTo(events: "list" | null): void {
  hasSwitched = true;
  setQuery({ events }, { replace: false });
}

/** The `ref` of those two buttons. */
export function takeFocus(button: HTMLElement | null): void {
  if (!button || !hasSwitched) return;
  hasSwitched = false;
  button.focus();
}

/** Return the address that shows one occurrence. */
export function eventHref(id: number): string {
  const target = new URL(location.href);
  target.searchParams.set("event", String(id));
  target.searchParams.delete("events");
  return `${target.pathname}${target.search}`;
}
