/** Addresses that several pages lead to. */

import { href } from "./router";
import { projectOf } from "./session";
import type { IssueKey } from "./triage/issue";

/** Return what a project is called in addresses. */
export function slugOf(projectId: string): string {
  return projectOf(projectId)?.slug ?? projectId;
}

/** Return the address of an issue's page, which names the issue's own project. */
export function issueHref({ project_id, fingerprint }: IssueKey): string {
  return href(`/issues/${encodeURIComponent(fingerprint)}`, { project: slugOf(project_id) });
}
