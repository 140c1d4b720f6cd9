/** TODO of its owner (H7): changes, comments, assignments and merges as one list, and a field for a comment. */
import type { IssueKey } from "../../triage/issue";

export function Timeline({ issue, compact }: { issue: IssueKey; compact?: boolean }) {
  return <p>{compact ? "" : issue.fingerprint}</p>;
}
