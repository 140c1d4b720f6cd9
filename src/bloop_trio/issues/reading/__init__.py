"""What is asked about issues, and how it is answered."""
