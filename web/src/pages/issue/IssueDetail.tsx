import { Problem } from "../../api/client";
import { exactTime } from "../../format";
import "../../styles/pages/issue.css";
import type { IssueKey } from "../../triage/issue";
import { ErrorState, OldData, SkeletonRows } from "../../ui/States";
import { IssueFacts } from "./IssueFacts";
import { IssueHead } from "./IssueHead";
import { IssueTrend } from "./IssueTrend";
import { NoIssue } from "./NoIssue";
import { Occurrences } from "./Occurrences";
import { useIssue } from "./useIssue";

/** What is known of one error without a page around it, in the peek panel: less of everything. */
export default function IssueDetail({ issue }: { issue: IssueKey }) {
  const loaded = useIssue(issue);
  const { now, data: detail, error } = loaded;
  if (error instanceof Problem && error.status === 404) return <NoIssue />;
  if (!detail && error !== undefined && !loaded.loading) return <ErrorState error={error} retry={loaded.reload} />;
  return (
    <div class="issue-detail">
      {detail && error !== undefined && <OldData error={error} busy={loaded.loading} retry={loaded.reload} />}
      <h2 class="issue-type-head" title={now ? `Last seen ${exactTime(now.last_seen)}` : undefined}>
        <bdi>{now?.error_type ?? "…"}</bdi>
      </h2>
      <IssueHead now={now} detail={detail} compact />
      {now && <IssueFacts now={now} detail={detail} />}
      {detail && (
        <>
          <IssueTrend issue={detail.issue} rows={detail.aggregates} />
          <Occurrences key={detail.issue.fingerprint} issue={detail.issue} detail={detail} compact />
        </>
      )}
      {!detail && <SkeletonRows rows={6} />}
    </div>
  );
}
