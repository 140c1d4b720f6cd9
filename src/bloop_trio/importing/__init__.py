"""Taking over what another server has stored."""
