import { useState } from "preact/hooks";
import { api, segment } from "../../api/client";
import type { ErrorDetail, IssueSummary, Status } from "../../api/types";
import { type LoadedState, useLoaded } from "../../api/useLoaded";
import { useLive } from "../../live";
import { heard, hearStatus, learned, moment, shown, useChanges } from "../../triage/acts";
import type { IssueKey, Triaged } from "../../triage/issue";
import { useThrottled } from "../../useThrottled";

/** While many events come, the issue is loaded anew at most so often; its counts go on in between. */
const LEAST_MS = 4_000;

/** An issue as it is by all that is known: loaded, told by the live feed, or just done here. */
export type IssueNow = Omit<IssueSummary, "status"> & Triaged;

export interface LoadedIssue extends LoadedState<ErrorDetail> {
  /** Null until it is known. */
  now: IssueNow | null;
}

/** Load an issue, and keep it up to date. `row` is what a list knew of it, to begin with. */
export function useIssue(issue: IssueKey, row: IssueSummary | null = null): LoadedIssue {
  const { project_id, fingerprint } = issue;
  const [extra, setExtra] = useState({ events: 0, lastSeen: 0 });
  const loaded = useLoaded(
    async (signal) => {
      const askedAt = moment();
      const path = `/v1/errors/${segment(fingerprint)}`;
      const detail = await api.get<ErrorDetail>(path, { query: { project_id }, signal });
      learned([detail.issue], askedAt);
      setExtra({ events: 0, lastSeen: 0 });
      return detail;
    },
    [project_id, fingerprint],
  );
  const known = loaded.data?.issue ?? row;
  const own = known?.fingerprint ?? fingerprint;
  const soon = useThrottled(loaded.reload, LEAST_MS);

  useChanges(loaded.reload);
  useLive({
    changed: ({ issues, left_out }) => {
      const told = issues.find((one) => one.fingerprint === own);
      if (told) {
        setExtra((before) => ({
          events: before.events + told.events,
          lastSeen: Math.max(before.lastSeen, told.last_seen),
        }));
      }
      if (told || left_out > 0) soon();
    },
    regressed: (message) => {
      if (message.fingerprint !== own) return;
      heard({ project_id, fingerprint: own }, { status: "unresolved" });
      loaded.reload();
    },
    status: (message) => {
      if (message.fingerprint !== own) return;
      hearStatus(project_id, message);
      loaded.reload();
    },
    activity: (message) => {
      if (message.fingerprint === own && message.kind === "assigned") loaded.reload();
    },
    reset: loaded.reload,
  });

  const now = known && {
    ...shown({ ...known, status: known.status as Status }),
    total_count: known.total_count + extra.events,
    last_seen: Math.max(known.last_seen, extra.lastSeen),
  };
  return { ...loaded, now };
}
