from __future__ import annotations

import pytest

from bloop_trio.issues.events.accounting import NO_PROJECT, Accounting, Drop, Rejection
from bloop_trio.issues.metrics import accounting_families


def an_accounting() -> Accounting:
    """Return counts of two projects and of nobody, all different."""
    accounting = Accounting()
    shop = accounting.of(1, "shop")
    shop.received, shop.accepted = 20, 14
    shop.dropped[Drop.BUFFER_FULL] = 3
    shop.dropped[Drop.RATE_LIMITED] = 1
    shop.rejected[Rejection.INVALID_EVENT] = 2
    shop.stored, shop.duplicate, shop.dead_lettered, shop.lost = 7, 2, 1, 1
    accounting.of(2, "blog").received = 5
    accounting.of(2, "blog").accepted = 5
    accounting.unknown.received = 4
    accounting.unknown.rejected[Rejection.INVALID_SIGNATURE] = 4
    return accounting


def test_what_is_not_settled_is_in_the_buffer() -> None:
    shop = an_accounting().by_no(1)
    assert (shop.in_buffer, shop.dropped_total, shop.rejected_total) == (3, 4, 2)


def test_a_project_has_one_tally() -> None:
    accounting = an_accounting()
    assert accounting.of(1, "shop") is accounting.by_no(1)
    with pytest.raises(KeyError):
        accounting.by_no(3)


def test_a_snapshot_has_every_project_and_nobody_first() -> None:
    snapshot = an_accounting().snapshot()
    assert [p.project for p in snapshot.projects] == [NO_PROJECT, "shop", "blog"]
    assert (snapshot.dropped_total, snapshot.lost_total) == (4, 1)


def test_a_project_that_got_the_slug_of_a_deleted_one_shares_its_row() -> None:
    accounting = an_accounting()
    again = accounting.of(3, "shop")
    again.received, again.accepted, again.stored = 3, 2, 1
    again.dropped[Drop.BUFFER_FULL] = 1
    _, shop, blog = accounting.snapshot().projects
    assert (shop.project, blog.project) == ("shop", "blog")
    assert (shop.received, shop.accepted, shop.stored, shop.in_buffer) == (23, 16, 8, 4)
    assert shop.dropped == {Drop.BUFFER_FULL: 4, Drop.RATE_LIMITED: 1}
    alone = accounting.counts_of(3)
    assert alone is not None
    assert (alone.received, alone.dropped) == (3, {Drop.BUFFER_FULL: 1})


def test_a_snapshot_does_not_follow_what_comes_later() -> None:
    accounting = an_accounting()
    snapshot = accounting.snapshot()
    accounting.by_no(1).dropped[Drop.BUFFER_FULL] += 10
    accounting.by_no(1).lost += 10
    accounting.unknown.rejected[Rejection.INVALID_SIGNATURE] += 10
    assert (snapshot.dropped_total, snapshot.lost_total) == (4, 1)
    assert snapshot.projects[0].rejected == {Rejection.INVALID_SIGNATURE: 4}


def test_metrics_say_the_same_as_the_snapshot() -> None:
    families = {family.name: family for family in accounting_families(an_accounting().snapshot())}
    sums = {name: sum(sample.value for sample in family.samples) for name, family in families.items()}
    assert sums["bloop_events_received_total"] == (
        sums["bloop_events_accepted_total"] + sums["bloop_events_dropped_total"] + sums["bloop_events_rejected_total"]
    )
    assert sums["bloop_events_accepted_total"] == sum(
        sums[f"bloop_events_{what}"]
        for what in ("stored_total", "duplicate_total", "dead_lettered_total", "lost_total", "in_buffer")
    )
