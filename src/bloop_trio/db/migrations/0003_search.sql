-- Full-text search over issues. The index is filled in the background, behind the events that create issues.

-- What is searched beside the texts of the issue itself.
CREATE TABLE issue_search_texts (
  issue_id  INTEGER PRIMARY KEY REFERENCES issues (id),
  frames    TEXT NOT NULL,                     -- top of the stack
  parts     TEXT NOT NULL                      -- words inside of names: connect timeout error
) STRICT;

-- All that one entry of the index was made of: taking an entry out needs the same texts again.
CREATE VIEW issue_search_sources AS
  SELECT i.id, 'p' || i.project_no AS project, i.error_type, i.message, coalesce(i.route_or_procedure, '') AS route,
         t.frames, t.parts
  FROM issue_search_texts AS t JOIN issues AS i ON i.id = t.issue_id;

CREATE VIRTUAL TABLE issue_search USING fts5 (
  project, error_type, message, route, frames, parts,
  content = 'issue_search_sources', content_rowid = 'id', columnsize = 0, tokenize = 'unicode61 remove_diacritics 2',
  prefix = '2 3'
);

INSERT INTO sequences (name, value) VALUES ('searchable_issue_id', 0);
