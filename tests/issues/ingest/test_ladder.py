"""The ladder's price: a forged signature must stay cheap however many projects there are."""

from __future__ import annotations

from bloop_trio.http.signature import Signer
from bloop_trio.issues.events.accounting import Rejection
from bloop_trio.issues.ingest.ladder import AuthLadder
from bloop_trio.projects.keys import KeyedProject, KeyRing
from bloop_trio.projects.project import Project

PROJECTS = 100


def a_ring() -> KeyRing:
    return KeyRing(
        Project(no=n, id=f"p{n}", name="P", slug=f"p{n}", api_key=f"bloop_{n:064x}", created_secs=0, created_by=None)
        for n in range(1, PROJECTS + 1)
    )


def found(ring: KeyRing, body: bytes, no: int) -> int | Rejection:
    ladder = AuthLadder(ring, "", allow_keyless=True)
    keyed = ring.by_no(no)
    assert keyed is not None
    outcome = ladder.identify(None, body, Signer(keyed.project.api_key.encode()).digest(body))
    return outcome.project.no if isinstance(outcome, KeyedProject) else outcome


def test_a_small_body_is_tried_with_64_keys_the_last_matched_first() -> None:
    ring = a_ring()
    tried = [found(a_ring(), b"{}", no) for no in range(1, PROJECTS + 1)]
    assert sum(outcome is not Rejection.INVALID_SIGNATURE for outcome in tried) == 64
    ring.note_match(1)
    assert found(ring, b"{}", 1) == 1


def test_a_large_body_is_tried_with_fewer() -> None:
    body = b"x" * (1 << 20)
    tried = [found(a_ring(), body, no) for no in (100, 99, 98, 50)]
    assert tried == [100, 99, Rejection.INVALID_SIGNATURE, Rejection.INVALID_SIGNATURE]
