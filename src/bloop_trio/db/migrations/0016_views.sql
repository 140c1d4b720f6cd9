-- Filters of lists that people have given a name.

CREATE TABLE saved_views (
  id            TEXT PRIMARY KEY,              -- UUID
  project_no    INTEGER REFERENCES projects (no),  -- NULL: for all projects
  name          TEXT NOT NULL,
  query         TEXT NOT NULL,                 -- as it is typed: is:unresolved release:1.2
  sort          TEXT NOT NULL,
  is_shared     INTEGER NOT NULL CHECK (is_shared IN (0, 1)),  -- seen by everybody, or by whoever saved it
  created_by    TEXT,                          -- a user's id; NULL: a shared one of somebody who was removed
  created_secs  INTEGER NOT NULL
) STRICT;
CREATE INDEX saved_views_by_project ON saved_views (project_no, is_shared);
CREATE UNIQUE INDEX saved_views_by_name ON saved_views (created_by, coalesce(project_no, 0), name);

-- The release of the event that brought an issue back.
ALTER TABLE status_changes ADD COLUMN in_release TEXT;
