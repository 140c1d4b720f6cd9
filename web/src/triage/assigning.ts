/** Whom issues are assigned to: shown at once, taken back when the server refuses, and undone from the toast. */

import { eachAtOnce } from "../api/atOnce";
import { api, segment } from "../api/client";
import type { Assignee, AssigneeAnswer } from "../api/types";
import { count } from "../format";
import { toast } from "../ui/Toast";
import { attempt, inTurn, type Part, tell, tellFailed } from "./asking";
import type { Assigned } from "./issue";
import { lay, shown } from "./overlays";

/** Requests for single issues that are under way at once. */
const AT_ONCE = 4;

/** Assign issues to somebody, or with null to nobody; returns whether all of it was done. */
export async function assign(issues: readonly Assigned[], to: Assignee | null): Promise<boolean> {
  const meant = issues.map((issue) => shown(issue)).filter((issue) => issue.assignee?.user_id !== to?.user_id);
  if (meant.length === 0) return true;
  const parts = await assignEach(meant, () => to);
  const done = parts.filter((part) => part.error === undefined).flatMap((part) => part.issues);
  if (done.length > 0) {
    const what = done.length === 1 ? "" : `${count(done.length, "error")} `;
    const words = to ? `${what}assigned to ${to.username}.` : `${what}assigned to nobody.`;
    tell(words.charAt(0).toUpperCase() + words.slice(1), () => assignBack(done));
  }
  tellFailed(parts, "assigned");
  return done.length === meant.length;
}

async function assignBack(issues: readonly Assigned[]): Promise<void> {
  const parts = await assignEach(issues, (issue) => issue.assignee);
  if (parts.every((part) => part.error === undefined)) toast("Undone.");
  tellFailed(parts, "assigned back");
}

async function assignEach(
  issues: readonly Assigned[],
  to: (issue: Assigned) => Assignee | null,
): Promise<Part<Assigned>[]> {
  const parts = issues.map((issue): Part<Assigned> => {
    const act = lay([issue], () => ({ assignee: to(issue) }));
    return { projectId: issue.project_id, issues: [issue], act };
  });
  async function put(part: Part<Assigned>): Promise<void> {
    const [issue] = part.issues;
    if (!issue) return;
    await attempt(part, () =>
      api.put<AssigneeAnswer>(
        `/v1/errors/${segment(issue.fingerprint)}/assignee`,
        { user_id: to(issue)?.user_id ?? null },
        { query: { project_id: issue.project_id } },
      ),
    );
  }
  await inTurn(issues, () => eachAtOnce(parts, AT_ONCE, put));
  return parts;
}
