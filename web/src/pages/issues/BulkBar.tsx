import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { api, isAbort } from "../../api/client";
import type { Assignee, StatusChangesAnswer } from "../../api/types";
import { useLoaded } from "../../api/useLoaded";
import { type Filter, statusFilterOf } from "../../filter/filter";
import { count, full } from "../../format";
import { liveState, liveWords } from "../../live";
import { isAll, me, type Project } from "../../session";
import { assign, changeAll } from "../../triage/acts";
import { StatusActs } from "../../triage/StatusActs";
import type { StatusInput } from "../../triage/statusInput";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { Menu } from "../../ui/Menu";
import { toastError } from "../../ui/Toast";
import type { Row } from "./paging";
import { NOTHING, type Selection } from "./selection";

interface BulkBarProps {
  /** How many issues there are. */
  words: string;
  /** What is new; null: nothing. */
  news: string | null;
  onShowNews: () => void;
  /** The new rows of another filter are on their way. */
  isOld: boolean;
  project: Project | null;
  filter: Filter;
  selection: Selection;
  onSelection: (selection: Selection) => void;
  onToggleAll: () => void;
  /** Rows that are selected. */
  chosen: readonly Row[];
  /** How many rows there are to select. */
  loaded: number;
  /** There are rows beyond those that are loaded. */
  hasMore: boolean;
  /** The row that somebody is at, if its acts are offered here. */
  current: Row | null;
  /** All that match were changed. */
  onChangedAll: () => void;
}

/** Above the rows: how many there are and what is new, or what can be done with those that are selected. */
export function BulkBar(props: BulkBarProps) {
  const { words, news, selection, chosen, loaded, current } = props;
  const isChoosing = chosen.length > 0;
  const bar = useRef<HTMLDivElement>(null);
  useStillRows(bar, `${isChoosing} ${news !== null} ${selection.isAll}`);
  return (
    <div ref={bar} class={isChoosing ? "issues-bar choosing" : "issues-bar"}>
      <input
        type="checkbox"
        class="choose-all"
        aria-label="Select all that are loaded"
        title="Select all that are loaded"
        disabled={loaded === 0}
        checked={isChoosing && chosen.length === loaded}
        ref={(input) => {
          if (input) input.indeterminate = isChoosing && chosen.length < loaded;
        }}
        onChange={props.onToggleAll}
      />
      {isChoosing ? <Chosen {...props} /> : <span class="issues-total quiet">{words}</span>}
      {props.isOld && (
        <span class="quiet" role="status">
          Filtering…
        </span>
      )}
      <span role="status">
        {news && (
          <button type="button" class="news" onClick={props.onShowNews}>
            <span>{news}</span>
            <span class="news-show">Show</span>
          </button>
        )}
      </span>
      <span class="issues-bar-end">
        {!isChoosing && current && selection === NOTHING && <StatusActs issues={[current]} keys size="small" />}
        <LiveDot />
      </span>
    </div>
  );
}

/** Where the bar becomes higher or lower, on a phone, the rows below stay where they were under the finger. */
function useStillRows(bar: { readonly current: HTMLElement | null }, shape: string): void {
  const beforePx = useRef<number | null>(null);
  useLayoutEffect(() => {
    const heightPx = bar.current?.offsetHeight ?? 0;
    const byPx = heightPx - (beforePx.current ?? heightPx);
    beforePx.current = heightPx;
    if (byPx === 0) return;
    scrollBy({ top: byPx, behavior: "instant" });
    // But not so that the row itself lies under the bar.
    const row = document.querySelector('.issue[aria-selected="true"]');
    if (!row || !bar.current) return;
    const coveredPx = bar.current.getBoundingClientRect().bottom - row.getBoundingClientRect().top;
    if (byPx > 0 && coveredPx > 0) scrollBy({ top: -Math.min(byPx, coveredPx), behavior: "instant" });
  }, [shape]);
}

function Chosen({ chosen, selection, onSelection, project, filter, hasMore, onChangedAll }: BulkBarProps) {
  const [matched, setMatched] = useState(0);
  const [isAsking, setAsking] = useState(false);
  const asking = useRef<AbortController>(undefined);
  // Who chooses otherwise meanwhile, or filters, means something else.
  useEffect(() => () => asking.current?.abort(), [selection]);

  /** Mean all that the filter finds, once the server has said how many those are. */
  async function chooseAll(): Promise<void> {
    if (!project) return;
    asking.current = new AbortController();
    setAsking(true);
    try {
      setMatched(await countMatching(project, filter, asking.current.signal));
      onSelection({ ...selection, isAll: true });
    } catch (error) {
      if (!isAbort(error)) toastError(error);
    }
    setAsking(false);
  }

  async function runOnAll(given: StatusInput): Promise<void> {
    if (!project || !(await changeAll(project.id, statusFilterOf(filter), given))) return;
    onSelection(NOTHING);
    onChangedAll();
  }

  return (
    <>
      <strong class="nowrap" role="status">
        {selection.isAll ? `All ${full(matched)} that match` : `${full(chosen.length)} selected`}
      </strong>
      <StatusActs
        issues={chosen}
        keys
        size="small"
        {...(selection.isAll && { run: (given) => void runOnAll(given) })}
      />
      {!selection.isAll && <AssignMenu issues={chosen} />}
      {hasMore && project && !selection.isAll && (
        <Button size="small" kind="quiet" busy={isAsking} onClick={() => void chooseAll()}>
          Select all that match
        </Button>
      )}
      <Button size="small" kind="quiet" icon="close" label="Select nothing" onClick={() => onSelection(NOTHING)} />
    </>
  );
}

/** Return how many issues a filter finds, whatever their number. */
async function countMatching(project: Project, filter: Filter, signal: AbortSignal): Promise<number> {
  const meant = statusFilterOf(filter);
  const isEmpty = Object.keys(meant).length === 0;
  const answer = await api.post<StatusChangesAnswer>(
    "/v1/status-changes",
    { status: "resolved", dry_run: true, filter: meant, ...(isEmpty && { all: true }) },
    { query: { project_id: project.slug }, signal },
  );
  return answer.matched;
}

function AssignMenu({ issues }: { issues: readonly Row[] }) {
  const people = useLoaded((signal) => api.get<Assignee[]>("/v1/assignees", { signal }), []);
  const own = people.data?.find((known) => known.user_id === me.value?.id);
  const others = (people.data ?? []).filter((known) => known !== own);
  const give = (to: Assignee | null) =>
    void assign(
      issues.map(({ project_id, fingerprint, assignee }) => ({ project_id, fingerprint, assignee: assignee ?? null })),
      to,
    );
  return (
    <Menu
      label="Assign"
      title={`Assign ${count(issues.length, "error")}`}
      buttonClass="button plain small"
      items={[
        ...(own ? [{ label: `${own.username} (you)`, icon: "user" as const, run: () => give(own) }] : []),
        ...others.map((known) => ({ label: known.username, icon: "user" as const, run: () => give(known) })),
        { label: "Nobody", icon: "close" as const, apart: true, run: () => give(null) },
      ]}
    >
      <Icon name="user" />
      <span class="button-text">Assign</span>
    </Menu>
  );
}

/** Whether what happens is told as it happens: a dot while all is well, words when it is not. */
function LiveDot() {
  const state = isAll.value ? "polled" : liveState.value;
  const words = isAll.value ? "Looked at every 15 seconds" : liveWords.value;
  return (
    <span class={`live-dot ${state}`} role="status" title={words}>
      <span class={state === "lost" ? "small" : "unseen"}>{words}</span>
    </span>
  );
}
