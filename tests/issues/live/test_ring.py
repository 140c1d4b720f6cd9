"""The ring of a project's newest messages: how many it holds, and from where it can be read on."""

from __future__ import annotations

from bloop_trio.issues.live.messages import NewIssue
from bloop_trio.issues.live.ring import RING_BYTES, RING_MESSAGES, Ring
from tests.server_sent import EventReader


class TestRing:
    def fill(self, ring: Ring, count: int, message: str = "") -> None:
        for n in range(count):
            ring.append(
                NewIssue(
                    fingerprint=f"f{n}",
                    error_type="E",
                    message=message,
                    status="unresolved",
                    events=1,
                    first_seen=n,
                    last_seen=n,
                )
            )

    async def test_it_holds_the_newest_messages(self) -> None:
        ring = Ring()
        self.fill(ring, RING_MESSAGES + 10)
        assert (ring.first_no, ring.next_no) == (11, RING_MESSAGES + 11)
        data, count = ring.read(ring.first_no, 10**9)
        assert count == RING_MESSAGES
        assert [told.data["first_seen"] for told in EventReader().feed(data)] == list(range(10, RING_MESSAGES + 10))

    async def test_long_messages_leave_room_for_fewer(self) -> None:
        ring = Ring()
        self.fill(ring, 100, "m" * 10_000)
        data, count = ring.read(ring.first_no, 10**9)
        assert 40 < count < 60
        assert RING_BYTES - 11_000 < len(data) <= RING_BYTES

    async def test_a_message_above_the_bound_is_still_told(self) -> None:
        ring = Ring()
        self.fill(ring, 3, "m" * (RING_BYTES + 1))
        assert ring.read(3, 10)[1] == 1
        assert ring.first_no == 3

    async def test_it_is_read_in_parts_that_do_not_cut_a_message(self) -> None:
        ring = Ring()
        self.fill(ring, 10)
        reader, number = EventReader(), 1
        while True:
            data, count = ring.read(number, 300)
            if not count:
                break
            assert len(reader.feed(data)) == count
            number += count
        assert [told.data["first_seen"] for told in reader.told] == list(range(10))

    async def test_it_knows_what_follows_its_own_ids_alone(self) -> None:
        ring, other = Ring(), Ring()
        assert ring.after(ring.last_id) == 1
        start = ring.last_id
        self.fill(ring, RING_MESSAGES)
        self.fill(other, 1)
        assert ring.after(start) == 1
        assert ring.after(ring.last_id) == RING_MESSAGES + 1
        self.fill(ring, 1)
        name = start.partition("-")[0]
        for unknown in (
            start,
            other.last_id,
            f"{name}-{RING_MESSAGES + 2}",
            f"{name}-",
            f"{name}--1",
            f"{name}-1e3",
            f"{name}-٣",
            f"{name}-{'9' * 5000}",
            name,
            "-",
            "garbage",
            "\x00",
        ):
            assert ring.after(unknown) is None, unknown
