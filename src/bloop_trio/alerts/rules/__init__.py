"""Alert rules and their channels: what they say, whose they are, and how they are changed."""
