-- What has been taken over from other databases, so that an import that was interrupted goes on where it was.

CREATE TABLE imports (
  id            INTEGER PRIMARY KEY,
  source        TEXT NOT NULL UNIQUE,          -- what the other database is told apart by
  state         TEXT NOT NULL,                 -- what was in it when the import began
  path          TEXT NOT NULL,
  started_ms    INTEGER NOT NULL,
  finished_ms   INTEGER
) STRICT;

-- What became of the rows of each table; without the remarks, their sum is how many of its rows are done.
CREATE TABLE import_rows (
  import_id     INTEGER NOT NULL REFERENCES imports (id),
  source_table  TEXT NOT NULL,
  outcome       TEXT NOT NULL CHECK (outcome IN ('imported', 'merged', 'skipped', 'remark')),
  reason        TEXT NOT NULL,
  rows          INTEGER NOT NULL,
  PRIMARY KEY (import_id, source_table, outcome, reason)
) STRICT, WITHOUT ROWID;
