-- Source maps, by which the frames of minified stacks lead back to the sources.

CREATE TABLE source_maps (
  id             TEXT PRIMARY KEY,             -- UUID; a map that is uploaded again gets another one
  project_no     INTEGER NOT NULL REFERENCES projects (no),
  release        TEXT NOT NULL,
  file           TEXT NOT NULL,                -- as it was uploaded: assets/app.js.map
  debug_id       TEXT,                         -- UUID that the bundler has put into script and map
  size_bytes     INTEGER NOT NULL,             -- of the map
  stored_bytes   INTEGER NOT NULL,             -- of `content`
  uploaded_secs  INTEGER NOT NULL,
  uploaded_by    TEXT,                         -- user id or token:<id>; NULL: a command
  content        BLOB NOT NULL                 -- zstd
) STRICT;
CREATE UNIQUE INDEX source_maps_by_name ON source_maps (project_no, release, file);
CREATE INDEX source_maps_by_debug_id ON source_maps (project_no, debug_id) WHERE debug_id IS NOT NULL;
CREATE INDEX source_maps_by_upload ON source_maps (project_no, uploaded_secs);
