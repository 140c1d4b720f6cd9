-- How long data is kept, and how much of it there is.

-- What administrators have set. Without a row, it is as configured or built in.
CREATE TABLE retention_settings (
  name  TEXT PRIMARY KEY CHECK (name IN ('raw_events_days', 'hourly_counts_days')),
  days  INTEGER NOT NULL CHECK (days BETWEEN 1 AND 3650)
) STRICT, WITHOUT ROWID;

-- Projects whose events are kept for another time than those of all others.
CREATE TABLE project_retention (
  project_no       INTEGER PRIMARY KEY REFERENCES projects (no),
  raw_events_days  INTEGER NOT NULL CHECK (raw_events_days BETWEEN 1 AND 3650)
) STRICT;

-- How many events of a project are in the table of a day: added to by each batch, taken from by each removal.
CREATE TABLE event_day_counts (
  day         TEXT NOT NULL,
  project_no  INTEGER NOT NULL,
  count       INTEGER NOT NULL,
  PRIMARY KEY (day, project_no)
) STRICT, WITHOUT ROWID;

-- Days that are older than these counts. The server counts them when it starts.
CREATE TABLE uncounted_days (
  day  TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
INSERT INTO uncounted_days (day)
  SELECT substr(name, 8) FROM sqlite_master WHERE type = 'table' AND name GLOB 'events_[0-9]*';

-- How many rows a large table has. An upsert that updates does not fire the trigger of an insertion.
CREATE TABLE row_counts (
  name   TEXT PRIMARY KEY,
  count  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO row_counts (name, count) SELECT 'event_counts_hourly', count(*) FROM event_counts_hourly;
CREATE TRIGGER event_counts_hourly_inserted AFTER INSERT ON event_counts_hourly BEGIN
  UPDATE row_counts SET count = count + 1 WHERE name = 'event_counts_hourly';
END;
CREATE TRIGGER event_counts_hourly_deleted AFTER DELETE ON event_counts_hourly BEGIN
  UPDATE row_counts SET count = count - 1 WHERE name = 'event_counts_hourly';
END;
