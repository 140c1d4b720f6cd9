-- How much may be stored.

-- Limits in bytes that administrators have set: of the whole database where there is no project.
CREATE TABLE byte_budgets (
  project_no  INTEGER PRIMARY KEY,             -- 0: the whole database
  max_bytes   INTEGER NOT NULL CHECK (max_bytes > 0)
) STRICT;

-- What the events of a project take in the table of a day.
ALTER TABLE event_day_counts ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;

-- Days after which an issue goes that has not been seen any more. Without a row, issues stay.
CREATE TABLE aggregate_retention (
  one   INTEGER PRIMARY KEY CHECK (one = 1),
  days  INTEGER NOT NULL CHECK (days BETWEEN 1 AND 36500)
) STRICT;

-- Events of issues that were not made, as too many new ones came in a minute; and events that were only counted.
ALTER TABLE project_counts_hourly ADD COLUMN overflowed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE project_counts_hourly ADD COLUMN thinned INTEGER NOT NULL DEFAULT 0;
