"""What happens to issues, told to whoever listens."""
