"""How events come in: read, judged, counted, and put into the buffer."""
