"""An event as it is sent and as it is taken, and where each one went."""
