import type { ComponentChildren } from "preact";
import type { ErrorDetail } from "../../api/types";
import { compact, count, full } from "../../format";
import { Skeleton } from "../../ui/States";
import { Time } from "../../ui/Time";
import type { IssueNow } from "./useIssue";

/** An issue in numbers: how often, to how many, since when, and in which releases. */
export function IssueFacts({ now, detail }: { now: IssueNow | null; detail: ErrorDetail | undefined }) {
  return (
    <dl class="issue-facts">
      <Fact label="Events">
        {now && <span title={count(now.total_count, "event")}>{compact(now.total_count)}</span>}
      </Fact>
      <Fact label="Users">{now && <Users now={now} />}</Fact>
      <Fact label="First seen" release={now && (now.first_release ?? detail?.first_release)}>
        {now && <Time ms={now.first_seen} />}
      </Fact>
      <Fact label="Last seen" release={now && (now.last_release ?? detail?.last_release)}>
        {now && <Time ms={now.last_seen} />}
      </Fact>
    </dl>
  );
}

interface FactProps {
  label: string;
  children: ComponentChildren;
  /** Stands below it. */
  release?: string | null | undefined;
}

function Fact({ label, children, release }: FactProps) {
  return (
    <div>
      <dt class="quiet">{label}</dt>
      <dd class="issue-figure">{children ?? <Skeleton width="3rem" />}</dd>
      {release && (
        <dd class="quiet small ellipsis" title={`Release ${release}`}>
          in <bdi class="mono">{release}</bdi>
        </dd>
      )}
    </div>
  );
}

function Users({ now }: { now: IssueNow }) {
  if (now.users_affected === 0) {
    return (
      <span class="quiet" title="Its events name no user">
        –<span class="unseen">none named</span>
      </span>
    );
  }
  const about = now.users_affected_exact ? "" : "about ";
  return (
    <span title={`${about}${full(now.users_affected)} of those whom events name`}>
      {about}
      {compact(now.users_affected)}
    </span>
  );
}
