import { useEffect } from "preact/hooks";
import { api, messageOf, segment } from "../../api/client";
import type { ErrorAggregate, HourlyCount } from "../../api/types";
import { useLoaded } from "../../api/useLoaded";
import { query, setQuery } from "../../router";
import type { IssueKey } from "../../triage/issue";
import { AreaChart } from "../../ui/AreaChart";
import { Button } from "../../ui/Button";
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
/** More have no place on the chart. */
const MOST_MARKS = 50;

interface IssueTrendProps {
  issue: IssueKey;
  rows: readonly ErrorAggregate[];
  /** Its events by now: when there are more, the hours are asked for anew. */
  total: number;
}

/** The events of an issue by the hour, with the releases that it came in. How far back stands in the address. */
export function IssueTrend({ issue, rows, total }: IssueTrendProps) {
  const { project_id, fingerprint } = issue;
  const named = query.value.get("trend");
  const hours = WINDOWS.find((known) => known.value === named)?.value ?? USUAL;
  const trend = useLoaded(
    (signal) =>
      api.get<HourlyCount[]>(`/v1/errors/${segment(fingerprint)}/trend`, { query: { project_id, hours }, signal }),
    [project_id, fingerprint, hours],
  );
  useEffect(() => {
    if (trend.data) trend.reload();
  }, [total]);
  const marks = placesOf(rows, "release")
    .slice(0, MOST_MARKS)
    .map((place) => ({ at: place.first_seen, label: place.name }));
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
        <div role="alert">
          <p class="quiet">The trend could not be loaded. {messageOf(trend.error)}</p>
          <Button size="small" icon="refresh" onClick={trend.reload}>
            Try again
          </Button>
        </div>
      ) : (
        <Skeleton height={`${CHART_PX}px`} />
      )}
    </Panel>
  );
}
