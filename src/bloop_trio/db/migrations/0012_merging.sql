-- Several fingerprints under one issue, put together by people.

-- An issue that was merged into another one, as it was before. The tree keeps what was merged into it earlier.
CREATE TABLE merged_issues (
  id                  INTEGER PRIMARY KEY,     -- the number that it had, and gets back
  project_no          INTEGER NOT NULL REFERENCES projects (no),
  parent_id           INTEGER NOT NULL,        -- what it was merged into: an issue, or one that was merged itself since
  fingerprint         TEXT NOT NULL,
  status              TEXT NOT NULL,
  status_changed_ms   INTEGER,
  regressed_ms        INTEGER,
  error_type          TEXT NOT NULL,
  message             TEXT NOT NULL,
  source              TEXT NOT NULL,
  route_or_procedure  TEXT,
  screen              TEXT,
  frames              TEXT,                    -- what is searched beside its texts; NULL: not in the index yet
  parts               TEXT,
  ended               TEXT,                    -- the snooze or the fix that the merge put an end to, as JSON
  assigned_to         TEXT,                    -- a user's id
  assigned_secs       INTEGER,
  merged_by           TEXT,                    -- user id or token:<id>
  merged_ms           INTEGER NOT NULL,
  UNIQUE (project_no, fingerprint)
) STRICT;
CREATE INDEX merged_issues_by_parent ON merged_issues (parent_id);

-- The issue that a fingerprint belongs to by itself; NULL: the one that it belongs to now.
ALTER TABLE issue_fingerprints ADD COLUMN home_issue_id INTEGER;
-- The fingerprint that has the counts by release of all fingerprints of the issue; NULL: it has its own.
ALTER TABLE issue_fingerprints ADD COLUMN head_id INTEGER;

-- What each fingerprint with a head adds to the counts of that head.
CREATE TABLE merged_counts (
  fingerprint_id  INTEGER NOT NULL REFERENCES issue_fingerprints (id),
  release         TEXT NOT NULL,
  environment     TEXT NOT NULL,
  total_count     INTEGER NOT NULL,
  first_seen_ms   INTEGER NOT NULL,
  last_seen_ms    INTEGER NOT NULL,
  PRIMARY KEY (fingerprint_id, release, environment)
) STRICT, WITHOUT ROWID;

-- Whose a change of status was before its issue was merged into another one.
ALTER TABLE status_changes ADD COLUMN origin_issue_id INTEGER;

-- A merged issue stays in the index of the search under its own number.
DROP VIEW issue_search_sources;
CREATE VIEW issue_search_sources AS
  SELECT i.id, 'p' || i.project_no AS project, i.error_type, i.message, coalesce(i.route_or_procedure, '') AS route,
         t.frames, t.parts
  FROM issue_search_texts AS t JOIN issues AS i ON i.id = t.issue_id
  UNION ALL
  SELECT id, 'p' || project_no, error_type, message, coalesce(route_or_procedure, ''), frames, parts
  FROM merged_issues WHERE frames IS NOT NULL;
