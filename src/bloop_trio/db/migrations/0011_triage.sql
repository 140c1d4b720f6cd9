-- What people do with an issue beyond its status, and what ends a status by itself.

-- The releases of a project, in the order in which they came.
CREATE TABLE releases (
  project_no     INTEGER NOT NULL,
  release        TEXT NOT NULL,
  first_seen_ms  INTEGER NOT NULL,
  PRIMARY KEY (project_no, release)
) STRICT, WITHOUT ROWID;
CREATE INDEX releases_by_first_seen ON releases (project_no, first_seen_ms);
INSERT INTO releases (project_no, release, first_seen_ms)
  SELECT project_no, release, min(first_seen_ms) FROM issue_counts GROUP BY project_no, release;

-- When a muted issue is unresolved again by itself: at the first of what is set.
CREATE TABLE issue_snoozes (
  issue_id       INTEGER PRIMARY KEY REFERENCES issues (id),
  until_ms       INTEGER,
  until_count    INTEGER,                      -- of the issue's total count
  more_events    INTEGER,                      -- how many were asked for, to say so
  until_users    INTEGER,                      -- of the users that it has affected
  more_users     INTEGER,
  after_release  TEXT                          -- the first event of a later release
) STRICT;
CREATE INDEX issue_snoozes_by_time ON issue_snoozes (until_ms) WHERE until_ms IS NOT NULL;

-- In which release a resolved issue is fixed: events of earlier ones do not bring it back.
CREATE TABLE issue_fixes (
  issue_id  INTEGER PRIMARY KEY REFERENCES issues (id),
  release   TEXT NOT NULL,
  is_next   INTEGER NOT NULL CHECK (is_next IN (0, 1))  -- fixed in the release that comes after it
) STRICT;

CREATE TABLE issue_assignments (
  issue_id       INTEGER PRIMARY KEY REFERENCES issues (id),
  project_no     INTEGER NOT NULL,
  user_id        TEXT NOT NULL REFERENCES users (id),
  assigned_secs  INTEGER NOT NULL
) STRICT;
CREATE INDEX issue_assignments_by_user ON issue_assignments (user_id, project_no);

-- What happened to an issue beside its status: comments, assignments, merges.
CREATE TABLE issue_activity (
  id               INTEGER PRIMARY KEY,         -- of the same sequence as changes of status: both have one order
  issue_id         INTEGER NOT NULL REFERENCES issues (id),
  origin_issue_id  INTEGER,                    -- whose it was before it was merged into this one
  kind             TEXT NOT NULL,
  actor            TEXT,                       -- user id or token:<id>; NULL: the system
  at_ms            INTEGER NOT NULL,
  edited_ms        INTEGER,
  content          TEXT NOT NULL               -- JSON object
) STRICT;
CREATE INDEX issue_activity_by_issue ON issue_activity (issue_id);

-- Changes of many issues at once, each of which can be undone as a whole.
CREATE TABLE status_change_sets (
  id          TEXT PRIMARY KEY,                -- UUID
  project_no  INTEGER NOT NULL REFERENCES projects (no),
  changed_by  TEXT,
  changed_ms  INTEGER NOT NULL,
  undone_ms   INTEGER
) STRICT;
CREATE INDEX status_change_sets_by_time ON status_change_sets (changed_ms);
CREATE INDEX status_change_sets_by_project ON status_change_sets (project_no);
ALTER TABLE status_changes ADD COLUMN set_id TEXT REFERENCES status_change_sets (id);
-- The snooze or the fix that the change put an end to, as a JSON object: what undoes the change brings it back.
ALTER TABLE status_changes ADD COLUMN ended TEXT;
CREATE INDEX status_changes_by_set ON status_changes (set_id) WHERE set_id IS NOT NULL;
