"""Files that are built once and served as they are: read into memory, with the compressed copies beside them."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.http.conditional import names_tag

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from werkzeug.datastructures import Accept

    from bloop_trio.http.codec import Answer

_CODINGS: Final = {"br": ".br", "gzip": ".gz"}
"""Of compressed copies, the smaller one first, and how their names end."""
_CONTENT_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}


@attrs.frozen(kw_only=True)
class StaticFile:
    """A file with its compressed copies."""

    content_type: str
    body: bytes = attrs.field(repr=False)
    copies: Mapping[str, bytes] = attrs.field(factory=dict, repr=False)
    """By coding, such as ``gzip``, in the order in which they are preferred."""
    digest: str = attrs.field(init=False)
    """Changes with the content."""

    @digest.default
    def _make_digest(self) -> str:
        return blake2b(self.body, digest_size=12).hexdigest()

    def answer(self, accepted: Accept, if_none_match: str | None, headers: Mapping[str, str]) -> Answer:
        """Return the smallest form that the client accepts, or 304 if that is what it has.

        `accepted` and `if_none_match` are the request's `Accept-Encoding` and `If-None-Match`.
        """
        coding = next((name for name in self.copies if accepted.quality(name) > 0), None)
        tag = f'"{self.digest}"' if coding is None else f'"{self.digest}-{coding}"'
        # The edge would say the latter itself, were it not for the former.
        sent = {**headers, "etag": tag, "vary": "Accept-Encoding, Origin"}
        if names_tag(if_none_match, tag):
            return b"", 304, sent
        if coding is not None:
            sent["content-encoding"] = coding
        return self.body if coding is None else self.copies[coding], 200, {**sent, "content-type": self.content_type}


def read_files(folder: Path) -> dict[str, StaticFile]:
    """Return the files below `folder` by their path in it, such as ``assets/index.js``; none if there is no folder."""
    paths = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    copies = {name + end for name in paths for end in _CODINGS.values()}
    return {
        name: StaticFile(
            content_type=_CONTENT_TYPES.get(path.suffix, "application/octet-stream"),
            body=path.read_bytes(),
            copies={coding: paths[name + end].read_bytes() for coding, end in _CODINGS.items() if name + end in paths},
        )
        for name, path in paths.items()
        if name not in copies
    }
