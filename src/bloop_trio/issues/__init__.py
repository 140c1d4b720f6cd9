"""Errors as users know them: events in, grouped into issues, read back."""
