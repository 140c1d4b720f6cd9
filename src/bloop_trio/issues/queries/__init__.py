"""What is read back of the issues: synchronous functions over a connection, for `Readers.run`.

Each text of SQL is built from the filters in use, is confined to one project, and has a LIMIT.
"""
