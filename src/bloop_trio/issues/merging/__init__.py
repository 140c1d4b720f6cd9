"""Several fingerprints under one issue, put together by people."""
