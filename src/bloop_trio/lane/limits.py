"""The bounds of a connection: none of them is a guess about a network, each is what one client may cost."""

from __future__ import annotations

from typing import Final

import attrs

MAX_HEAD_BYTES: Final = 16 * 1024
"""A request line with its headers, on either road."""

MAX_LINGER_BYTES: Final = 16 * 1024 * 1024
"""What is read and thrown away of a refused body, so that its sender gets to read the refusal."""


@attrs.frozen(kw_only=True)
class LaneLimits:
    """What a connection may take. A deadline is kept to within two ticks."""

    max_connections: int = 10_000
    """Connections open at a time; one more is told 503 and closed."""

    header_timeout_secs: float = 10.0
    """From the first byte of a request to the end of its head; also the TLS handshake, and a new connection's silence."""

    body_timeout_secs: float = 30.0
    """From the end of the head to the end of the body."""

    max_body_bytes_in_flight: int = 64 * 1024 * 1024
    """What all request bodies together may take, apart from the first 64 KiB of each; others are not read meanwhile."""

    crowded_body_secs: float = 5.0
    """How long a body may take once others wait for the memory that it holds."""

    write_timeout_secs: float = 10.0
    """The longest time in which a client takes nothing of what is sent to it."""

    keep_alive_timeout_secs: float = 75.0
    """Silence between two requests."""

    linger_secs: float = 2.0
    """How long a connection that we close is still read, so that the last answer is not lost to a reset."""

    tick_secs: float = 1.0
    """How often deadlines are looked at, and the Date header renewed."""
