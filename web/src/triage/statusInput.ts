import type { Status } from "../api/types";

/** A status with what goes with it: the fields of `StatusChanges` that say how long, why, or in which release. */
export interface StatusInput {
  status: Status;
  reason?: string;
  in_release?: string;
  until?: number;
  for_secs?: number;
  until_count?: number;
  until_users?: number;
  until_next_release?: boolean;
}
