"""Saved views: filters of lists that people have given a name."""
