"""Passkey ceremonies off the event loop: options for the browser, and verdicts on what it sends back.

Hostile bytes make the parsers beneath raise whatever they like, so every exception is a refusal here.
"""

from __future__ import annotations

import uuid
from base64 import urlsafe_b64decode
from typing import TYPE_CHECKING, Any, Final, TypeVar

import structlog
import trio

from bloop_trio.exceptions import AuthenticationError, BadRequestError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bloop_trio.auth.passkeys import NewPasskey, Passkey

_log = structlog.get_logger("bloop.auth")

T = TypeVar("T")

THREADS: Final = 2
"""Verifying takes a millisecond or two; nobody needs more of them at once."""
_MAX_REASON_CHARS: Final = 200


class Ceremonies:
    """Ceremonies of one site: the passkeys of `rp_id`, used by pages at `origin`."""

    def __init__(self, rp_id: str, origin: str) -> None:
        self._rp_id = rp_id
        self._origin = origin
        self._limiter = trio.CapacityLimiter(THREADS)

    async def creation_options(
        self, *, challenge: bytes, user_id: str, username: str, exclude: Iterable[Passkey] = ()
    ) -> dict[str, Any]:
        """Return what a browser needs to make a passkey; not on an authenticator that has one of `exclude`."""

        def build() -> dict[str, Any]:
            from bloop_trio.auth.verification import creation_options  # noqa: PLC0415 - see its first lines

            return creation_options(
                rp_id=self._rp_id,
                challenge=challenge,
                user_id=uuid.UUID(user_id).bytes,
                username=username,
                exclude=exclude,
            )

        return await self._in_thread(build)

    async def request_options(self, challenge: bytes) -> dict[str, Any]:
        """Return what a browser needs to ask for a passkey, whoever's it is."""

        def build() -> dict[str, Any]:
            from bloop_trio.auth.verification import request_options  # noqa: PLC0415 - see its first lines

            return request_options(rp_id=self._rp_id, challenge=challenge)

        return await self._in_thread(build)

    async def verify_registration(self, credential: dict[str, Any], challenge: bytes) -> NewPasskey:
        """Return the passkey that a browser has made.

        Raises:
            BadRequestError: It cannot be read, or is for another site or challenge, or was made without asking its
                owner.
        """

        def verify() -> NewPasskey:
            from bloop_trio.auth.verification import verify_registration  # noqa: PLC0415 - see its first lines

            return verify_registration(credential, rp_id=self._rp_id, origin=self._origin, challenge=challenge)

        try:
            return await self._in_thread(verify)
        except Exception as error:
            _note_refusal("registration refused", error)
            raise BadRequestError("registration failed") from error

    async def verify_sign_in(self, credential: dict[str, Any], passkey: Passkey, challenge: bytes) -> tuple[int, bool]:
        """Return how often the passkey has signed, and whether it is backed up.

        Raises:
            AuthenticationError: The answer cannot be read, or is not of this passkey, its user, this site or this
                challenge; or somebody has copied the passkey.
        """

        def verify() -> tuple[int, bool]:
            from bloop_trio.auth.verification import verify_sign_in  # noqa: PLC0415 - see its first lines

            handle = urlsafe_b64decode(credential["response"]["userHandle"] + "===")
            if handle != uuid.UUID(passkey.user_id).bytes:
                msg = "the passkey is another user's"
                raise ValueError(msg)
            return verify_sign_in(credential, passkey, rp_id=self._rp_id, origin=self._origin, challenge=challenge)

        try:
            return await self._in_thread(verify)
        except Exception as error:
            _note_refusal("sign-in refused", error)
            raise AuthenticationError("authentication failed") from error

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await trio.to_thread.run_sync(work, limiter=self._limiter)


def credential_id_of(credential: dict[str, Any]) -> bytes:
    """Return what the authenticator calls a credential.

    Raises:
        AuthenticationError: It cannot be read.
    """
    try:
        return urlsafe_b64decode(credential["rawId"] + "===")
    except (KeyError, TypeError, ValueError) as error:
        raise AuthenticationError("authentication failed") from error


def _note_refusal(event: str, error: Exception) -> None:
    # The client learns nothing of this, and whoever has set the wrong origin needs it.
    _log.warning(event, reason=f"{type(error).__name__}: {error}"[:_MAX_REASON_CHARS])
