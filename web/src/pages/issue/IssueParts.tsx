import type { ErrorDetail } from "../../api/types";
import { query, setQuery } from "../../router";
import { Lazy } from "../../ui/Lazy";
import { Skeleton, SkeletonRows } from "../../ui/States";
import { Tabs } from "../../ui/Tabs";
import { Grouping } from "./Grouping";
import { IssueFacts } from "./IssueFacts";
import { IssueTrend } from "./IssueTrend";
import { Occurrences } from "./Occurrences";
import { Timeline } from "./Timeline";
import type { IssueNow, LoadedIssue } from "./useIssue";

const TABS = [
  { value: "events", label: "Events" },
  { value: "timeline", label: "Timeline" },
  { value: "grouping", label: "Grouping" },
] as const;
type Tab = (typeof TABS)[number]["value"];

const loadPlaces = () => import("./IssuePlaces");

/** What is known of an issue: its events, history and grouping, and beside them where and how often it occurs. */
export function IssueParts({ now, loaded }: { now: IssueNow | null; loaded: LoadedIssue }) {
  const detail = loaded.data;
  return (
    <div class="issue-columns">
      <div class="issue-numbers">
        <IssueFacts now={now} detail={detail} />
        {detail ? <IssueTrend issue={detail.issue} rows={detail.aggregates} /> : <Skeleton height="12rem" />}
      </div>
      <div class="issue-main">
        {detail ? <Main detail={detail} reload={loaded.reload} /> : <SkeletonRows rows={10} />}
      </div>
      <div class="issue-places">{detail && <Lazy load={loadPlaces} props={{ detail }} />}</div>
    </div>
  );
}

function Main({ detail, reload }: { detail: ErrorDetail; reload: () => void }) {
  const named = query.value.get("tab");
  const tab = TABS.find((known) => known.value === named)?.value ?? "events";
  const { issue } = detail;
  return (
    <Tabs<Tab>
      label="Of this error"
      tabs={TABS}
      value={tab}
      onChange={(value) => setQuery({ tab: value === "events" ? null : value })}
    >
      {tab === "events" && <Occurrences issue={issue} detail={detail} />}
      {tab === "timeline" && <Timeline issue={issue} />}
      {tab === "grouping" && <Grouping issue={issue} onMerged={reload} />}
    </Tabs>
  );
}
