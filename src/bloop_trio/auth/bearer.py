"""From the plaintext of a bearer token to the token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bloop_trio.auth.credential_cache import CredentialCache
from bloop_trio.auth.hashing import secret_hash
from bloop_trio.auth.store import find_by_hash
from bloop_trio.auth.tokens import Token, is_token_shaped
from bloop_trio.exceptions import AuthenticationError

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection

_REFUSAL: Final = "invalid or expired token"


class BearerTokens(CredentialCache[Token]):
    """Resolves tokens, and collects when they were used."""

    async def resolve(self, plaintext: str) -> Token:
        """Return the valid token with this plaintext.

        Raises:
            AuthenticationError: There is none: unknown, expired or revoked.
            QueryTimeoutError: The database did not answer in time.
        """
        if not is_token_shaped(plaintext):
            raise AuthenticationError(_REFUSAL)
        token = await self._find(secret_hash(plaintext))
        now_secs = self._now_secs()
        if token is None or not token.is_valid(now_secs):
            raise AuthenticationError(_REFUSAL)
        self._note_use(token.id, token.last_used_secs, now_secs)
        return token

    def _look_up(self, conn: Connection, hashed: str) -> Token | None:
        return find_by_hash(conn, hashed)
