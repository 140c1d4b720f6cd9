"""Speed and size of a real server under load: ``python -m benchmarks`` prints one table."""
