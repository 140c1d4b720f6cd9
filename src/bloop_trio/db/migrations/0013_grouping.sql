-- How the events of a project are grouped, where that is not as usual.

CREATE TABLE project_grouping (
  project_no    INTEGER PRIMARY KEY REFERENCES projects (no),
  version       INTEGER NOT NULL CHECK (version IN (1, 2)),
  has_used_2    INTEGER NOT NULL CHECK (has_used_2 IN (0, 1)),  -- issues of version 2 may be there
  rules         TEXT NOT NULL,                 -- JSON array; the first that matches decides
  updated_secs  INTEGER NOT NULL
) STRICT;
INSERT INTO generations (name, value) VALUES ('grouping', 1);
