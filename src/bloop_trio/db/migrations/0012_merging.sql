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
  merged_by           TEXT,                    -- user id or token:<id>
  merged_ms           INTEGER NOT NULL,
  UNIQUE (project_no, fingerprint)
) STRICT;
CREATE INDEX merged_issues_by_parent ON merged_issues (parent_id);

-- The issue that a fingerprint belongs to by itself; NULL: the one that it belongs to now.
ALTER TABLE issue_fingerprints ADD COLUMN home_issue_id INTEGER;
-- Whose a change of status was before its issue was merged into another one.
ALTER TABLE status_changes ADD COLUMN origin_issue_id INTEGER;
