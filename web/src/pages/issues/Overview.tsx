import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../../api/client";
import type { HourlyCount, ProjectStats, ReleaseInfo } from "../../api/types";
import { type LoadedState, useLoaded } from "../../api/useLoaded";
import { addressOf, readFilter } from "../../filter/filter";
import { compact, count, full, percent } from "../../format";
import { type CountersMessage, useLive } from "../../live";
import { query, setQuery } from "../../router";
import { isServerAnswering, serverStatus, useServerStatus } from "../../serverStatus";
import { project } from "../../session";
import { useChanges } from "../../triage/acts";
import "../../styles/pages/overview.css";
import { AreaChart } from "../../ui/AreaChart";
import { Icon } from "../../ui/Icon";
import { Loaded, Skeleton } from "../../ui/States";

const HOURS = 72;
const EVERY_MS = 30_000;
/** While much happens, the numbers are read anew at most so often. */
const LEAST_MS = 4_000;
/** More have no place on the chart. */
const MOST_RELEASES = 100;
const CHART_PX = 148;

/** The project in numbers, and its last 72 hours as a chart on which hours can be chosen. */
export function Overview() {
  const id = project.value?.id ?? null;
  const of = { project_id: id };
  const stats = useLoaded((signal) => api.get<ProjectStats>("/v1/stats", { query: of, signal }), [id]);
  const trend = useLoaded(
    (signal) => api.get<HourlyCount[]>("/v1/trends", { query: { ...of, hours: HOURS }, signal }),
    [id],
  );
  const releases = useLoaded(
    (signal) =>
      api.get<ReleaseInfo[]>("/v1/releases", { query: { ...of, hours: HOURS, limit: MOST_RELEASES }, signal }),
    [id],
  );
  const [counters, setCounters] = useState<{ of: string | null; told: CountersMessage } | null>(null);
  const nudge = useRefreshed(() => {
    stats.reload();
    trend.reload();
    releases.reload();
  });
  useLive({
    new: nudge,
    regressed: nudge,
    changed: nudge,
    status: nudge,
    reset: nudge,
    counters: (told) => setCounters({ of: id, told }),
  });
  useChanges(nudge);
  const { range } = readFilter(query.value);
  return (
    <section class="overview" aria-label={`Overview of ${project.value?.name ?? "all projects"}`}>
      <dl class="overview-figures">
        <Figure label="Unresolved" from={stats} figure="unresolved_errors" />
        <Figure label="All errors" from={stats} figure="total_errors" />
        <Figure label="Events, 24 h" from={stats} figure="total_events_24h" />
        <Buffer counters={counters?.of === id ? counters.told : null} />
      </dl>
      <div class="overview-chart">
        <Loaded from={trend} skeleton={<Skeleton height={`${CHART_PX}px`} />}>
          {(counts) => (
            <AreaChart
              series={[{ label: "Events", counts }]}
              hours={HOURS}
              marks={(releases.data ?? []).map(({ release, first_seen }) => ({ at: first_seen, label: release }))}
              selected={range}
              onSelect={(chosen) => setQuery(addressOf({ range: chosen }), { replace: false })}
              heightPx={CHART_PX}
              label={`Events of ${project.value?.name ?? "all projects"} in ${HOURS} hours`}
            />
          )}
        </Loaded>
      </div>
    </section>
  );
}

/** Do something twice a minute while the page is seen; the function that it returns does it sooner, but not too often. */
function useRefreshed(refresh: () => void): () => void {
  const current = useRef(refresh);
  current.current = refresh;
  const doneAt = useRef(Date.now());
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const plan = useRef((afterMs: number) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      if (document.hidden) return;
      doneAt.current = Date.now();
      current.current();
      plan.current(EVERY_MS);
    }, afterMs);
  });
  useEffect(() => {
    const look = () => {
      if (!document.hidden) plan.current(Math.max(0, doneAt.current + EVERY_MS - Date.now()));
    };
    look();
    document.addEventListener("visibilitychange", look);
    return () => {
      clearTimeout(timer.current);
      document.removeEventListener("visibilitychange", look);
    };
  }, []);
  return () => plan.current(Math.max(0, doneAt.current + LEAST_MS - Date.now()));
}

interface FigureProps {
  label: string;
  from: LoadedState<ProjectStats>;
  figure: "unresolved_errors" | "total_errors" | "total_events_24h";
}

function Figure({ label, from, figure }: FigureProps) {
  const value = from.data?.[figure];
  return (
    <div>
      <dt class="quiet">{label}</dt>
      <dd title={value === undefined ? undefined : full(value)}>
        {value === undefined ? <Missing isComing={from.loading} /> : compact(value)}
      </dd>
    </div>
  );
}

function Missing({ isComing }: { isComing: boolean }) {
  if (isComing) return <Skeleton width="3rem" />;
  return (
    <span title="This could not be loaded">
      <span aria-hidden="true">—</span>
      <span class="unseen">not loaded</span>
    </span>
  );
}

/** How full the server's buffer is, and in red what did not get through it. */
function Buffer({ counters }: { counters: CountersMessage | null }) {
  useServerStatus();
  const status = serverStatus.value;
  const lost = lostOf(counters);
  const exact = status && `${full(status.buffered)} of ${full(status.capacity)} events wait to be stored`;
  return (
    <div>
      <dt class="quiet">Buffer used</dt>
      <dd title={exact ?? undefined}>
        {status ? percent(status.buffer_usage) : <Missing isComing={isServerAnswering.value} />}
      </dd>
      {status && (status.dropped_recently > 0 || lost) && (
        <dd class="overview-lost" title={lost ?? undefined}>
          <Icon name="alert" size={14} />
          <span>
            {status.dropped_recently > 0 ? `${count(status.dropped_recently, "event")} dropped in 5 min.` : lost}
          </span>
        </dd>
      )}
    </div>
  );
}

/** Return what of the project's events has been lost since the server started; null if nothing was. */
function lostOf(counters: CountersMessage | null): string | null {
  const lost = counters ? counters.dropped + counters.lost : 0;
  return lost > 0 ? `${count(lost, "event")} lost since the server started` : null;
}
