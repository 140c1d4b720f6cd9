import type { Row } from "../../../src/pages/issues/paging";

/** A row of the list, by its fingerprint; the rest is made up. */
export function row(fingerprint: string, more: Partial<Row> = {}): Row {
  return {
    project_id: "p",
    fingerprint,
    status: "unresolved",
    total_count: 1,
    first_seen: 1_000,
    last_seen: 1_000,
    regressed_at: null,
    error_type: `Error ${fingerprint}`,
    message: "went wrong",
    source: "api",
    route_or_procedure: null,
    screen: null,
    first_release: null,
    last_release: null,
    last_environment: null,
    users_affected: 0,
    users_affected_exact: true,
    assignee: null,
    ...more,
  };
}

/** What `keyOf` makes of a fingerprint of these. */
export const key = (fingerprint: string) => `p ${fingerprint}`;
