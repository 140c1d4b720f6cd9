/** TODO of its owner (H6): all that is known of one error, on its page and in the peek panel. */
import type { IssueKey } from "../../triage/issue";

interface IssueDetailProps {
  issue: IssueKey;
  /** In the peek panel: less of everything, and a link to the page. */
  compact?: boolean;
}

export function IssueDetail({ issue }: IssueDetailProps) {
  return <p>{issue.fingerprint}</p>;
}
