import type { ComponentChildren } from "preact";
import type { Filter } from "../../filter/filter";
import { Button } from "../../ui/Button";
import { ErrorState, OldData, SkeletonRows } from "../../ui/States";
import { CARD_REM, LINE_REM } from "./IssueList";
import { NoIssues } from "./NoIssues";
import { footWords, type Row, reduced } from "./paging";
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
  const skeleton = <SkeletonRows rows={10} height={`${matchMedia(PHONE).matches ? CARD_REM : LINE_REM}rem`} />;
  if (!list) return error !== undefined && !loading ? <ErrorState error={error} retry={issues.reload} /> : skeleton;
  const isBare = rows.length === 0;
  const isEmpty = isBare && list.next === null && !isOld;
  // Other rows are on their way into an empty list: those of another filter, or those behind what was done.
  const isFilling = isBare && (isOld ? loading : list.next !== null && more !== "failed");
  const foot = <Foot words={footWords(reduced(list, rows))} more={more} retry={issues.loadMore} />;
  return (
    <>
      {error !== undefined && <OldData error={error} busy={loading} retry={issues.reload} />}
      {isEmpty && <NoIssues slug={slug} filter={filter} />}
      {isFilling && skeleton}
      {isBare && !isOld && more === "failed" && foot}
      {!isBare && (
        <div class={isOld ? "issues-rows old" : "issues-rows"} aria-busy={isOld}>
          {children}
          {foot}
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
