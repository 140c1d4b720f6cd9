"""Whose events they are: the rungs by which a signature finds its project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bloop_trio.http.signature import Signer
from bloop_trio.issues.events.accounting import Rejection

if TYPE_CHECKING:
    from bloop_trio.projects.keys import KeyedProject, KeyRing


_MAX_TRIES: Final = 64
_MIN_TRIES: Final = 2
_KEYLESS_BYTES: Final = 2 * 1024 * 1024
"""What is hashed at most to find out whose a request is that names no project: a few milliseconds of the event loop."""


class AuthLadder:
    """Tries, in this order, every way in which published clients sign.

    A request that names a project is signed with that project's key, or with the instance's secret. One that names none
    is signed with the instance's secret and belongs to the default project, or (some clients leave the name out) with
    the key of the project that it belongs to.
    """

    def __init__(self, keys: KeyRing, hmac_secret: str, *, allow_keyless: bool) -> None:
        self._keys = keys
        # An empty secret signs nothing: anybody could use it.
        self._secret = Signer(hmac_secret.encode()) if hmac_secret else None
        self._allow_keyless = allow_keyless

    def identify(self, project_key: bytes | None, body: bytes, digest: bytes) -> KeyedProject | Rejection:
        """Return the project whose events `body` holds, or why it is nobody's."""
        if project_key is not None:
            named = self._keys.find(project_key)
            if named is None:
                return Rejection.INVALID_PROJECT_KEY
            if named.signer.matches(body, digest) or self._signed_by_secret(body, digest):
                return named
            return Rejection.INVALID_SIGNATURE
        if self._signed_by_secret(body, digest):
            return self._keys.default
        if self._allow_keyless:
            for candidate in self._keys.candidates(_fair_tries(body)):
                if candidate.signer.matches(body, digest):
                    self._keys.note_match(candidate.project.no)
                    return candidate
        return Rejection.INVALID_SIGNATURE

    def _signed_by_secret(self, body: bytes, digest: bytes) -> bool:
        return self._secret is not None and self._secret.matches(body, digest)


def _fair_tries(body: bytes) -> int:
    """Return how many keys to try: fewer for a large body, so that a forged signature stays cheap."""
    return max(_MIN_TRIES, min(_MAX_TRIES, _KEYLESS_BYTES // max(1, len(body))))
