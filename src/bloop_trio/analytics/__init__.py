"""Insights: a copy of the counts in a file that is fast to calculate on, and the questions that it answers."""
