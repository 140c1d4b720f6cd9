import type { ErrorDetail } from "../../api/types";
import { focusPage } from "../../ui/Dialog";
import { Select } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { type Filters, isFiltered, setFilters } from "./occurrence";

/** Which events are meant: of one release, environment, source or user. Only what there is a choice of is shown. */
export function OccurrencesFilters({ detail, filters }: { detail: ErrorDetail; filters: Filters }) {
  const { aggregates, samples } = detail;
  const choices = [
    { name: "release", label: "Release", any: "Any release", values: aggregates.map((row) => row.release) },
    {
      name: "environment",
      label: "Environment",
      any: "Any environment",
      values: aggregates.map((row) => row.environment),
    },
    { name: "source", label: "Source", any: "Any source", values: samples.map((sample) => sample.source) },
  ] as const;
  const shown = choices
    .map((choice) => ({ ...choice, values: valuesOf(choice.values, filters[choice.name]) }))
    .filter(({ name, values }) => values.length > 1 || filters[name] !== null);
  if (shown.length === 0 && !isFiltered(filters)) return null;
  return (
    <search class="event-part event-filters" aria-label="Filter events">
      {shown.map(({ name, label, any, values }) => (
        <Select
          key={name}
          label={label}
          hideLabel
          value={filters[name] ?? ""}
          options={[{ value: "", label: any }, ...values.map((value) => ({ value, label: value || "(none)" }))]}
          onChange={(value) => setFilters({ [name]: value || null })}
        />
      ))}
      {filters.user !== null && (
        <button
          type="button"
          class="button plain small chip"
          aria-label={`Events of all users, not only ${filters.user}`}
          onClick={() => {
            setFilters({ user: null });
            setTimeout(focusPage);
          }}
        >
          <Icon name="user" size={14} />
          <bdi class="ellipsis">{filters.user}</bdi>
          <Icon name="close" size={12} />
        </button>
      )}
    </search>
  );
}

/** Each value once; what is chosen is among them, also when it is known from nowhere else. */
function valuesOf(values: readonly string[], chosen: string | null): string[] {
  return [...new Set([...values, ...(chosen === null ? [] : [chosen])])].filter(Boolean);
}
