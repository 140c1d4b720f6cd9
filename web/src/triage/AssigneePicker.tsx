/** TODO of its owner (H6): who an issue is assigned to, and the choice of somebody else. */
import type { Assignee } from "../api/types";
import type { IssueKey } from "./issue";

export function AssigneePicker({ issue, assignee }: { issue: IssueKey; assignee: Assignee | null }) {
  return (
    <span>
      {issue.fingerprint} {assignee?.username}
    </span>
  );
}
