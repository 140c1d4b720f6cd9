-- Numbers of issues and of changes of status are never given twice: who has looked at all up to one of them goes on
-- after it, and a merged issue gets its own number back.
INSERT INTO sequences (name, value)
  SELECT 'issue_id', coalesce(max(id), 0) FROM issues
  UNION ALL
  SELECT 'status_change_id', coalesce(max(id), 0) FROM status_changes;
