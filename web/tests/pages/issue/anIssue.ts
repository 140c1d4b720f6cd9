/** An error as the API tells it, for pages that show one. */

import type { ErrorDetail } from "../../../src/api/types";

const HOUR_MS = 3_600_000;
const now = Date.now();

export const ISSUE: ErrorDetail["issue"] = {
  project_id: "p1",
  fingerprint: "f1",
  status: "unresolved",
  total_count: 40,
  first_seen: now - 48 * HOUR_MS,
  last_seen: now - HOUR_MS,
  regressed_at: null,
  error_type: "TypeError",
  message: "price is undefined",
  source: "web",
  route_or_procedure: "/basket",
  screen: null,
  last_release: "1.4.2",
  last_environment: "prod",
  users_affected: 7,
  users_affected_exact: false,
  assignee: null,
  first_release: "1.4.0",
};

/** Return an error with something about it, or about its row, being otherwise. */
export function aDetail(more: Partial<ErrorDetail> = {}, row: Partial<ErrorDetail["issue"]> = {}): ErrorDetail {
  const issue = { ...ISSUE, ...row };
  const { project_id, fingerprint, status, error_type, message, source, route_or_procedure, screen } = issue;
  const where = { release: "1.4.2", environment: "prod", total_count: issue.total_count };
  return {
    aggregates: [
      {
        ...{ project_id, fingerprint, status, error_type, message, source, route_or_procedure, screen },
        ...where,
        first_seen: issue.first_seen,
        last_seen: issue.last_seen,
      },
    ],
    samples: [],
    users_affected: issue.users_affected,
    users_affected_exact: issue.users_affected_exact,
    first_release: issue.first_release,
    last_release: issue.last_release,
    assignee: issue.assignee,
    snooze: null,
    fix: null,
    regression: null,
    ...more,
    issue,
  };
}
