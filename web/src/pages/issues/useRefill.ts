import { useEffect } from "preact/hooks";
import type { Row } from "./paging";
import type { Issues } from "./useIssues";

/** Where no row is in sight none can jump: what comes behind those that have left, or has come in, is put there by itself. */
export function useRefill(
  {
    list,
    news,
    loading,
    more,
    loadMore,
    reload,
  }: Pick<Issues, "list" | "news" | "loading" | "more" | "loadMore" | "reload">,
  rows: readonly Row[],
): void {
  const isBare = list !== null && rows.length === 0 && !loading;
  const hasMore = isBare && list.next !== null;
  const hasNews = isBare && news.fresh.size > 0;
  useEffect(() => {
    if (hasMore && more === "idle") loadMore();
    else if (hasNews && !hasMore) reload();
  }, [list, hasMore, hasNews, more]);
}
