-- Lists in every order and by every filter, without counting anything when they are read.

-- An event that was received before this moment does not bring its issue back.
ALTER TABLE issues ADD COLUMN status_changed_ms INTEGER;

DROP INDEX issues_by_status;
-- The orders of a list; the id settles ties. What filters look at stands in the index, as the rows themselves are wide.
CREATE INDEX issues_by_last_seen ON issues (project_no, status, last_seen_ms, id, source, route_or_procedure);
CREATE INDEX issues_by_total_count
  ON issues (project_no, status, total_count, id, source, route_or_procedure, last_seen_ms);
CREATE INDEX issues_by_first_seen ON issues (project_no, status, first_seen_ms, id, source, route_or_procedure);
-- What a filter finds, and how much of it has a status.
CREATE INDEX issues_by_source ON issues (project_no, source, status);
CREATE INDEX issues_by_route ON issues (project_no, route_or_procedure, status);

-- Status, source and route are the issue's own, repeated here so that a list reads one table. A row has an id of its
-- own, since eight indexes refer to it.
CREATE TABLE release_counts (
  id                  INTEGER PRIMARY KEY,
  fingerprint_id      INTEGER NOT NULL REFERENCES issue_fingerprints (id),
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
INSERT INTO release_counts (fingerprint_id, release, environment, project_no, status, source, route_or_procedure,
                            total_count, first_seen_ms, last_seen_ms)
  SELECT c.fingerprint_id, c.release, c.environment, c.project_no, i.status, i.source, i.route_or_procedure,
         c.total_count, c.first_seen_ms, c.last_seen_ms
  FROM issue_counts AS c
  JOIN issue_fingerprints AS f ON f.id = c.fingerprint_id
  JOIN issues AS i ON i.id = f.issue_id;
DROP TABLE issue_counts;
ALTER TABLE release_counts RENAME TO issue_counts;
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

-- How many issues of each status a project has.
CREATE TABLE issue_totals (
  project_no  INTEGER NOT NULL,
  status      TEXT NOT NULL,
  count       INTEGER NOT NULL,
  PRIMARY KEY (project_no, status)
) STRICT, WITHOUT ROWID;
INSERT INTO issue_totals (project_no, status, count)
  SELECT project_no, status, count(*) FROM issues GROUP BY project_no, status;

-- The events of each release, environment, source and route: what a filter can be set to.
CREATE TABLE facet_counts (
  project_no    INTEGER NOT NULL,
  facet         TEXT NOT NULL CHECK (facet IN ('release', 'environment', 'source', 'route')),
  value         TEXT NOT NULL,
  total_count   INTEGER NOT NULL,
  last_seen_ms  INTEGER NOT NULL,
  PRIMARY KEY (project_no, facet, value)
) STRICT, WITHOUT ROWID;
INSERT INTO facet_counts (project_no, facet, value, total_count, last_seen_ms)
  SELECT project_no, 'release', release, sum(total_count), max(last_seen_ms)
    FROM issue_counts GROUP BY project_no, release
  UNION ALL
  SELECT project_no, 'environment', environment, sum(total_count), max(last_seen_ms)
    FROM issue_counts GROUP BY project_no, environment
  UNION ALL
  SELECT project_no, 'source', source, sum(total_count), max(last_seen_ms)
    FROM issues GROUP BY project_no, source
  UNION ALL
  SELECT r.project_no, 'route', r.route_or_procedure, r.total_count, coalesce(max(i.last_seen_ms), 0)
    FROM route_counts AS r
    LEFT JOIN issues AS i ON i.project_no = r.project_no AND i.route_or_procedure = r.route_or_procedure
    GROUP BY r.project_no, r.route_or_procedure;
CREATE INDEX facet_counts_by_total ON facet_counts (project_no, facet, total_count);
DROP TABLE route_counts;
