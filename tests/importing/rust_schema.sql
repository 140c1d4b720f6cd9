-- The tables of the Rust server that matter to an import, and some that do not.
CREATE TABLE _migrations (id INTEGER PRIMARY KEY, name TEXT NOT NULL, applied INTEGER NOT NULL);
CREATE TABLE webauthn_users (
  id TEXT PRIMARY KEY, username TEXT NOT NULL UNIQUE, display_name TEXT NOT NULL, created_at INTEGER NOT NULL,
  is_admin INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE sessions (token TEXT PRIMARY KEY, user_id TEXT NOT NULL, created_at INTEGER, expires_at INTEGER);
CREATE TABLE projects (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, slug TEXT NOT NULL UNIQUE, api_key TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL, created_by TEXT REFERENCES webauthn_users (id)
);
CREATE TABLE bearer_tokens (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, token_hash TEXT NOT NULL UNIQUE, token_prefix TEXT NOT NULL,
  project_id TEXT NOT NULL, created_by TEXT, scopes TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER,
  last_used_at INTEGER, revoked_at INTEGER
);
CREATE TABLE raw_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp INTEGER NOT NULL, source TEXT NOT NULL, environment TEXT NOT NULL,
  release TEXT NOT NULL, app_version TEXT, build_number TEXT, route_or_procedure TEXT, screen TEXT,
  error_type TEXT NOT NULL, message TEXT NOT NULL, stack TEXT, http_status INTEGER, request_id TEXT, user_id_hash TEXT,
  device_id_hash TEXT, fingerprint TEXT NOT NULL, metadata TEXT, received_at INTEGER NOT NULL,
  project_id TEXT NOT NULL DEFAULT 'default'
);
CREATE INDEX raw_events_by_received ON raw_events (project_id, received_at);
CREATE TABLE error_aggregates (
  project_id TEXT NOT NULL DEFAULT 'default', fingerprint TEXT NOT NULL, release TEXT NOT NULL,
  environment TEXT NOT NULL, total_count INTEGER NOT NULL DEFAULT 0, first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL, error_type TEXT NOT NULL, message TEXT NOT NULL, source TEXT NOT NULL,
  route_or_procedure TEXT, screen TEXT, status TEXT NOT NULL DEFAULT 'unresolved',
  PRIMARY KEY (project_id, fingerprint, release, environment)
);
CREATE TABLE sample_occurrences (
  id INTEGER PRIMARY KEY AUTOINCREMENT, fingerprint TEXT NOT NULL, captured_at INTEGER NOT NULL, source TEXT NOT NULL,
  environment TEXT NOT NULL, release TEXT NOT NULL, error_type TEXT NOT NULL, message TEXT NOT NULL, stack TEXT,
  request_id TEXT, metadata TEXT, project_id TEXT NOT NULL DEFAULT 'default', user_id_hash TEXT, device_id_hash TEXT,
  app_version TEXT, build_number TEXT, screen TEXT, http_status INTEGER, route_or_procedure TEXT
);
CREATE TABLE event_counts_hourly (
  project_id TEXT NOT NULL DEFAULT 'default', fingerprint TEXT NOT NULL, hour_bucket INTEGER NOT NULL,
  environment TEXT NOT NULL, source TEXT NOT NULL, count INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (project_id, fingerprint, hour_bucket, environment, source)
);
CREATE TABLE status_changes (
  id INTEGER PRIMARY KEY AUTOINCREMENT, project_id TEXT NOT NULL, fingerprint TEXT NOT NULL, old_status TEXT NOT NULL,
  new_status TEXT NOT NULL, changed_by TEXT, changed_at INTEGER NOT NULL
);
CREATE TABLE source_maps (
  id TEXT PRIMARY KEY, project_id TEXT NOT NULL, release TEXT NOT NULL, filename TEXT NOT NULL, map_data BLOB NOT NULL,
  uploaded_at INTEGER NOT NULL, uploaded_by TEXT, UNIQUE (project_id, release, filename)
);
CREATE TABLE alert_rules (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, rule_type TEXT NOT NULL, config TEXT NOT NULL,
  enabled INTEGER NOT NULL DEFAULT 1, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, project_id TEXT,
  description TEXT, environment_filter TEXT, source_filter TEXT
);
CREATE TABLE alert_channels (
  id INTEGER PRIMARY KEY, rule_id INTEGER NOT NULL REFERENCES alert_rules (id) ON DELETE CASCADE,
  channel_type TEXT NOT NULL, config TEXT NOT NULL, created_at INTEGER NOT NULL
);
CREATE TABLE llm_traces (id TEXT PRIMARY KEY);
