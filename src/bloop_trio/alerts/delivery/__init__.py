"""The way of an alert to those who are to hear of it."""
