"""Answers that are sent only if they differ from what the client has: entity tags. Pure."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bloop_trio.http.codec import Answer


def tagged(answer: Answer, if_none_match: str | None) -> Answer:
    """Return a 200 with its `ETag`, or 304 without a body if the client has just that.

    `if_none_match` is the request's header. The tag is made of body and headers, since pages of a list that look the
    same can lead on differently.
    """
    body, status, headers = answer
    digest = blake2b(body, digest_size=12)
    for name, value in sorted(headers.items()):
        digest.update(f"\n{name}: {value}".encode())
    tag = f'"{digest.hexdigest()}"'
    tagged_headers = {**headers, "etag": tag}
    if status == 200 and names_tag(if_none_match, tag):
        kept = {name: value for name, value in tagged_headers.items() if name != "content-type"}
        return b"", 304, kept
    return body, status, tagged_headers


def names_tag(if_none_match: str | None, tag: str) -> bool:
    """Return whether `If-None-Match` names the tag; a proxy that compresses may have made it weak."""
    known = [part.strip().removeprefix("W/") for part in (if_none_match or "").split(",")]
    return tag in known or "*" in known
