/** TODO of its owner (H6): changes of status, shown at once and taken back when the server refuses; undo in the toast. */
import { signal } from "@preact/signals";
import type { Assignee, Status, StatusFilter } from "../api/types";
import type { Triaged } from "./issue";

export interface Overlay {
  status?: Status;
  assignee?: Assignee | null;
}

/** What was done here and may not be in what was loaded yet, by `keyOf`. */
export const overlays = signal<ReadonlyMap<string, Overlay>>(new Map());

/** A status with what goes with it: the fields of `StatusChanges` that say how long, why, or in which release. */
export interface StatusWish {
  status: Status;
  reason?: string;
  in_release?: string;
  until?: number;
  for_secs?: number;
  until_count?: number;
  until_users?: number;
  until_next_release?: boolean;
}

/** Change the status of some issues, of one project or several. Says what was done, or what failed, in a toast. */
export async function changeStatus(issues: readonly Triaged[], wish: StatusWish): Promise<boolean> {
  void issues;
  void wish;
  return false;
}

/** Change the status of all issues that a filter finds in a project. */
export async function changeAll(projectId: string, filter: StatusFilter, wish: StatusWish): Promise<boolean> {
  void projectId;
  void filter;
  void wish;
  return false;
}
