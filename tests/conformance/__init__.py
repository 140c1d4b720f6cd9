"""The running server against the OpenAPI document that it serves itself: `nox -s api`."""
