/** Finding issues to merge: by words, by a fingerprint, or by the address of an issue's page. */

import { api, Problem, segment } from "../../api/client";
import type { ErrorAggregate, ErrorDetail, IssueSummary } from "../../api/types";
import { decoded } from "../../router";
import type { IssueKey } from "../../triage/issue";

/** What is shown of an issue that may be merged. */
export type Mergeable = Pick<IssueSummary, "fingerprint" | "error_type" | "message" | "status" | "total_count">;

const LIMIT = 20;

/** Return the fingerprint that somebody has pasted, by itself or in the address of a page; null if it is none. */
export function pastedFingerprint(text: string): string | null {
  const typed = text.trim();
  const address = /\/(?:issues|errors)\/([^/?#\s]+)/.exec(typed)?.[1];
  if (address) return decoded(address.replace(/\.md$/, ""));
  return /^[0-9a-f]{16}$/.test(typed) ? typed : null;
}

/** Find issues of the same project; the newest ones if nothing is typed. The one that is merged into is left out. */
export async function findMergeable(into: IssueKey, text: string, signal: AbortSignal): Promise<Mergeable[]> {
  const pasted = pastedFingerprint(text);
  const [named, found] = await Promise.all([
    pasted === null ? null : getMergeable(into, pasted, signal),
    // The words of an address are nobody's.
    pasted === null ? search(into, text, signal) : [],
  ]);
  const all = named ? [named, ...found] : found;
  return all.filter((one) => one.fingerprint !== into.fingerprint);
}

function search(into: IssueKey, text: string, signal: AbortSignal): Promise<IssueSummary[]> {
  const query = { project_id: into.project_id, group: "fingerprint", q: text.trim() || null, limit: LIMIT };
  return api.get<IssueSummary[]>("/v1/errors", { query, signal });
}

async function getMergeable(into: IssueKey, fingerprint: string, signal: AbortSignal): Promise<Mergeable | null> {
  const query = { project_id: into.project_id };
  try {
    const detail = await api.get<ErrorDetail>(`/v1/errors/${segment(fingerprint)}`, { query, signal });
    return ofAggregates(detail.aggregates);
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}

function ofAggregates(aggregates: readonly ErrorAggregate[]): Mergeable | null {
  const [first] = aggregates;
  if (!first) return null;
  const { fingerprint, error_type, message, status } = first;
  const total_count = aggregates.reduce((sum, one) => sum + one.total_count, 0);
  return { fingerprint, error_type, message, status, total_count };
}
