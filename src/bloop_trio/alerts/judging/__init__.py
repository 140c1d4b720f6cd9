"""Whether what has happened is what a rule watches for."""
