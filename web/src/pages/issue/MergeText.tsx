import { full } from "../../format";
import type { Mergeable } from "./mergeSearch";

/** An issue in two lines. */
export function MergeText({ one }: { one: Mergeable }) {
  return (
    <span class="merge-text">
      <b>
        <bdi>{one.error_type}</bdi>
      </b>
      <span class="quiet number">
        {full(one.total_count)} · {one.status}
      </span>
      <bdi class="quiet ellipsis">{one.message}</bdi>
    </span>
  );
}
