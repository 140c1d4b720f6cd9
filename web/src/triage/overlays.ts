/**
 * What is known of issues beyond what was loaded: what was done here, and what the live feed has told.
 *
 * It lies over the loaded data in layers. One that the server has not answered yet lies on top, and is lifted when the
 * server refuses. The others go as soon as newer data comes: call `learned` for whatever was loaded.
 */

import { signal } from "@preact/signals";
import type { Assignee, Status } from "../api/types";
import { type IssueKey, keyOf } from "./issue";

export interface Overlay {
  status?: Status;
  assignee?: Assignee | null;
}

interface Layer {
  /** The act that it belongs to; 0 is none of ours. */
  act: number;
  overlay: Overlay;
  /** The moment at which the server is known to have done it; null while it is asked. */
  settledAt: number | null;
}

const layers = new Map<string, readonly Layer[]>();

/** What lies over the loaded data, by `keyOf`. */
export const overlays = signal<ReadonlyMap<string, Overlay>>(new Map());

let last = 0;

/** Return a number that is greater than all before: take it before something is asked for, and give it to `learned`. */
export function moment(): number {
  last += 1;
  return last;
}

/** Return an issue as it is by all that is known. */
export function shown<T extends IssueKey>(issue: T): T & Overlay {
  return { ...issue, ...overlays.value.get(keyOf(issue)) };
}

/** Lay something over issues until `settle` or `lift` is called with what is returned, the number of the act. */
export function lay<T extends IssueKey>(issues: readonly T[], overlayOf: (issue: T) => Overlay): number {
  const act = moment();
  change(issues, (before, issue) => [...before, { act, overlay: overlayOf(issue), settledAt: null }]);
  return act;
}

/** The server has done an act. */
export function settle(issues: readonly IssueKey[], act: number): void {
  const settledAt = moment();
  change(issues, (before) =>
    folded(before.map((layer) => (layer.act === act && layer.settledAt === null ? { ...layer, settledAt } : layer))),
  );
}

/** The server has not done an act. */
export function lift(issues: readonly IssueKey[], act: number): void {
  change(issues, (before) => before.filter((layer) => layer.act !== act || layer.settledAt !== null));
}

/**
 * The live feed tells of a change. `isOwn`: it was made in the name of whoever is signed in here.
 *
 * It lies under what the server is still asked for, unless it is just that: then whatever the feed tells next came after.
 */
export function heard(issue: IssueKey, overlay: Overlay, isOwn = false): void {
  const settledAt = moment();
  change([issue], (before) => {
    const own = isOwn
      ? before.find((layer) => layer.settledAt === null && layer.overlay.status === overlay.status)
      : undefined;
    if (own) return folded(before.map((layer) => (layer === own ? { ...own, settledAt } : layer)));
    const pending = before.filter((layer) => layer.settledAt === null);
    const known = before.filter((layer) => layer.settledAt !== null);
    return [...folded([...known, { act: 0, overlay, settledAt }]), ...pending];
  });
}

/** These issues were loaded, and asked for at `askedAt`: what was known before says nothing more. */
export function learned(issues: readonly IssueKey[], askedAt: number): void {
  const older = issues.filter((issue) => layers.has(keyOf(issue)));
  if (older.length === 0) return;
  change(older, (before) => before.filter((layer) => layer.settledAt === null || layer.settledAt > askedAt));
}

/** Make one layer of all that the server has done. */
function folded(all: readonly Layer[]): readonly Layer[] {
  const settled = all.filter((layer) => layer.settledAt !== null);
  const top = settled.toSorted((one, other) => (one.settledAt ?? 0) - (other.settledAt ?? 0)).at(-1);
  if (!top) return all;
  const overlay = Object.assign({}, ...settled.map((layer) => (layer === top ? {} : layer.overlay)), top.overlay);
  return [{ ...top, overlay }, ...all.filter((layer) => layer.settledAt === null)];
}

function change<T extends IssueKey>(
  issues: readonly T[],
  make: (before: readonly Layer[], issue: T) => readonly Layer[],
): void {
  const next = new Map(overlays.value);
  for (const issue of issues) {
    const key = keyOf(issue);
    const made = make(layers.get(key) ?? [], issue);
    if (made.length > 0) {
      layers.set(key, made);
      next.set(key, Object.assign({}, ...made.map((layer) => layer.overlay)));
    } else {
      layers.delete(key);
      next.delete(key);
    }
  }
  overlays.value = next;
}
