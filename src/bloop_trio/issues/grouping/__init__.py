"""Which events are the same issue."""
