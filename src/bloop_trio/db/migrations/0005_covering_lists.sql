-- Lists of several filters, and of whole issues by where they occurred, without fetching rows that do not match.

-- The issue stands beside its counts: whole issues are found by release and environment off one index.
CREATE TABLE placed_counts (
  id                  INTEGER PRIMARY KEY,
  fingerprint_id      INTEGER NOT NULL REFERENCES issue_fingerprints (id),
  issue_id            INTEGER NOT NULL REFERENCES issues (id),  -- the fingerprint's own, repeated
  release             TEXT NOT NULL,
  environment         TEXT NOT NULL,
  project_no          INTEGER NOT NULL,
  status              TEXT NOT NULL,
  source              TEXT NOT NULL,
  route_or_procedure  TEXT,
  total_count         INTEGER NOT NULL,
  first_seen_ms       INTEGER NOT NULL,
  last_seen_ms        INTEGER NOT NULL,
  UNIQUE (fingerprint_id, release, environment)
) STRICT;
INSERT INTO placed_counts (id, fingerprint_id, issue_id, release, environment, project_no, status, source,
                           route_or_procedure, total_count, first_seen_ms, last_seen_ms)
  SELECT c.id, c.fingerprint_id, f.issue_id, c.release, c.environment, c.project_no, c.status, c.source,
         c.route_or_procedure, c.total_count, c.first_seen_ms, c.last_seen_ms
  FROM issue_counts AS c CROSS JOIN issue_fingerprints AS f ON f.id = c.fingerprint_id
  ORDER BY c.id;
DROP TABLE issue_counts;
ALTER TABLE placed_counts RENAME TO issue_counts;

-- The orders of a list. They change with every event, so they hold no more than a walk looks at.
CREATE INDEX issue_counts_by_last_seen
  ON issue_counts (project_no, status, last_seen_ms, id, release, environment, source, route_or_procedure, issue_id);
CREATE INDEX issue_counts_by_total_count
  ON issue_counts (project_no, status, total_count, id, release, environment, source, route_or_procedure, issue_id,
                   last_seen_ms);
CREATE INDEX issue_counts_by_first_seen
  ON issue_counts (project_no, status, first_seen_ms, id, release, environment, source, route_or_procedure, issue_id);
-- What a filter finds; the other filters are checked within the index.
CREATE INDEX issue_counts_by_release
  ON issue_counts (project_no, release, status, environment, source, route_or_procedure, issue_id);
CREATE INDEX issue_counts_by_environment
  ON issue_counts (project_no, environment, status, release, source, route_or_procedure, issue_id);
CREATE INDEX issue_counts_by_source
  ON issue_counts (project_no, source, status, release, environment, route_or_procedure, issue_id);
CREATE INDEX issue_counts_by_route
  ON issue_counts (project_no, route_or_procedure, status, release, environment, source, issue_id);
-- Where an issue has occurred.
CREATE INDEX issue_counts_by_issue ON issue_counts (issue_id, release, environment);

DROP INDEX issues_by_source;
CREATE INDEX issues_by_source ON issues (project_no, source, status, route_or_procedure);
DROP INDEX issues_by_route;
CREATE INDEX issues_by_route ON issues (project_no, route_or_procedure, status, source);
