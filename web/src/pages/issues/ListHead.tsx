// biome-ignore-all lint/a11y/useSemanticElements: rows of a table cannot be windowed, nor become cards
// biome-ignore-all lint/a11y/useFocusableInteractive: the row has the focus, and not its cells
import { addressOf, type Sort } from "../../filter/filter";
import { setQuery } from "../../router";

const HEADINGS: readonly { title: string; place: string; sort?: Sort; number?: boolean }[] = [
  { title: "Error", place: "issue-what" },
  { title: "Source", place: "issue-where" },
  { title: "24 hours", place: "issue-trend" },
  { title: "Events", place: "issue-count", sort: "total_count", number: true },
  { title: "Users", place: "issue-users", number: true },
  { title: "First seen", place: "issue-first", sort: "first_seen", number: true },
  { title: "Last seen", place: "issue-last", sort: "last_seen", number: true },
];

/** The headings of the list; those of an order that it can have sort it when pressed. */
export function ListHead({ sort }: { sort: Sort }) {
  return (
    <div role="rowgroup" class="issues-head">
      <div role="row" class="issue-row" aria-rowindex={1}>
        <div role="columnheader" class="issue-pick">
          <span class="unseen">Selected</span>
        </div>
        <div role="columnheader" class="issue-state">
          <span class="unseen">Status</span>
        </div>
        {HEADINGS.map(({ title, place, sort: own, number }) => (
          <div
            key={title}
            role="columnheader"
            class={`${place}${number ? " number" : ""}`}
            aria-sort={own === undefined ? undefined : own === sort ? "descending" : "none"}
          >
            {own === undefined ? title : <SortButton title={title} sort={own} isSorted={own === sort} />}
          </div>
        ))}
        <div role="columnheader" class="issue-who">
          <span class="unseen">Assigned to</span>
        </div>
      </div>
    </div>
  );
}

function SortButton({ title, sort, isSorted }: { title: string; sort: Sort; isSorted: boolean }) {
  return (
    <button
      type="button"
      class={isSorted ? "sort-button sorted" : "sort-button"}
      title={`Sort by ${title.toLowerCase()}`}
      onClick={() => setQuery(addressOf({ sort }), { replace: false })}
    >
      {title}
    </button>
  );
}
