"""Changes that somebody waits for: run by the writer, and refused in words where the store refuses."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeVar

import structlog

from bloop_trio.db.connection import StoreError, is_poison
from bloop_trio.exceptions import StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.writer import Writer

_log = structlog.get_logger("bloop.store")

T = TypeVar("T")

RETRY_AFTER_SECS: Final = 1


async def change(writer: Writer, work: Callable[[Connection], T], *, what: str = "change") -> T:
    """Return `work(connection)`, which is to be one transaction.

    Raises:
        StoreUnavailableError: the store refused (disk full, locked), and nothing was changed. What the data itself is
            to blame for is a bug and propagates as it is.
    """
    with refused_in_words(what):
        return await writer.run(work)


@contextmanager
def refused_in_words(what: str) -> Iterator[None]:
    """Turn what the store refuses within the block into StoreUnavailableError, and log why."""
    try:
        yield
    except StoreError as error:
        if is_poison(error):
            raise
        _log.error("change not stored", what=what, error=str(error))
        raise StoreUnavailableError(
            f"the store refused the {what}, try again", retry_after_secs=RETRY_AFTER_SECS
        ) from error
