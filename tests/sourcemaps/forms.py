"""Forms as browsers and `curl` send them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

BOUNDARY = "a-boundary"


def a_form(texts: Mapping[str, str], files: Mapping[str, bytes], *, field: str = "file") -> tuple[str, bytes]:
    """Return content type and body of a form with texts and files."""
    body = b"".join(a_part(f'name="{name}"', text.encode()) for name, text in texts.items())
    body += b"".join(a_part(f'name="{field}"; filename="{name}"', content) for name, content in files.items())
    return f"multipart/form-data; boundary={BOUNDARY}", body + f"--{BOUNDARY}--\r\n".encode()


def a_part(disposition: str, content: bytes) -> bytes:
    """Return one part of a form."""
    return f"--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n".encode() + content + b"\r\n"
