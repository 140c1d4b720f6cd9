"""A project: the tenant that events belong to, and the rules for its key, slug and name. No I/O."""

from __future__ import annotations

import re
import secrets

import attrs

from bloop_trio.exceptions import BadRequestError

DEFAULT_SLUG = "default"
"""Id and slug of the project that always exists and takes what is sent without a project key."""

MAX_SLUG_CHARS = 100
MAX_GRACE_HOURS = 168
"""How long a key can go on after it was rotated away: a week, by which clients have been updated or will not be."""
MAX_RETIRED_KEYS = 3
"""Keys of one project that can go on beside the fresh one: a signature that names no project is tried with a bounded
number of keys, and those of other projects want their turn too."""

_KEY_PREFIX = "bloop_"
_SLUG = re.compile(r"[a-z0-9-]+")


@attrs.frozen(kw_only=True)
class Project:
    """One tenant, as stored."""

    no: int
    """Short key that leads every row of the project; never leaves the server."""
    id: str
    """What the API calls the project: a UUID, or ``default``."""
    name: str
    slug: str
    """Readable address; never changes."""
    api_key: str = attrs.field(repr=False)
    """Signs the project's events. Kept readable, since checking a signature needs the key itself."""
    created_secs: int
    created_by: str | None
    """Id of the user who created it; None when it was the server or a command."""


@attrs.frozen
class RetiredKey:
    """A key that was rotated away, and goes on for a while."""

    api_key: str = attrs.field(repr=False)
    project_no: int
    expires_secs: int
    """From here on it is worth nothing."""


def new_api_key() -> str:
    """Return a fresh project key: ``bloop_`` and 64 hexadecimal digits (256 random bits)."""
    return _KEY_PREFIX + secrets.token_hex(32)


def check_slug(slug: str) -> str:
    """Return the slug unchanged.

    Raises:
        BadRequestError: It is empty, longer than `MAX_SLUG_CHARS`, or has anything but a-z, 0-9 and hyphens.
    """
    if not slug:
        raise BadRequestError("slug is required")
    if _SLUG.fullmatch(slug) is None:
        raise BadRequestError("slug must be lowercase alphanumeric with hyphens")
    if len(slug) > MAX_SLUG_CHARS:
        raise BadRequestError(f"slug must be at most {MAX_SLUG_CHARS} characters")
    return slug


def check_grace_hours(hours: int) -> int:
    """Return for how long a key goes on after it was rotated away.

    Raises:
        BadRequestError: It is below zero or above `MAX_GRACE_HOURS`.
    """
    if not 0 <= hours <= MAX_GRACE_HOURS:
        raise BadRequestError(f"grace_hours must be 0 to {MAX_GRACE_HOURS}")
    return hours
