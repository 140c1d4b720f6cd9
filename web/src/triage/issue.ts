/** What of an issue acts need to know. */

import type { Assignee, Status } from "../api/types";

export interface IssueKey {
  /** Id of its project. */
  project_id: string;
  fingerprint: string;
}

export interface Triaged extends IssueKey {
  status: Status;
}

export interface Assigned extends IssueKey {
  assignee: Assignee | null;
}

/** Return what tells issues apart, also those of the same fingerprint in several projects. */
export function keyOf(issue: IssueKey): string {
  return `${issue.project_id} ${issue.fingerprint}`;
}
