-- Times end in their unit: *_ms is epoch milliseconds, *_secs is epoch seconds.

CREATE TABLE projects (
  no            INTEGER PRIMARY KEY,           -- short key that leads every other table
  id            TEXT NOT NULL UNIQUE,
  name          TEXT NOT NULL,
  slug          TEXT NOT NULL UNIQUE,
  api_key       TEXT NOT NULL UNIQUE,          -- readable: it is the MAC key
  created_secs  INTEGER NOT NULL,
  created_by    TEXT
) STRICT;

CREATE TABLE bearer_tokens (
  id              TEXT PRIMARY KEY,
  name            TEXT NOT NULL,
  token_hash      TEXT NOT NULL UNIQUE,        -- SHA-256 hex of the plaintext
  token_prefix    TEXT NOT NULL,
  project_no      INTEGER NOT NULL REFERENCES projects (no),
  created_by      TEXT,
  scopes          TEXT NOT NULL,               -- JSON array
  created_secs    INTEGER NOT NULL,
  expires_secs    INTEGER,
  last_used_secs  INTEGER,
  revoked_secs    INTEGER
) STRICT;
CREATE INDEX bearer_tokens_by_project ON bearer_tokens (project_no, created_secs);

-- A row is bumped in the transaction that changes what it stands for, so that caches know when to reload.
CREATE TABLE generations (
  name   TEXT PRIMARY KEY,
  value  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO generations (name, value) VALUES ('projects', 1), ('tokens', 1);

-- Numbers that must never run backwards although the rows that used them age out.
CREATE TABLE sequences (
  name   TEXT PRIMARY KEY,
  value  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO sequences (name, value) VALUES ('event_id', 0);

CREATE TABLE issues (
  id                  INTEGER PRIMARY KEY,
  project_no          INTEGER NOT NULL REFERENCES projects (no),
  fingerprint         TEXT NOT NULL,           -- the first fingerprint, by which the issue is addressed
  status              TEXT NOT NULL CHECK (status IN ('unresolved', 'resolved', 'ignored', 'muted')),
  first_seen_ms       INTEGER NOT NULL,
  last_seen_ms        INTEGER NOT NULL,
  total_count         INTEGER NOT NULL,
  regressed_ms        INTEGER,                 -- when it last came back after having been resolved
  error_type          TEXT NOT NULL,
  message             TEXT NOT NULL,
  source              TEXT NOT NULL,
  route_or_procedure  TEXT,
  screen              TEXT,
  UNIQUE (project_no, fingerprint)
) STRICT;
CREATE INDEX issues_by_status ON issues (project_no, status);

-- Several fingerprints can belong to one issue; everything counted hangs on the fingerprint.
CREATE TABLE issue_fingerprints (
  id           INTEGER PRIMARY KEY,
  project_no   INTEGER NOT NULL REFERENCES projects (no),
  fingerprint  TEXT NOT NULL,
  issue_id     INTEGER NOT NULL REFERENCES issues (id),
  UNIQUE (project_no, fingerprint)
) STRICT;
CREATE INDEX issue_fingerprints_by_issue ON issue_fingerprints (issue_id);

CREATE TABLE issue_counts (
  fingerprint_id  INTEGER NOT NULL REFERENCES issue_fingerprints (id),
  release         TEXT NOT NULL,
  environment     TEXT NOT NULL,
  project_no      INTEGER NOT NULL,
  total_count     INTEGER NOT NULL,
  first_seen_ms   INTEGER NOT NULL,
  last_seen_ms    INTEGER NOT NULL,
  PRIMARY KEY (fingerprint_id, release, environment)
) STRICT, WITHOUT ROWID;
CREATE INDEX issue_counts_by_last_seen ON issue_counts (project_no, last_seen_ms);

CREATE TABLE route_counts (
  project_no          INTEGER NOT NULL,
  route_or_procedure  TEXT NOT NULL,
  total_count         INTEGER NOT NULL,
  PRIMARY KEY (project_no, route_or_procedure)
) STRICT, WITHOUT ROWID;

CREATE TABLE event_counts_hourly (
  fingerprint_id  INTEGER NOT NULL,
  hour_ms         INTEGER NOT NULL,
  environment     TEXT NOT NULL,
  source          TEXT NOT NULL,
  count           INTEGER NOT NULL,
  PRIMARY KEY (fingerprint_id, hour_ms, environment, source)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_counts_hourly_by_hour ON event_counts_hourly (hour_ms);

CREATE TABLE project_counts_hourly (
  project_no  INTEGER NOT NULL,
  hour_ms     INTEGER NOT NULL,
  count       INTEGER NOT NULL,
  PRIMARY KEY (project_no, hour_ms)
) STRICT, WITHOUT ROWID;

-- Short-lived counts in buckets of 10 seconds: six of them are a minute.
CREATE TABLE event_counts_recent (
  bucket_ms       INTEGER NOT NULL,
  fingerprint_id  INTEGER NOT NULL,
  environment     TEXT NOT NULL,
  source          TEXT NOT NULL,
  project_no      INTEGER NOT NULL,
  count           INTEGER NOT NULL,
  PRIMARY KEY (bucket_ms, fingerprint_id, environment, source)
) STRICT, WITHOUT ROWID;

-- A ring of the newest occurrences of a fingerprint, kept for ever: slot = running number modulo the ring's size.
CREATE TABLE samples (
  fingerprint_id  INTEGER NOT NULL REFERENCES issue_fingerprints (id),
  slot            INTEGER NOT NULL,
  event_id        INTEGER NOT NULL,
  received_ms     INTEGER NOT NULL,
  timestamp_ms    INTEGER NOT NULL,
  release         TEXT NOT NULL,
  environment     TEXT NOT NULL,
  source          TEXT NOT NULL,
  payload         BLOB NOT NULL,
  PRIMARY KEY (fingerprint_id, slot)
) STRICT, WITHOUT ROWID;

CREATE TABLE status_changes (
  id          INTEGER PRIMARY KEY,
  issue_id    INTEGER NOT NULL REFERENCES issues (id),
  old_status  TEXT NOT NULL,
  new_status  TEXT NOT NULL,
  changed_by  TEXT,                            -- NULL: the system
  changed_ms  INTEGER NOT NULL,
  reason      TEXT
) STRICT;
CREATE INDEX status_changes_by_issue ON status_changes (issue_id, changed_ms);

-- Dictionaries of the payload codec. A row is needed for as long as any payload names it.
CREATE TABLE payload_dictionaries (
  id          INTEGER PRIMARY KEY,             -- the id that zstd writes into each frame
  created_ms  INTEGER NOT NULL,
  dictionary  BLOB NOT NULL
) STRICT;

-- Events that could not be stored although the rest of their batch could.
CREATE TABLE dead_letters (
  id           INTEGER PRIMARY KEY,
  project_no   INTEGER NOT NULL,
  received_ms  INTEGER NOT NULL,
  fingerprint  TEXT NOT NULL,
  error        TEXT NOT NULL,
  payload      BLOB NOT NULL
) STRICT;
CREATE INDEX dead_letters_by_received ON dead_letters (received_ms);
