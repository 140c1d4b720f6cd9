-- Rules, where their alerts go, and every alert with what became of it.

CREATE TABLE alert_rules (
  id                  INTEGER PRIMARY KEY,
  project_no          INTEGER REFERENCES projects (no),  -- NULL: all projects
  name                TEXT NOT NULL,
  rule_type           TEXT NOT NULL,
  config              TEXT NOT NULL,           -- JSON object, with its type
  description         TEXT,
  environment_filter  TEXT,
  source_filter       TEXT,
  release_filter      TEXT,
  route_filter        TEXT,
  http_status_filter  TEXT,                    -- 503, or 5xx for all of their class
  is_enabled          INTEGER NOT NULL CHECK (is_enabled IN (0, 1)),
  created_secs        INTEGER NOT NULL,
  updated_secs        INTEGER NOT NULL,
  created_by          TEXT                     -- user id or token:<id>
) STRICT;
CREATE INDEX alert_rules_by_project ON alert_rules (project_no);

CREATE TABLE alert_channels (
  id            INTEGER PRIMARY KEY,
  rule_id       INTEGER NOT NULL REFERENCES alert_rules (id),
  channel_type  TEXT NOT NULL,
  config        TEXT NOT NULL,                 -- JSON object, secrets included
  created_secs  INTEGER NOT NULL
) STRICT;
CREATE INDEX alert_channels_by_rule ON alert_channels (rule_id);

-- One firing of a rule. It stays readable when the rule is gone.
CREATE TABLE alerts (
  id          INTEGER PRIMARY KEY,
  rule_id     INTEGER NOT NULL,
  rule_name   TEXT NOT NULL,
  project_no  INTEGER NOT NULL,
  subject     TEXT NOT NULL,                   -- the issue's fingerprint, or * for the project as a whole
  kind        TEXT NOT NULL,
  fired_ms    INTEGER NOT NULL,
  content     TEXT NOT NULL                    -- JSON: what it says
) STRICT;
CREATE INDEX alerts_by_project ON alerts (project_no, fired_ms);
CREATE INDEX alerts_by_rule ON alerts (rule_id, fired_ms);
CREATE INDEX alerts_by_time ON alerts (fired_ms);
CREATE INDEX alerts_by_subject ON alerts (rule_id, project_no, subject, id);

-- The outbox, and the log of what was delivered: one row for each alert and channel.
CREATE TABLE alert_deliveries (
  id            INTEGER PRIMARY KEY,
  alert_id      INTEGER NOT NULL REFERENCES alerts (id),
  channel_id    INTEGER,                       -- NULL: what the environment names for rules without channels
  channel_type  TEXT NOT NULL,
  state         TEXT NOT NULL CHECK (state IN ('pending', 'sent', 'failed', 'cancelled')),
  attempts      INTEGER NOT NULL,
  next_ms       INTEGER NOT NULL,              -- not to be tried before
  created_ms    INTEGER NOT NULL,
  finished_ms   INTEGER,
  http_status   INTEGER,                       -- of the last answer
  error         TEXT,                          -- of the last attempt
  digest_size   INTEGER                        -- alerts that went out together in one message
) STRICT;
CREATE INDEX alert_deliveries_pending ON alert_deliveries (channel_type, channel_id, next_ms, created_ms)
  WHERE state = 'pending';
CREATE INDEX alert_deliveries_by_alert ON alert_deliveries (alert_id);
CREATE INDEX alert_deliveries_by_creation ON alert_deliveries (created_ms);

CREATE TABLE alert_cooldowns (
  rule_id     INTEGER NOT NULL,
  project_no  INTEGER NOT NULL,
  subject     TEXT NOT NULL,
  until_ms    INTEGER NOT NULL,
  PRIMARY KEY (rule_id, project_no, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_cooldowns_by_end ON alert_cooldowns (until_ms);

-- Up to which issue, and which change of status, the rules have been judged.
CREATE TABLE alert_marks (
  name   TEXT PRIMARY KEY,
  value  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO alert_marks (name, value)
  SELECT 'issue_id', value FROM sequences WHERE name = 'issue_id'
  UNION ALL
  SELECT 'status_change_id', value FROM sequences WHERE name = 'status_change_id';

INSERT INTO generations (name, value) VALUES ('alert_rules', 1);

-- Numbers of rules and channels stay in logs and cooldowns when those are gone, so they are never given twice.
INSERT INTO sequences (name, value) VALUES ('alert_rule_id', 0), ('alert_channel_id', 0);
