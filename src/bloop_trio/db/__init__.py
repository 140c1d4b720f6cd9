"""Connections, migrations and the locks of the SQLite store."""
