"""What people decide about issues, and what follows from it."""
