/** TODO of its owner (H7): samples and all occurrences, one at a time. */
import type { ErrorDetail } from "../../api/types";
import type { IssueKey } from "../../triage/issue";

interface OccurrencesProps {
  issue: IssueKey;
  detail: ErrorDetail;
  /** In the peek panel: the newest alone. */
  compact?: boolean;
}

export function Occurrences({ detail }: OccurrencesProps) {
  return <p>{detail.samples.length}</p>;
}
