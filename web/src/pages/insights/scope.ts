/** What of the errors the insights are asked about: it stands in the address. Pure. */

import type { Correlations, EnvironmentLoads, Movers, ReleaseImpacts, Spikes } from "../../api/types";
import type { Parameters } from "../../router";

/** What each insight answers with. */
export interface Answers {
  spikes: Spikes;
  movers: Movers;
  correlations: Correlations;
  releases: ReleaseImpacts;
  environments: EnvironmentLoads;
}
export type TabId = keyof Answers;

interface Tab {
  value: TabId;
  label: string;
  about: string;
}

/** The insights, in the order of their tabs. */
export const TABS: readonly Tab[] = [
  { value: "spikes", label: "Spikes", about: "Errors that had an hour with far more events than their others." },
  { value: "movers", label: "Movers", about: "Errors with more events than in as many hours before, or fewer." },
  {
    value: "correlations",
    label: "Correlations",
    about: "Pairs of errors whose events rise and fall in the same hours: often they have one cause.",
  },
  {
    value: "releases",
    label: "Releases",
    about: "What each release has changed over the one before, by all events that there are.",
  },
  { value: "environments", label: "Environments", about: "Where errors occur, and how many come in an hour." },
];

export const RANGES = [
  { value: "24", label: "24 h" },
  { value: "72", label: "72 h" },
  { value: "168", label: "7 d" },
  { value: "720", label: "30 d" },
] as const;
type Range = (typeof RANGES)[number]["value"];
const USUAL: Range = "72";

/** Events that the hour of a spike has at least; a single one in a quiet time stands out too. */
export const LEAST = [
  { value: "1", label: "All spikes" },
  { value: "5", label: "5 events or more" },
  { value: "20", label: "20 events or more" },
  { value: "100", label: "100 events or more" },
] as const;
type Least = (typeof LEAST)[number]["value"];

export interface Scope {
  hours: Range;
  /** Of spikes. */
  least: Least;
  /** Only events of this one; null: of all. */
  environment: string | null;
}

/** Whether time range and environment make a difference to an insight. */
export function isNarrowable(tab: TabId): boolean {
  return tab !== "releases";
}

/** Return the insight of a path; null if there is none of that name. */
export function tabOf(name: string | undefined): Tab | null {
  return TABS.find((known) => known.value === (name ?? "spikes")) ?? null;
}

/** Return what an address asks about. */
export function scopeOf(address: URLSearchParams): Scope {
  return {
    hours: RANGES.find((known) => known.value === address.get("hours"))?.value ?? USUAL,
    least: LEAST.find((known) => known.value === address.get("least"))?.value ?? "1",
    environment: address.get("env") || null,
  };
}

/** Return the parameters of an address that ask about it; null is what goes without saying. */
export function addressOf({ hours, environment, least }: Scope): Parameters {
  return { hours: hours === USUAL ? null : hours, env: environment, least: least === "1" ? null : least };
}

/** Return what an insight is asked with, beside the project. */
export function questionOf(tab: TabId, { hours, environment, least }: Scope): Parameters {
  if (!isNarrowable(tab)) return {};
  return { hours, environment, ...(tab === "spikes" && least !== "1" && { min_count: least }) };
}

/** Return a range as it stands in a sentence: "72 hours", "30 days". */
export function rangeWords(hours: number): string {
  return hours > 72 && hours % 24 === 0 ? `${hours / 24} days` : `${hours} hours`;
}
