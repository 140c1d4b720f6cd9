-- Whom issues happen to.

-- The distinct users of a fingerprint: their hashes while they are few, a sketch of them beyond.
CREATE TABLE fingerprint_users (
  fingerprint_id  INTEGER PRIMARY KEY REFERENCES issue_fingerprints (id),
  is_sketch       INTEGER NOT NULL CHECK (is_sketch IN (0, 1)),
  count           INTEGER NOT NULL,            -- exact, or what the sketch tells
  users           BLOB NOT NULL
) STRICT;
