"""The kit that routes are made of."""
