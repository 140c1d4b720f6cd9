import { useState } from "preact/hooks";
import type { ErrorDetail } from "../../api/types";
import { query } from "../../router";
import "../../styles/pages/occurrences.css";
import type { IssueKey } from "../../triage/issue";
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
  // What somebody reads does not change under their eyes when the detail is loaded anew.
  const [newest] = useState(detail.samples[0] ?? null);
  if (compact) {
    const first = newest ?? detail.samples[0];
    return (
      <Panel title="Newest event" flush>
        {first ? <OccurrenceView event={ofSample(first)} json={first} compact /> : <NoEvents />}
      </Panel>
    );
  }
  if (query.value.get("events") === "list") return <OccurrencesList issue={issue} detail={detail} />;
  return <OccurrencesWalk issue={issue} detail={detail} newest={newest} />;
}
