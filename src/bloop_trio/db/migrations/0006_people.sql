-- Who may sign in, and who did what.

CREATE TABLE users (
  id            TEXT PRIMARY KEY,              -- UUID; its 16 bytes are the user handle of passkeys
  username      TEXT NOT NULL,                 -- as people see it
  username_key  TEXT NOT NULL UNIQUE,          -- as it is compared
  is_admin      INTEGER NOT NULL CHECK (is_admin IN (0, 1)),
  created_secs  INTEGER NOT NULL
) STRICT;

CREATE TABLE passkeys (
  id              TEXT PRIMARY KEY,            -- UUID, by which it is managed
  user_id         TEXT NOT NULL REFERENCES users (id),
  credential_id   BLOB NOT NULL UNIQUE,        -- the authenticator's name for it
  public_key      BLOB NOT NULL,               -- COSE
  sign_count      INTEGER NOT NULL,            -- 0: the authenticator does not count
  transports      TEXT NOT NULL,               -- JSON array, as the browser told
  is_synced       INTEGER NOT NULL CHECK (is_synced IN (0, 1)),  -- backed up by its provider
  name            TEXT NOT NULL,
  created_secs    INTEGER NOT NULL,
  last_used_secs  INTEGER
) STRICT;
CREATE INDEX passkeys_by_user ON passkeys (user_id, created_secs);

CREATE TABLE sessions (
  id              TEXT PRIMARY KEY,            -- UUID, by which it is listed and ended
  token_hash      TEXT NOT NULL UNIQUE,        -- SHA-256 hex of the cookie's value
  user_id         TEXT NOT NULL REFERENCES users (id),
  created_secs    INTEGER NOT NULL,
  expires_secs    INTEGER NOT NULL,
  last_used_secs  INTEGER NOT NULL,
  address         TEXT NOT NULL,               -- where the sign-in came from
  user_agent      TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id, created_secs);
CREATE INDEX sessions_by_expiry ON sessions (expires_secs);

CREATE TABLE invites (
  id            TEXT PRIMARY KEY,              -- UUID, by which it is listed and revoked
  token_hash    TEXT NOT NULL UNIQUE,          -- SHA-256 hex of what stands in the link
  token_prefix  TEXT NOT NULL,                 -- for people to tell invites apart
  is_admin      INTEGER NOT NULL CHECK (is_admin IN (0, 1)),     -- what the new user becomes
  created_by    TEXT REFERENCES users (id),    -- NULL: the shell, or somebody who was removed
  created_secs  INTEGER NOT NULL,
  expires_secs  INTEGER NOT NULL,
  used_by       TEXT REFERENCES users (id),
  used_secs     INTEGER,
  revoked_secs  INTEGER
) STRICT;
CREATE INDEX invites_by_creation ON invites (created_secs);

-- Every administrative act and status change. Names stand here as they were: what they named may be gone.
CREATE TABLE audit_entries (
  id           INTEGER PRIMARY KEY,
  at_ms        INTEGER NOT NULL,
  actor        TEXT,                           -- user id or token:<id>; NULL: the server or its shell
  actor_name   TEXT NOT NULL,
  address      TEXT,                           -- NULL: the server or its shell
  action       TEXT NOT NULL,
  target       TEXT,                           -- what it was done to, by id
  target_name  TEXT,
  project_id   TEXT,
  details      TEXT NOT NULL                   -- JSON object
) STRICT;
CREATE INDEX audit_entries_by_time ON audit_entries (at_ms);

-- A rotated key may go on for a while.
CREATE TABLE retired_keys (
  api_key       TEXT PRIMARY KEY,
  project_no    INTEGER NOT NULL REFERENCES projects (no),
  expires_secs  INTEGER NOT NULL
) STRICT;
CREATE INDEX retired_keys_by_project ON retired_keys (project_no);

-- A project that is being deleted: nothing lists it, and its data goes in slices.
ALTER TABLE projects ADD COLUMN deleted_secs INTEGER;
-- The number of a deleted project is never given to another one.
INSERT INTO sequences (name, value) SELECT 'project_no', coalesce(max(no), 0) FROM projects;

INSERT INTO generations (name, value) VALUES ('sessions', 1);
