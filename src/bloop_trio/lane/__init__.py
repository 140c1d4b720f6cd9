"""The listener: an express lane for ingest, a guarded hand-over for the rest."""
