import type { ErrorDetail } from "../../api/types";
import { query, setQuery } from "../../router";
import "../../styles/pages/issue-places.css";
import { Breakdown } from "./Breakdown";
import { type Filters, setFilters } from "./occurrence";
import { Tags } from "./Tags";

/** Where an issue occurs, and what its events have in common. What is pressed there keeps the events that have it. */
export default function IssuePlaces({ detail }: { detail: ErrorDetail }) {
  const { issue, aggregates } = detail;
  function choose(filter: Partial<Filters>): void {
    if (query.value.has("tab")) setQuery({ tab: null });
    setFilters(filter);
  }
  return (
    <>
      <Breakdown rows={aggregates} by="release" onChoose={(release) => choose({ release })} />
      <Breakdown rows={aggregates} by="environment" onChoose={(environment) => choose({ environment })} />
      <Tags issue={issue} onChoose={(name, value) => choose({ [name]: value })} />
    </>
  );
}
