import type { ComponentChildren } from "preact";
import type { Filter } from "../../filter/filter";
import { Button } from "../../ui/Button";
import { ErrorState, OldData, SkeletonRows } from "../../ui/States";
import { CARD_REM, LINE_REM } from "./IssueList";
import { NoIssues } from "./NoIssues";
import { footWords, type Row } from "./paging";
import type { Issues } from "./useIssues";

const PHONE = "(max-width: 48rem)";

interface ListStateProps {
  issues: Issues;
  /** Those that are shown. */
  rows: readonly Row[];
  filter: Filter;
  slug: string | null;
  /** The list itself. */
  children: ComponentChildren;
}

/** The list, with what is to be said above and below it; or what stands in its place. */
export function ListState({ issues, rows, filter, slug, children }: ListStateProps) {
  const { list, error, loading, isOld, more } = issues;
  if (!list) {
    if (error !== undefined && !loading) return <ErrorState error={error} retry={issues.reload} />;
    return <SkeletonRows rows={10} height={`${matchMedia(PHONE).matches ? CARD_REM : LINE_REM}rem`} />;
  }
  const isEmpty = rows.length === 0 && list.next === null;
  return (
    <>
      {error !== undefined && <OldData error={error} busy={loading} retry={issues.reload} />}
      {isEmpty && !isOld && <NoIssues slug={slug} filter={filter} />}
      {rows.length > 0 && (
        <div class={isOld ? "issues-rows old" : "issues-rows"} aria-busy={isOld}>
          {children}
          <Foot words={footWords({ ...list, rows })} more={more} retry={issues.loadMore} />
        </div>
      )}
    </>
  );
}

function Foot({ words, more, retry }: { words: string | null; more: "idle" | "busy" | "failed"; retry: () => void }) {
  if (more === "idle" && words === null) return null;
  return (
    <div class="issues-foot quiet" role="status">
      {more === "busy" && "Loading more…"}
      {more === "idle" && words}
      {more === "failed" && (
        <>
          What comes next could not be loaded.
          <Button size="small" icon="refresh" onClick={retry}>
            Try again
          </Button>
        </>
      )}
    </div>
  );
}
