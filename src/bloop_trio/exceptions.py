"""Every error that the product raises on purpose, as one tree.

BloopError
├── ConfigError                 a setting cannot be used: exit code 2, one line
├── CommandError                a command cannot do what was asked: exit code 1, one line
├── DatabaseError               the store cannot be used
│   ├── DatabaseRefusedError    the file is foreign, corrupt, or newer than this version
│   └── DatabaseLockedError     another server holds the database
└── RequestError                a request is answered with its status and ``{"error": message}``
    ├── BadRequestError 400 · AuthenticationError 401 · ForbiddenError 403 · NotFoundError 404
    ├── ConflictError 409 · BodyTooLargeError 413 · UnsupportedMediaTypeError 415
    ├── RateLimitedError 429
    └── UnavailableError 503    (QueryTimeoutError: a read ran into its time limit; StoreUnavailableError: the store
                                 refused a write)

Anything else that is raised is a bug: it is logged with its stack and answered with 500.
"""

from __future__ import annotations


class BloopError(Exception):
    """Base of every error that the product raises on purpose."""


class ConfigError(BloopError):
    """A setting cannot be used; the message names the key."""


class CommandError(BloopError):
    """A command cannot do what was asked; the message says what to do instead."""


class DatabaseError(BloopError):
    """The store cannot be used."""


class DatabaseRefusedError(DatabaseError):
    """The database file is foreign, corrupt, or newer than this version; nothing was changed."""


class DatabaseLockedError(DatabaseError):
    """Another server holds the database; stop it, or use another path."""


class RequestError(BloopError):
    """A request that is answered with `status` and its message."""

    status = 500

    def __init__(self, message: str, *, retry_after_secs: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after_secs = retry_after_secs


class BadRequestError(RequestError):
    """The request does not make sense as it stands."""

    status = 400


class AuthenticationError(RequestError):
    """No credential, or one that is not valid."""

    status = 401


class ForbiddenError(RequestError):
    """The credential is valid but may not do this."""

    status = 403


class NotFoundError(RequestError):
    """There is no such thing in the caller's scope."""

    status = 404


class ConflictError(RequestError):
    """Somebody else has what is asked for."""

    status = 409


class BodyTooLargeError(RequestError):
    """The body is larger than the route takes."""

    status = 413


class UnsupportedMediaTypeError(RequestError):
    """The body is of a type that the route does not take."""

    status = 415


class RateLimitedError(RequestError):
    """Too many requests from this address; try again after `retry_after_secs`."""

    status = 429


class UnavailableError(RequestError):
    """The server cannot do this now; try again."""

    status = 503


class QueryTimeoutError(UnavailableError):
    """A read ran into its time limit and was interrupted."""


class StoreUnavailableError(UnavailableError):
    """The store refused a write (disk full, locked); nothing of it was kept."""
