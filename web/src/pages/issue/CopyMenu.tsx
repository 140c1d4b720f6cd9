/** TODO of its owner (H7): copy as Markdown, the link, and as curl. */
import type { IssueKey } from "../../triage/issue";

export function CopyMenu({ issue }: { issue: IssueKey }) {
  return <span>{issue.fingerprint}</span>;
}
