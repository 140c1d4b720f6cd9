"""Alerts: rules, their evaluation, and the channels that alerts go out by."""
