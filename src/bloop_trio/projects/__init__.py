"""Projects and the keys that sign their events."""
