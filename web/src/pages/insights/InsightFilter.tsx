import { api } from "../../api/client";
import type { Facets } from "../../api/types";
import { useLoaded } from "../../api/useLoaded";
import { setQuery } from "../../router";
import { project } from "../../session";
import { Select } from "../../ui/Field";
import { Segments } from "../issue/Segments";
import { addressOf, isNarrowable, LEAST, RANGES, type Scope, type TabId } from "./scope";

/** How far back, and of which environment; in the address. */
export function InsightFilter({ tab, scope }: { tab: TabId; scope: Scope }) {
  const id = project.value?.id ?? null;
  const facets = useLoaded(
    (signal) => api.get<Facets>("/v1/facets", { query: { project_id: id, limit: 200 }, signal }),
    [id],
  );
  const change = (changes: Partial<Scope>) =>
    setQuery({ ...addressOf({ ...scope, ...changes }), pair: null }, { replace: false });
  if (!isNarrowable(tab)) return <p class="insight-filter quiet small">All events ever, of all environments</p>;
  const known = new Set(facets.data?.environments.map((facet) => facet.value));
  if (scope.environment !== null) known.add(scope.environment);
  return (
    <search class="insight-filter" aria-label="Filter of the insights">
      <Segments label="How far back" value={scope.hours} options={RANGES} onChange={(hours) => change({ hours })} />
      <Select
        label="Environment"
        hideLabel
        value={scope.environment ?? ""}
        options={[{ value: "", label: "All environments" }, ...[...known].map((value) => ({ value, label: value }))]}
        onChange={(value) => change({ environment: value || null })}
      />
      {tab === "spikes" && (
        <Select
          label="Events of the hour"
          hideLabel
          value={scope.least}
          options={LEAST}
          onChange={(least) => change({ least })}
        />
      )}
    </search>
  );
}
