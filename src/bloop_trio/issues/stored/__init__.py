"""How events and issues lie in the database."""
