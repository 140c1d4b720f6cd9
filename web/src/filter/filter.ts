/** TODO of its owner (H5): what a list is narrowed down to, as it stands in the address and as the API takes it. Pure. */
import type { Parameters } from "../router";

export interface Filter {
  /** What `/v1/errors` is asked with, but for project, sort and paging. */
  parameters: Parameters;
  sort: "last_seen" | "total_count" | "first_seen";
}

/** Return the filter that an address has. */
export function readFilter(query: URLSearchParams): Filter {
  void query;
  return { parameters: { status: "unresolved" }, sort: "last_seen" };
}
