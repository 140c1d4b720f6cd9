import type { Status } from "../../api/types";
import { nowMs } from "../../clock";
import type { Filter } from "../../filter/filter";
import { useLive } from "../../live";
import { me, type Project } from "../../session";
import { heard, overlays } from "../../triage/acts";
import { keyOf } from "../../triage/issue";
import type { ListState } from "./listState";
import { come, counted, type News, told } from "./news";
import type { Row } from "./paging";
import { addToTrend } from "./trends";

interface FeedProps {
  /** Null: all together, which no stream tells of. */
  project: Project | null;
  filter: Filter;
  rowOf: (key: string) => Row | undefined;
  change: (change: (before: ListState) => ListState) => void;
  /** Have the first page looked at: what has come may belong there. */
  lookSoon: () => void;
}

/** Let the live feed tell of what changes in a list. */
export function useFeed({ project, filter, rowOf, change, lookSoon }: FeedProps): void {
  const keyIn = (fingerprint: string) => keyOf({ project_id: project?.id ?? "", fingerprint });
  const isOurs = (state: ListState) => state.list !== null && state.slug === project?.slug;
  const news = (make: (news: News) => News) =>
    change((before) => (isOurs(before) ? { ...before, news: make(before.news) } : before));

  function arrived(message: { fingerprint: string; events: number; last_seen: number; first_seen?: number }): void {
    if (!isPlain(filter)) {
      lookSoon();
      return;
    }
    change((before) => {
      if (!before.list || !isOurs(before)) return before;
      const last = before.list.next === null ? undefined : before.list.rows.at(-1);
      const own = { total_count: message.events, last_seen: message.last_seen, first_seen: message.first_seen ?? 0 };
      const belongs = last === undefined || own[filter.sort] >= last[filter.sort];
      return belongs ? { ...before, news: come(before.news, [keyIn(message.fingerprint)]) } : before;
    });
  }

  useLive({
    new: arrived,
    regressed: (message) => {
      const key = keyIn(message.fingerprint);
      if (rowOf(key)) news((before) => told(before, key, { status: "unresolved", last_seen: message.last_seen }));
      else arrived(message);
    },
    changed: ({ issues, left_out }) => {
      const changed = issues.map((issue) => ({ ...issue, key: keyIn(issue.fingerprint) }));
      const at = nowMs();
      for (const { key, events } of changed) {
        const row = rowOf(key);
        if (row) addToTrend(row, events, at);
        else lookSoon();
      }
      news((before) => ({ ...counted(before, rowOf, changed), isUnknown: before.isUnknown || left_out > 0 }));
    },
    status: (message) => {
      const row = rowOf(keyIn(message.fingerprint));
      const status = message.new_status as Status;
      if (!row) {
        lookSoon();
        return;
      }
      const key = keyOf(row);
      const isOwn = message.changed_by === me.value?.id;
      // What was done here before that is over.
      if (isOwn || overlays.peek().has(key)) heard(row, { status }, isOwn);
      if (isOwn) return;
      change((before) => {
        if (!isOurs(before)) return before;
        const own = before.acted.get(key);
        const acted = own ? new Map(before.acted).set(key, { ...own, status }) : before.acted;
        return { ...before, acted, news: told(before.news, key, { status }) };
      });
    },
    activity: (message) => {
      if (message.kind === "assigned" && rowOf(keyIn(message.fingerprint))) lookSoon();
    },
    reset: () => {
      news((before) => ({ ...before, isUnknown: true }));
      lookSoon();
    },
  });
}

/** Whether an issue that is new or back belongs into the list for sure: nothing narrows it down but the status. */
function isPlain({ parameters }: Filter): boolean {
  const { status, ...others } = parameters;
  return Object.keys(others).length === 0 && (status == null || status === "unresolved");
}
