/** TODO of its owner (H7): why events are one error; its fingerprints; merge and unmerge. */
import type { IssueKey } from "../../triage/issue";

export function Grouping({ issue, onMerged }: { issue: IssueKey; onMerged: () => void }) {
  return <p onFocus={onMerged}>{issue.fingerprint}</p>;
}
