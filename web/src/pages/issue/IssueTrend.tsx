import { useEffect } from "preact/hooks";
import { api, segment } from "../../api/client";
import type { ErrorAggregate, HourlyCount, IssueSummary } from "../../api/types";
import { useLoaded } from "../../api/useLoaded";
import { query, setQuery } from "../../router";
import { AreaChart } from "../../ui/AreaChart";
import { NotLoaded } from "../../ui/NotLoaded";
import { Panel } from "../../ui/Panel";
import { Skeleton } from "../../ui/States";
import { placesOf } from "./breakdown";
import { Segments } from "./Segments";

const WINDOWS = [
  { value: "24", label: "24 h" },
  { value: "72", label: "72 h" },
  { value: "720", label: "30 d" },
] as const;
type Hours = (typeof WINDOWS)[number]["value"];
const USUAL: Hours = "72";
const CHART_PX = 132;

interface IssueTrendProps {
  issue: IssueSummary;
  rows: readonly ErrorAggregate[];
}

/** The events of an issue by the hour, with the releases that it came in. How far back stands in the address. */
export function IssueTrend({ issue, rows }: IssueTrendProps) {
  const { project_id, fingerprint, total_count } = issue;
  const named = query.value.get("trend");
  const hours = WINDOWS.find((known) => known.value === named)?.value ?? USUAL;
  const trend = useLoaded(
    (signal) =>
      api.get<HourlyCount[]>(`/v1/errors/${segment(fingerprint)}/trend`, { query: { project_id, hours }, signal }),
    [project_id, fingerprint, hours],
  );
  // Not with each event that the live feed tells of, but with the issue, which is loaded now and then.
  useEffect(() => {
    if (trend.data) trend.reload();
  }, [total_count]);
  const marks = placesOf(rows, "release").map((place) => ({ at: place.first_seen, label: place.name }));
  return (
    <Panel
      title="Trend"
      actions={
        <Segments
          label="How far back"
          value={hours}
          options={WINDOWS}
          onChange={(value) => setQuery({ trend: value === USUAL ? null : value })}
        />
      }
    >
      {trend.data ? (
        <AreaChart
          series={[{ label: "Events", counts: trend.data }]}
          hours={Number(hours)}
          marks={marks}
          heightPx={CHART_PX}
          label={`Events of this error in ${hours} hours`}
        />
      ) : trend.error !== undefined && !trend.loading ? (
        <NotLoaded what="The trend" from={trend} />
      ) : (
        <Skeleton height={`${CHART_PX}px`} />
      )}
    </Panel>
  );
}
