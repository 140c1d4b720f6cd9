import { useRef } from "preact/hooks";
import { Problem } from "../../api/client";
import type { ErrorDetail, Occurrence, OccurrenceDetail, Sample } from "../../api/types";
import { type LoadedState, useLoaded } from "../../api/useLoaded";
import type { IssueKey } from "../../triage/issue";
import { Button } from "../../ui/Button";
import { Panel } from "../../ui/Panel";
import { EmptyState, ErrorState, SkeletonRows } from "../../ui/States";
import { OccurrencesFilters } from "./OccurrencesFilters";
import { loadOne, WalkButtons, waysOf, waysOfSamples } from "./OccurrencesWays";
import { NoEvents, OccurrenceView } from "./OccurrenceView";
import {
  clearFilters,
  eventInAddress,
  type Filters,
  filtersInAddress,
  isFiltered,
  ofSample,
  ofStored,
  setFilters,
  showEvent,
  switchTo,
  takeFocus,
} from "./occurrence";

interface WalkProps {
  issue: IssueKey;
  detail: ErrorDetail;
  /** The newest sample when the page was opened. */
  newest: Sample | null;
}

/** One event, and the ways to those before and after it. */
export function OccurrencesWalk({ issue, detail, newest }: WalkProps) {
  const filters = filtersInAddress();
  const { shown, loaded, ways, isPlain, isWaiting } = useShown({ issue, detail, newest }, filters);
  return (
    <Panel
      title="Events"
      actions={
        <>
          <WalkButtons issue={issue} id={shown?.id ?? null} ways={ways} filters={filters} isWaiting={isWaiting} />
          <Button size="small" buttonRef={takeFocus} onClick={() => switchTo("list")}>
            All events
          </Button>
        </>
      }
      flush
    >
      <OccurrencesFilters detail={detail} filters={filters} />
      {isPlain && newest && <NewerEvents detail={detail} newest={newest} />}
      {shown ? (
        <div class={isWaiting ? "event-waits" : undefined} aria-busy={isWaiting}>
          <OccurrenceView event={eventOf(shown)} json={shown} onUser={(user) => setFilters({ user })} />
        </div>
      ) : (
        <Nothing loaded={loaded} isPlain={isPlain} />
      )}
    </Panel>
  );
}

/** Find the event to show. The newest sample, and others of the detail, are there before anything is asked for. */
function useShown({ issue, detail, newest }: WalkProps, filters: Filters) {
  const named = eventInAddress();
  const isPlain = named === null && !isFiltered(filters);
  const sample = isPlain ? newest : (detail.samples.find((known) => known.id === named) ?? null);
  const loaded = useLoaded(
    (signal) => (isPlain ? Promise.resolve(null) : loadOne(issue, named, filters, signal)),
    [issue.project_id, issue.fingerprint, named, filters],
  );
  const found = loaded.data ?? sample;
  // While the next one is on its way the last one stays, dimmed, so that nothing jumps.
  const last = useRef(found);
  if (found !== null) last.current = found;
  const isWaiting = found === null && loaded.loading;
  const shown = found ?? (isWaiting ? last.current : null);
  const waysOfPlain = isPlain ? waysOfSamples(detail, newest) : {};
  return { shown, loaded, ways: loaded.data ? waysOf(loaded.data) : waysOfPlain, isPlain, isWaiting };
}

function NewerEvents({ detail, newest }: { detail: ErrorDetail; newest: Sample }) {
  const first = detail.samples[0];
  if (!first || first.id <= newest.id) return null;
  return (
    <p class="event-part newer-events" role="status">
      <span>Newer events have come.</span>
      <Button size="small" onClick={() => showEvent(first.id)}>
        Show the newest
      </Button>
    </p>
  );
}

function eventOf(found: Sample | Occurrence) {
  return "captured_at" in found ? ofSample(found) : ofStored(found);
}

/** In the place of an event that there is not, or not yet. */
function Nothing({ loaded, isPlain }: { loaded: LoadedState<OccurrenceDetail | null>; isPlain: boolean }) {
  if (loaded.loading && !isPlain) return <SkeletonRows rows={8} height="2.5rem" />;
  if (loaded.error instanceof Problem && loaded.error.status === 404) {
    return (
      <EmptyState
        icon="clock"
        title="This event is not stored any more"
        actions={<Button onClick={() => showEvent(null)}>Show the newest</Button>}
      >
        Single events are kept for a while, and the address may also be mistyped.
      </EmptyState>
    );
  }
  if (loaded.error !== undefined) return <ErrorState error={loaded.error} retry={loaded.reload} />;
  if (isPlain) return <NoEvents />;
  return (
    <EmptyState
      icon="search"
      title="No event passes these filters"
      actions={<Button onClick={clearFilters}>Show all events</Button>}
    >
      Of those that are stored, none is of that release, environment, source and user at once.
    </EmptyState>
  );
}
