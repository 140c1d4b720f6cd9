"""What all routes of people work with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from bloop_trio.clock import MS_PER_SEC
from bloop_trio.db.changing import change

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bloop_trio.auth.bearer import BearerTokens
    from bloop_trio.auth.ceremonies import Ceremonies
    from bloop_trio.auth.challenges import Challenge, Challenges
    from bloop_trio.auth.cookies import Cookies
    from bloop_trio.auth.passkeys import Passkey
    from bloop_trio.auth.sessions import Sessions
    from bloop_trio.config.sections import AuthConfig
    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.db.writer import Writer

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class Desk:
    """The store, the clock, and what is known about this site."""

    config: AuthConfig
    readers: Readers
    writer: Writer
    sessions: Sessions
    bearer: BearerTokens
    clock: Callable[[], int]
    """Epoch milliseconds."""
    challenges: Challenges
    ceremonies: Ceremonies
    cookies: Cookies

    @property
    def now_secs(self) -> int:
        """Epoch seconds."""
        return self.clock() // MS_PER_SEC

    async def change(self, work: Callable[[Connection], T], *, what: str, tokens: bool = False) -> T:
        """Return `work(connection)`, one transaction, once nothing that is remembered is older than it.

        `tokens` says that it may revoke some.

        Raises:
            StoreUnavailableError: the store refused, and nothing was changed.
        """
        try:
            return await change(self.writer, work, what=what)
        finally:
            # Also when we are cancelled: the transaction may have been committed.
            self.sessions.clear()
            if tokens:
                self.bearer.clear()

    async def start_passkey(self, challenge: Challenge, exclude: Iterable[Passkey] = ()) -> Begun:
        """Return the beginning of a ceremony that makes a passkey for the user in `challenge`."""
        options = await self.ceremonies.creation_options(
            challenge=challenge.challenge, user_id=challenge.user_id, username=challenge.username, exclude=exclude
        )
        return self.begun(challenge, options)

    def begun(self, challenge: Challenge, options: dict[str, Any]) -> Begun:
        """Return the beginning of a ceremony with these options."""
        cookie = self.cookies.challenge(challenge.kind, self.challenges.seal(challenge))
        return Begun(challenge_id=challenge.id, options=options, cookie=cookie)


@attrs.frozen(kw_only=True)
class Begun:
    """A ceremony that has begun."""

    challenge_id: str
    options: dict[str, Any]
    cookie: str = attrs.field(repr=False)
    """As `Set-Cookie` takes it."""
