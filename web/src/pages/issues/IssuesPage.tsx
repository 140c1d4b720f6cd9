import { api } from "../../api/client";
import type { IssueSummary, ProjectStats } from "../../api/types";
import { type LoadedState, useLoaded } from "../../api/useLoaded";
import { compact, full } from "../../format";
import { useShortcuts } from "../../keys";
import { href } from "../../router";
import { project } from "../../session";
import "../../styles/pages/issues.css";
import { StatusBadge } from "../../ui/Badge";
import { Button, LinkButton } from "../../ui/Button";
import { Page } from "../../ui/Page";
import { Panel } from "../../ui/Panel";
import { EmptyState, Loaded, Skeleton, SkeletonRows } from "../../ui/States";
import { Time } from "../../ui/Time";

/** The project in numbers, and its newest errors. */
export default function IssuesPage() {
  const slug = project.value?.slug ?? null;
  const stats = useLoaded(
    (signal) => api.get<ProjectStats>("/v1/stats", { query: { project_id: slug }, signal }),
    [slug],
  );
  const issues = useLoaded(
    (signal) =>
      api.get<IssueSummary[]>("/v1/errors", { query: { project_id: slug, group: "fingerprint", limit: 50 }, signal }),
    [slug],
  );
  function reload(): void {
    stats.reload();
    issues.reload();
  }
  useShortcuts([{ keys: "r", label: "Refresh", group: "Issues", run: reload }]);

  return (
    <Page
      title="Issues"
      actions={
        <Button icon="refresh" busy={issues.loading && issues.data !== undefined} onClick={reload}>
          Refresh
        </Button>
      }
    >
      <dl class="figures">
        <Figure label="Unresolved" from={stats} figure="unresolved_errors" />
        <Figure label="Errors" from={stats} figure="total_errors" />
        <Figure label="Events in 24 h" from={stats} figure="total_events_24h" />
      </dl>
      <Panel flush>
        <Loaded from={issues} skeleton={<SkeletonRows rows={8} height="3.75rem" />}>
          {(rows) => (rows.length === 0 ? <NoIssues /> : <IssueList rows={rows} />)}
        </Loaded>
      </Panel>
    </Page>
  );
}

interface FigureProps {
  label: string;
  from: LoadedState<ProjectStats>;
  figure: "unresolved_errors" | "total_errors" | "total_events_24h";
}

function Figure({ label, from, figure }: FigureProps) {
  const value = from.data?.[figure];
  const missing = from.loading ? <Skeleton width="3rem" /> : <span title="This could not be loaded">—</span>;
  return (
    <div>
      <dt class="quiet">{label}</dt>
      <dd title={value === undefined ? undefined : full(value)}>{value === undefined ? missing : compact(value)}</dd>
    </div>
  );
}

function IssueList({ rows }: { rows: readonly IssueSummary[] }) {
  return (
    <>
      <div class="issue-row issues-head" aria-hidden="true">
        <span>Error</span>
        <span class="issue-where">Where</span>
        <span>Status</span>
        <span class="number">Events</span>
        <span class="number">Last seen</span>
      </div>
      <ul class="issues" aria-label="Newest errors">
        {rows.map((issue) => (
          <li key={issue.fingerprint}>
            <a class="issue issue-row" href={href(`/issues/${encodeURIComponent(issue.fingerprint)}`)}>
              <span class="issue-what">
                <span class="issue-type ellipsis">{issue.error_type}</span>
                <span class="issue-message ellipsis quiet">{issue.message}</span>
              </span>
              <span class="issue-where ellipsis quiet">{issue.route_or_procedure ?? issue.screen ?? issue.source}</span>
              <StatusBadge status={issue.status} />
              <span class="issue-count number" title={`${full(issue.total_count)} events`}>
                {compact(issue.total_count)}
                <span class="unseen"> events</span>
              </span>
              <span class="issue-seen number quiet">
                <Time ms={issue.last_seen} />
              </span>
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}

function NoIssues() {
  return (
    <EmptyState
      icon="pulse"
      title="No errors so far"
      actions={
        <LinkButton kind="primary" href={href("/welcome")}>
          Send the first event
        </LinkButton>
      }
    >
      Once an app sends what goes wrong in it, it is listed here, newest first.
    </EmptyState>
  );
}
