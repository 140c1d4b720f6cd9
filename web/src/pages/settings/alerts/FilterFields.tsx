import type { Facets, FacetValue } from "../../../api/types";
import { TextField } from "../fields";
import type { FormPartProps } from "./ConfigFields";
import { type Filter, hasHttpStatus } from "./rules";

const STATUSES = ["5xx", "4xx", "500", "502", "503", "504", "404", "429"];

const FIELDS: readonly { filter: Filter; label: string; known: (facets: Facets) => FacetValue[] }[] = [
  { filter: "environment", label: "Environment", known: (facets) => facets.environments },
  { filter: "source", label: "Source", known: (facets) => facets.sources },
  { filter: "release", label: "Release", known: (facets) => facets.releases },
  { filter: "route", label: "Route", known: (facets) => facets.routes },
];

/** Which events a rule looks at; what is left empty is any. */
export function FilterFields({ draft, change, faults, leave, facets }: FormPartProps) {
  const set = (filter: Filter, value: string) => change({ filters: { ...draft.filters, [filter]: value } });
  return (
    <fieldset>
      <legend>Only events of</legend>
      <div class="figures-of-rule">
        {FIELDS.map(({ filter, label, known }) => (
          <TextField
            key={filter}
            label={label}
            placeholder="any"
            maxLength={500}
            value={draft.filters[filter]}
            onInput={(value) => set(filter, value)}
            onLeave={() => leave(filter)}
            suggestions={facets ? known(facets).map((found) => found.value) : []}
            error={faults[filter]}
          />
        ))}
        {hasHttpStatus(draft.type) && (
          <TextField
            label="HTTP status"
            placeholder="any"
            maxLength={3}
            value={draft.filters.http_status}
            onInput={(value) => set("http_status", value)}
            onLeave={() => leave("http_status")}
            suggestions={STATUSES}
            error={faults.http_status}
          />
        )}
      </div>
    </fieldset>
  );
}
