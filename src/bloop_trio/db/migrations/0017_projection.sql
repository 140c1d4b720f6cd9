-- What a copy of the counts needs to follow them without comparing all of it.

-- The numbers of issues whose counts have changed otherwise than by events: merged, taken apart or gone. A ring of the
-- newest: whoever has not looked for longer starts anew.
CREATE TABLE issue_moves (
  slot      INTEGER PRIMARY KEY,               -- no modulo the size of the ring
  no        INTEGER NOT NULL,                  -- runs on for ever
  moved_id  INTEGER NOT NULL
) STRICT;
-- Hours that began then or earlier are being removed, or have been.
INSERT INTO sequences (name, value) VALUES ('issue_move', 0), ('hours_pruned_ms', 0);

CREATE TRIGGER issue_fingerprints_moved AFTER UPDATE OF issue_id ON issue_fingerprints
WHEN old.issue_id <> new.issue_id BEGIN
  UPDATE sequences SET value = value + 2 WHERE name = 'issue_move';
  INSERT OR REPLACE INTO issue_moves (slot, no, moved_id)
    SELECT (value - 1) % 16384, value - 1, old.issue_id FROM sequences WHERE name = 'issue_move'
    UNION ALL
    SELECT value % 16384, value, new.issue_id FROM sequences WHERE name = 'issue_move';
END;
CREATE TRIGGER issue_fingerprints_deleted AFTER DELETE ON issue_fingerprints BEGIN
  UPDATE sequences SET value = value + 1 WHERE name = 'issue_move';
  INSERT OR REPLACE INTO issue_moves (slot, no, moved_id)
    SELECT value % 16384, value, old.issue_id FROM sequences WHERE name = 'issue_move';
END;
