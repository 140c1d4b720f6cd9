-- How the events of a project are grouped, where that is not as usual.

CREATE TABLE project_grouping (
  project_no    INTEGER PRIMARY KEY REFERENCES projects (no),
  version       INTEGER NOT NULL CHECK (version IN (1, 2)),
  rules         TEXT NOT NULL,                 -- JSON array; the first that matches decides
  updated_secs  INTEGER NOT NULL,
  updated_by    TEXT
) STRICT;
