"""How accepted events become rows."""
