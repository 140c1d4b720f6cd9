import { useMemo } from "preact/hooks";
import type { Facets } from "../api/types";
import { compact, full } from "../format";
import { query as address, setQuery } from "../router";
import { project } from "../session";
import "../styles/filter.css";
import { CopyButton } from "../ui/CopyButton";
import { rangeWords } from "../ui/chartWords";
import { Icon } from "../ui/Icon";
import { Menu } from "../ui/Menu";
import { FilterField } from "./FilterField";
import { addressOf, type Filter, isUsual, readFilter, SORTS, type Sort, statusOf, USUAL } from "./filter";
import { parseQuery, STATUSES, withValue } from "./query";
import { useFacets } from "./useFacets";
import { ViewsMenu } from "./ViewsMenu";

const SORT_WORDS: Readonly<Record<Sort, string>> = {
  last_seen: "Last seen",
  total_count: "Most events",
  first_seen: "First seen",
};

/** What the list is narrowed down to, in which order it stands, and the views that were saved. All of it is in the address. */
export function FilterBar() {
  const filter = useMemo(() => readFilter(address.value), [address.value]);
  const id = project.value?.id ?? null;
  const facets = useFacets(id);
  const change = (next: Partial<Filter>, step = true) => setQuery(addressOf(next), { replace: !step });
  return (
    <search class="filter" aria-label="Filter of the list" data-tour="filter">
      <div class="filter-row">
        <Segments filter={filter} facets={facets.first} onChange={(query) => change({ query })} />
        <div class="filter-acts">
          <Menu
            label={`Order: ${SORT_WORDS[filter.sort]}`}
            buttonClass="button plain small"
            align="end"
            items={SORTS.map((sort) => ({
              label: SORT_WORDS[sort],
              checked: sort === filter.sort,
              run: () => change({ sort }),
            }))}
          >
            <Icon name="sort" />
            <span class="button-text">{SORT_WORDS[filter.sort]}</span>
            <Icon name="chevron" size={14} />
          </Menu>
          <ViewsMenu filter={filter} projectId={id} />
          <CopyButton text={() => location.href} label="Copy link" />
        </div>
      </div>
      <FilterField
        facets={facets}
        query={filter.query}
        onChange={(query, step) => change({ query }, step)}
        range={filter.range && rangeWords(filter.range)}
        onRangeGone={() => change({ range: null })}
        isNarrowed={!isUsual(filter)}
        onReset={() => change({ query: parseQuery(USUAL), range: null })}
      />
      <div class="filter-notes" role="status">
        {filter.query.notes.map((note) => (
          <p key={note} class="note">
            {note}
          </p>
        ))}
      </div>
    </search>
  );
}

interface SegmentsProps {
  filter: Filter;
  facets: Facets | undefined;
  onChange: (query: Filter["query"]) => void;
}

/** The four statuses and all of them, with how many errors each has in the project. */
function Segments({ filter, facets, onChange }: SegmentsProps) {
  const now = statusOf(filter.query) ?? "all";
  const counts = new Map(facets?.statuses.map(({ value, count }) => [value, count]));
  if (facets)
    counts.set(
      "all",
      [...counts.values()].reduce((sum, count) => sum + count, 0),
    );
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be a row that scrolls
    <div class="status-segments" role="group" aria-label="Status">
      {STATUSES.map((status) => {
        const count = counts.get(status);
        return (
          <button
            key={status}
            type="button"
            class="segment"
            aria-pressed={status === now}
            onClick={() => onChange(withValue(filter.query, "is", status))}
          >
            {status[0]?.toUpperCase()}
            {status.slice(1)}
            <span class="segment-count" title={count === undefined ? undefined : full(count)}>
              {count === undefined ? " " : compact(count)}
            </span>
          </button>
        );
      })}
    </div>
  );
}
