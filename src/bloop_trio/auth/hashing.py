"""What is stored in place of tokens, session cookies and invites. No I/O."""

from __future__ import annotations

import hashlib


def secret_hash(plaintext: str) -> str:
    """Return the SHA-256 of a secret, in hexadecimal.

    A slow hash would add nothing, since these secrets are random and no passwords.
    """
    return hashlib.sha256(plaintext.encode("utf-8", "replace")).hexdigest()
