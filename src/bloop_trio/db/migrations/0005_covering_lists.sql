-- Walks along an order look at the index alone, and so do counts of what a filter finds in one status.

DROP INDEX issues_by_total_count;
DROP INDEX issues_by_source;
DROP INDEX issues_by_route;
CREATE INDEX issues_by_total_count
  ON issues (project_no, status, total_count, id, source, route_or_procedure, last_seen_ms);
CREATE INDEX issues_by_source ON issues (project_no, source, status);
CREATE INDEX issues_by_route ON issues (project_no, route_or_procedure, status);

DROP INDEX issue_counts_by_last_seen;
DROP INDEX issue_counts_by_total_count;
DROP INDEX issue_counts_by_first_seen;
DROP INDEX issue_counts_by_release;
DROP INDEX issue_counts_by_environment;
DROP INDEX issue_counts_by_source;
DROP INDEX issue_counts_by_route;
CREATE INDEX issue_counts_by_last_seen
  ON issue_counts (project_no, status, last_seen_ms, id, release, environment, source, route_or_procedure);
CREATE INDEX issue_counts_by_total_count
  ON issue_counts (project_no, status, total_count, id, release, environment, source, route_or_procedure, last_seen_ms);
CREATE INDEX issue_counts_by_first_seen
  ON issue_counts (project_no, status, first_seen_ms, id, release, environment, source, route_or_procedure);
CREATE INDEX issue_counts_by_release ON issue_counts (project_no, release, status, fingerprint_id);
CREATE INDEX issue_counts_by_environment ON issue_counts (project_no, environment, status, fingerprint_id);
CREATE INDEX issue_counts_by_source ON issue_counts (project_no, source, status);
CREATE INDEX issue_counts_by_route ON issue_counts (project_no, route_or_procedure, status);
