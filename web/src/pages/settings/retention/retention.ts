/** For how long data is kept, as it stands in the form. Pure. */

import type { GlobalRetention, ProjectRetention, ProjectRetentionInput, RetentionInput } from "../../../api/types";
import { numberOf } from "../numbers";
import { bytesOf, type Size, sizeOf } from "./sizes";

export type GlobalField = "raw_events_days" | "hourly_counts_days" | "aggregates_days" | "max_bytes";

export interface GlobalDraft {
  raw_events_days: string;
  hourly_counts_days: string;
  /** Empty: errors stay for ever. */
  aggregates_days: string;
  max_bytes: Size;
}

export interface ProjectDraft {
  /** Empty: as for all others. */
  raw_events_days: string;
  max_bytes: Size;
}

const MAX_DAYS = 3_650;
const MAX_ERROR_DAYS = 36_500;
const MIN_BYTES = 1_000_000;
const MAX_BYTES = 2 ** 49;

export function globalDraft(stored: GlobalRetention): GlobalDraft {
  return {
    raw_events_days: String(stored.raw_events_days),
    hourly_counts_days: String(stored.hourly_counts_days),
    aggregates_days: stored.aggregates_days === null ? "" : String(stored.aggregates_days),
    max_bytes: sizeOf(stored.max_bytes),
  };
}

export function projectDraft(stored: ProjectRetention | undefined): ProjectDraft {
  return {
    raw_events_days: stored?.raw_events_days ? String(stored.raw_events_days) : "",
    max_bytes: sizeOf(stored?.max_bytes ?? null),
  };
}

/** Return what the API is to change: what is as before is left out. */
export function globalInput(draft: GlobalDraft, stored: GlobalRetention): RetentionInput {
  const before = globalDraft(stored);
  const given: RetentionInput = {};
  if (draft.raw_events_days !== before.raw_events_days) given.raw_events_days = daysOf(draft.raw_events_days);
  if (draft.hourly_counts_days !== before.hourly_counts_days)
    given.hourly_counts_days = daysOf(draft.hourly_counts_days);
  if (draft.aggregates_days !== before.aggregates_days) given.aggregates_days = daysOf(draft.aggregates_days);
  const bytes = bytesOf(draft.max_bytes) ?? 0;
  if (bytes !== (stored.max_bytes ?? 0)) given.max_bytes = bytes;
  return given;
}

export function projectInput(projectId: string, draft: ProjectDraft): ProjectRetentionInput {
  return {
    project_id: projectId,
    raw_events_days: daysOf(draft.raw_events_days),
    max_bytes: bytesOf(draft.max_bytes) ?? 0,
  };
}

export function globalFaults(draft: GlobalDraft): Partial<Record<GlobalField, string>> {
  return present({
    raw_events_days: daysFault(draft.raw_events_days, MAX_DAYS),
    hourly_counts_days: daysFault(draft.hourly_counts_days, MAX_DAYS),
    aggregates_days: draft.aggregates_days.trim() ? daysFault(draft.aggregates_days, MAX_ERROR_DAYS) : null,
    max_bytes: sizeFault(draft.max_bytes),
  });
}

export function projectFaults(draft: ProjectDraft): Partial<Record<"raw_events_days" | "max_bytes", string>> {
  return present({
    raw_events_days: draft.raw_events_days.trim() ? daysFault(draft.raw_events_days, MAX_DAYS) : null,
    max_bytes: sizeFault(draft.max_bytes),
  });
}

/** Return what the state of the budget means. */
export function budgetWords(state: string, hasBudget: boolean): { tone: "good" | "bad" | "quiet"; text: string } {
  if (state === "exceeded") {
    return {
      tone: "bad",
      text: "Over its budget. The oldest single events go within half a minute; if it stays like this, all that may go has gone, and the rest needs a larger budget.",
    };
  }
  if (state === "kept") return { tone: "good", text: "Within its budget." };
  return {
    tone: "quiet",
    text: hasBudget ? "No event has been looked at yet." : "There is no budget: it grows as long as the disk has room.",
  };
}

/** Return the days that were typed; 0, which the API takes for none, where nothing was. */
function daysOf(text: string): number {
  return numberOf(text) ?? 0;
}

function daysFault(text: string, most: number): string | null {
  const days = numberOf(text);
  return days !== null && Number.isInteger(days) && days >= 1 && days <= most ? null : `Give 1 to ${most} days.`;
}

function sizeFault(size: Size): string | null {
  const bytes = bytesOf(size);
  if (bytes === null) return "Give a number, or nothing for no limit.";
  return bytes === 0 || (bytes >= MIN_BYTES && bytes <= MAX_BYTES) ? null : "Give 1 MB to 562 TB, or nothing.";
}

function present<F extends string>(faults: Record<F, string | null>): Partial<Record<F, string>> {
  return Object.fromEntries(Object.entries(faults).filter(([, fault]) => fault !== null)) as Partial<Record<F, string>>;
}
