import { useRef } from "preact/hooks";
import type { ErrorDetail, Sample } from "../../api/types";
import { query } from "../../router";
import "../../styles/pages/occurrences.css";
import { type IssueKey, keyOf } from "../../triage/issue";
import { Panel } from "../../ui/Panel";
import { OccurrencesList } from "./OccurrencesList";
import { OccurrencesWalk } from "./OccurrencesWalk";
import { NoEvents, OccurrenceView } from "./OccurrenceView";
import { ofSample } from "./occurrence";

interface OccurrencesProps {
  issue: IssueKey;
  detail: ErrorDetail;
  /** In the peek panel: the newest alone. */
  compact?: boolean;
}

/** The events of an issue: the newest at first, then one after the other, or all in a list. */
export function Occurrences({ issue, detail, compact }: OccurrencesProps) {
  const newest = usePinned(issue, detail);
  if (compact) {
    return (
      <Panel title="Newest event" flush>
        {newest ? <OccurrenceView event={ofSample(newest)} json={newest} compact /> : <NoEvents />}
      </Panel>
    );
  }
  if (query.value.get("events") === "list") return <OccurrencesList issue={issue} detail={detail} />;
  return <OccurrencesWalk issue={issue} detail={detail} newest={newest} />;
}

/** Return the newest sample of when the page was opened: what somebody reads does not change under their eyes. */
function usePinned(issue: IssueKey, detail: ErrorDetail): Sample | null {
  const pinned = useRef<{ key: string; sample: Sample } | null>(null);
  const key = keyOf(issue);
  const newest = detail.samples[0];
  // One that is newer than all belongs to what was taken out of the issue since.
  const isGone = pinned.current?.key !== key || (newest !== undefined && newest.id < pinned.current.sample.id);
  if (isGone) pinned.current = newest ? { key, sample: newest } : null;
  return pinned.current?.sample ?? null;
}
