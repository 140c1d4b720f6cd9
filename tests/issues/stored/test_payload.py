"""What is packed is read back, by any thread, with or without a dictionary."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.db.connection import transaction
from bloop_trio.issues.stored import days
from bloop_trio.issues.stored.payload import (
    PLAIN,
    TRAINING_EVENTS,
    ZSTD_DICT,
    PayloadPacker,
    PayloadReader,
    load_dictionary,
    newest_dictionary,
    train_dictionary,
)
from tests.conftest import NOW_MS, an_event, as_json

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers

DAY = days.day_of(NOW_MS)


def some_events(count: int) -> list[dict[str, Any]]:
    """Return events that resemble each other as those of one application do."""
    numbers = random.Random(1)
    return [
        an_event(
            message=f"request {numbers.randrange(10**6)} to service {numbers.randrange(9)} timed out",
            stack="\n".join(f"  at step{numbers.randrange(40)} (src/shop/cart.ts:{k}:9)" for k in range(12)),
            metadata={"attempt": numbers.randrange(5), "user": numbers.randrange(10**9)},
        )
        for _ in range(count)
    ]


def insert(conn: Connection, blobs: list[bytes], day: str = DAY) -> None:
    days.create_day(conn, day)
    (start,) = conn.execute(f"SELECT coalesce(max(id), 0) FROM events_{day}").fetchone()
    conn.executemany(
        f"INSERT INTO events_{day} VALUES (?, 0, 0, 1, 1, 'r', 'e', 's', ?)",
        [(start + 1 + n, blob) for n, blob in enumerate(blobs)],
    )


@pytest.fixture
def trained(connection: Connection) -> bytes:
    """A dictionary that was trained on stored events, and is stored."""
    insert(connection, PayloadPacker().pack([as_json(e) for e in some_events(TRAINING_EVENTS)]))
    with transaction(connection):
        dictionary = train_dictionary(connection, NOW_MS)
    assert dictionary is not None
    return dictionary


def test_without_a_dictionary_payloads_are_json_as_it_is(connection: Connection) -> None:
    packer = PayloadPacker()
    assert not packer.has_dictionary
    assert packer.pack([b'{"a":1}']) == [PLAIN + b'{"a":1}']
    assert PayloadReader().decode(connection, PLAIN + b'{"a":1}') == {"a": 1}


def test_with_one_they_take_a_fraction_and_are_read_back(connection: Connection, trained: bytes) -> None:
    packer = PayloadPacker(newest_dictionary(connection))
    assert packer.has_dictionary
    sent = some_events(300)
    contents = [as_json(e) for e in sent]
    blobs = packer.pack(contents)
    assert {blob[:1] for blob in blobs} == {ZSTD_DICT}
    assert sum(map(len, blobs)) * 3 < sum(map(len, contents))
    reader = PayloadReader()
    assert [reader.decode(connection, blob) for blob in blobs] == sent


def test_the_dictionary_is_kept_under_the_id_that_frames_carry(connection: Connection, trained: bytes) -> None:
    ((number,),) = connection.execute("SELECT id FROM payload_dictionaries").fetchall()
    assert load_dictionary(connection, number) == newest_dictionary(connection) == trained
    assert load_dictionary(connection, number + 1) is None


def test_a_payload_whose_dictionary_is_gone_says_so(connection: Connection, trained: bytes) -> None:
    (blob,) = PayloadPacker(trained).pack([as_json(an_event())])
    connection.execute("DELETE FROM payload_dictionaries")
    with pytest.raises(LookupError, match=r"payload dictionary \d+ is missing"):
        PayloadReader().decode(connection, blob)


def test_nothing_to_pack_is_nothing(trained: bytes) -> None:
    assert PayloadPacker(trained).pack([]) == []


def test_a_payload_far_larger_than_any_event_is_read_back(connection: Connection, trained: bytes) -> None:
    event = an_event(stack="".join(map(chr, range(32, 3000))) * 500)
    (blob,) = PayloadPacker(trained).pack([as_json(event)])
    assert PayloadReader().decode(connection, blob) == event


def test_too_few_events_teach_nothing(connection: Connection) -> None:
    insert(connection, PayloadPacker().pack([as_json(e) for e in some_events(TRAINING_EVENTS - 1)]))
    with transaction(connection):
        assert train_dictionary(connection, NOW_MS) is None
    assert newest_dictionary(connection) is None


def test_events_that_are_all_the_same_teach_nothing_or_what_works(connection: Connection) -> None:
    content = as_json(an_event())
    insert(connection, [PLAIN + content] * TRAINING_EVENTS)
    with transaction(connection):
        dictionary = train_dictionary(connection, NOW_MS)
    (blob,) = PayloadPacker(dictionary).pack([content])
    assert PayloadReader().decode(connection, blob) == an_event()


def test_training_looks_over_the_newest_days_together(connection: Connection) -> None:
    packed = PayloadPacker().pack([as_json(e) for e in some_events(TRAINING_EVENTS)])
    insert(connection, packed[:500])
    insert(connection, packed[500:], days.previous_day(DAY))
    with transaction(connection):
        assert train_dictionary(connection, NOW_MS) is not None


def test_the_newest_of_several_dictionaries_is_used(connection: Connection, trained: bytes) -> None:
    connection.execute("INSERT INTO payload_dictionaries VALUES (1, ?, x'00')", (NOW_MS - 1,))
    assert newest_dictionary(connection) == trained


def test_what_was_damaged_is_refused_as_unreadable(connection: Connection, trained: bytes) -> None:
    (blob,) = PayloadPacker(trained).pack([as_json(some_events(1)[0])])
    for damaged in (b"", blob[:1], blob[:3], blob[:-4], blob[:1] + b"nonsense", b"\x00{"):
        with pytest.raises(ValueError, match=r"."):
            PayloadReader().decode(connection, damaged)


async def test_threads_read_at_the_same_time(connection: Connection, readers: Readers, trained: bytes) -> None:
    sent = some_events(200)
    blobs = PayloadPacker(trained).pack([as_json(e) for e in sent])
    reader = PayloadReader()
    threads: set[int] = set()

    def read_all(conn: Connection) -> None:
        threads.add(threading.get_ident())
        assert [reader.decode(conn, blob) for blob in blobs] == sent

    async with trio.open_nursery() as nursery:
        for _ in range(8):
            nursery.start_soon(readers.run, read_all)
    assert threads


@given(st.dictionaries(st.text(max_size=10), st.none() | st.integers(0, 9) | st.text(max_size=30), max_size=6))
def test_any_object_survives(value: dict[str, Any]) -> None:
    (blob,) = PayloadPacker().pack([msgspec.json.encode(value)])
    assert PayloadReader().decode(None, blob) == value  # type: ignore[arg-type]  # a plain payload needs no database
