"""The tables of the projection.

No keys and no indexes: they would make the file several times as large and filling it as slow, and every question
reads whole columns.
"""

from __future__ import annotations

from typing import Final

SCHEMA_VERSION: Final = 1
"""Of these tables and of what is put into them: a file with another one is made anew."""

TABLES: Final = """
CREATE TABLE hours (
  issue_id     BIGINT,
  project_no   INTEGER,
  hour_ms      BIGINT,
  environment  VARCHAR,
  count        BIGINT
);
CREATE TABLE issues (
  issue_id       BIGINT,
  project_no     INTEGER,
  fingerprint    VARCHAR,
  error_type     VARCHAR,
  message        VARCHAR,
  first_seen_ms  BIGINT,
  last_seen_ms   BIGINT
);
CREATE TABLE issue_releases (
  issue_id       BIGINT,
  project_no     INTEGER,
  release        VARCHAR,
  environment    VARCHAR,
  count          BIGINT,
  first_seen_ms  BIGINT,
  last_seen_ms   BIGINT
);
CREATE TABLE projects (
  project_no  INTEGER,
  id          VARCHAR
);
"""
"""What questions are asked of. `hours` has one row for an issue, hour and environment, or several that add up."""

FEED: Final = "CREATE TABLE feed (name VARCHAR, value BIGINT);"
"""Beside them: what the file is, and how far it has been copied."""
