"""What a rule would have fired."""
