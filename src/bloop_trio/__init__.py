"""bloop: a self-hosted server for error events and LLM traces."""

__version__ = "0.1.0"
