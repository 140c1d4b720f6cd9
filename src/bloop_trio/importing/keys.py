"""Which issue a row of the other server belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bloop_trio.importing.tally import Reason
from bloop_trio.importing.values import as_text
from bloop_trio.issues.grouping.fingerprint import own_fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bloop_trio.importing.step import Row
    from bloop_trio.issues.events.batch import FingerprintKey


def read_key(row: Row, numbers: Mapping[str, int]) -> FingerprintKey | Reason:
    """Return the project's number and the fingerprint of a row whose first columns are project and fingerprint.

    Fingerprints are what events get today: those that clients have brought themselves are hashed where they could not
    be an address. `numbers` has our number of each project of the other server.
    """
    number = numbers.get(as_text(row[0]) or "")
    if number is None:
        return Reason.PROJECT
    fingerprint = as_text(row[1])
    if fingerprint is None:
        return Reason.FINGERPRINT
    return number, own_fingerprint(fingerprint)
