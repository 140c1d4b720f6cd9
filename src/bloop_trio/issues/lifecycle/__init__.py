"""The life of an issue: its statuses, what ends them, and what brings it back."""
