"""JSON as hostile or careless clients send it, retries, and clocks that are off."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bloop_trio.db.connection import open_connection
from bloop_trio.issues.events.accounting import Rejection
from bloop_trio.issues.ingest.intake import Route
from bloop_trio.issues.stored.payload import PayloadReader
from tests.conftest import NOW_MS, PROJECT_KEY, an_event, as_json
from tests.issues.conftest import OTHER_KEY
from tests.issues.rig import Rig, a_rig

if TYPE_CHECKING:
    from pathlib import Path


BATCH_OK = {"dropped": 0, "errors": []}


class TestHostileJson:
    """Whatever a signed body holds, there is an answer and a count, and never more than a 400."""

    DEPTHS = (101, 500, *range(960, 1000), 5_000, 100_000)

    @pytest.mark.parametrize("where", ["the body", "the metadata", "an unknown key", "a text", "after a NaN"])
    async def test_any_depth(self, rig: Rig, where: str) -> None:
        start = as_json(an_event())[:-1]
        for number, depth in enumerate(self.DEPTHS):
            nested = b"[" * depth + b"]" * depth
            body = {
                "the body": nested,
                "the metadata": start + b',"metadata":' + nested + b"}",
                "an unknown key": start + b',"x":' + nested + b"}",
                "a text": start + b',"screen":' + nested + b"}",
                "after a NaN": start + b',"y":NaN,"x":' + nested + b"}",
            }[where]
            for sent, route in ((body, Route.SINGLE), (b'{"events":[' + body + b"]}", Route.BATCH)):
                status, _ = await rig.send(sent, route=route)
                assert status in {200, 400}, depth
            counts = rig.counts()  # which checks that all is counted
            assert counts.received == 2 * (number + 1)
        await rig.flush()
        rig.stored()

    async def test_metadata_nested_as_deep_as_is_allowed_can_be_read_back(self, rig: Rig) -> None:
        deep: Any = {"x": []}
        for _ in range(98):
            deep = [deep]
        assert (await rig.send(an_event(metadata=deep)))[0] == 200
        assert await rig.send(an_event(metadata=[deep])) == (400, {"error": "metadata is nested too deeply"})
        await rig.flush()
        assert stored_events(rig)[0]["metadata"] == deep

    async def test_brackets_within_texts_do_not_count_as_depth(self, rig: Rig) -> None:
        brackets = {"k": '[{"\\' * 200}
        assert (await rig.send(an_event(metadata=brackets)))[0] == 200

    async def test_of_duplicate_keys_the_last_counts(self, rig: Rig) -> None:
        body = as_json(an_event())[:-1] + b',"message":"second","message":"third"}'
        assert (await rig.send(body))[0] == 200
        await rig.flush()
        assert rig.rows("SELECT message FROM issues") == [("third",)]
        assert stored_events(rig)[0]["message"] == "third"

    async def test_nan_and_infinity_become_null(self, rig: Rig) -> None:
        body = as_json(an_event())[:-1] + b',"metadata":{"a":NaN,"b":[Infinity,-Infinity]}}'
        assert (await rig.send(body))[0] == 200
        assert (await rig.send(b'{"events":[' + body + b"]}", route=Route.BATCH))[1]["accepted"] == 1
        await rig.flush()
        assert [e["metadata"] for e in stored_events(rig)] == [{"a": None, "b": [None, None]}] * 2

    async def test_lone_surrogates_are_replaced_and_pairs_are_kept(self, rig: Rig) -> None:
        body = as_json(an_event())[:-1] + b',"stack":"a\\ud800b \\ud83d\\ude00","metadata":{"\\udfff":1}}'
        assert (await rig.send(body))[0] == 200
        await rig.flush()
        stored = stored_events(rig)[0]
        assert (stored["stack"], stored["metadata"]) == ("a\ufffdb \N{GRINNING FACE}", {"\ufffd": 1})

    async def test_ten_thousand_unknown_keys_do_not_cost_the_event(self, rig: Rig) -> None:
        body = as_json(an_event() | {f"k{n}": n for n in range(2500)})
        assert len(body) < rig.intake.max_body_bytes(Route.SINGLE)
        assert (await rig.send(body))[0] == 200
        many = as_json(an_event() | {f"k{n}": n for n in range(10_000)})
        status, answer = await rig.send(b'{"events":[' + many + b"]}", route=Route.BATCH)
        assert (status, answer["errors"]) == (200, [{"index": 0, "error": "event exceeds 32768 bytes"}])
        await rig.flush()
        assert "metadata" not in stored_events(rig)[0]

    async def test_a_few_unknown_keys_are_kept_under_metadata(self, rig: Rig) -> None:
        await rig.send(an_event(metadata={"known": 1}) | {"extra": [1, 2], "user": {"id": 7}})
        await rig.flush()
        assert stored_events(rig)[0]["metadata"] == {"known": 1, "extra": [1, 2], "user": {"id": 7}}

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b'{"timestamp":',
            b"nonsense",
            b"\xff\xfe{\x00}\x00",
            b"\xef\xbb\xbf{}",
            as_json(an_event())[:-1] + b',"stack":"\xff"}',
            as_json(an_event())[:-1] + b',"stack":"\xed\xa0\x80"}',
            as_json(an_event())[:-1] + b',"metadata":' + b"9" * 5000 + b"}",
            as_json(an_event())[:-1] + b',"stack":"a\nb"}\x00',
            as_json(an_event()) * 2,
        ],
    )
    async def test_what_is_no_json_is_malformed_on_both_routes(self, rig: Rig, body: bytes) -> None:
        for sent, route in ((body, Route.SINGLE), (b'{"events":[' + body + b"}", Route.BATCH)):
            status, answer = await rig.send(sent, route=route)
            assert status == 400
            assert answer["error"].startswith("malformed JSON: ")
        assert rig.counts().rejected == {Rejection.MALFORMED_JSON: 2}

    async def test_integers_of_any_size(self, rig: Rig) -> None:
        start = as_json(an_event())[:-1]
        for digits in (19, 20, 40, 400):
            number = b"9" * digits
            assert (await rig.send(start + b',"metadata":{"n":' + number + b"}}"))[0] == 200
            assert (await rig.send(start + b',"extra":' + number + b"}"))[0] == 200
            for key in (b"timestamp", b"http_status"):
                assert (await rig.send(start + b',"' + key + b'":' + number + b"}"))[0] == 400
        await rig.flush()
        assert rig.stored() == 8

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20),
            lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
            max_leaves=12,
        ),
        st.sampled_from(
            [*sorted(an_event()), "metadata", "stack", "http_status", "event_id", "fingerprint", "unknown"]
        ),
        st.booleans(),
    )
    def test_any_value_in_any_field_has_a_verdict_and_can_be_stored(
        self, tmp_path_factory: pytest.TempPathFactory, database: Path, value: Any, field: str, ascii_only: bool
    ) -> None:
        copy = tmp_path_factory.mktemp("db") / "bloop.db"
        shutil.copy(database, copy)
        body = json.dumps(an_event() | {field: value}, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")

        async def send_twice() -> None:
            async with a_rig(copy, flushing=False) as rig:
                first, _ = await rig.send(body)
                second, verdict = await rig.send(b'{"events":[' + body + b"]}", route=Route.BATCH)
                assert first in {200, 400}
                if second == 200:
                    assert verdict["accepted"] == (first == 200)
                await rig.flush()
                counts = rig.counts()
                assert (counts.dead_lettered, counts.lost, counts.in_buffer) == (0, 0, 0)
                assert rig.stored() == counts.stored == counts.accepted - counts.duplicate
                assert all("timestamp" in event for event in stored_events(rig))

        trio.run(send_twice)


def stored_events(rig: Rig) -> list[dict[str, Any]]:
    """Return what the payloads of all stored events hold, oldest first."""
    reader = PayloadReader()
    conn = open_connection(rig.database, read_only=True)
    try:
        tables = [n for (n,) in rig.rows("SELECT name FROM sqlite_master WHERE name GLOB 'events_????????' ORDER BY 1")]
        return [
            reader.decode(conn, payload)
            for table in tables
            for (payload,) in conn.execute(f"SELECT payload FROM {table} ORDER BY id")
        ]
    finally:
        conn.close()


class TestRetries:
    async def test_an_event_id_counts_once_in_its_project(self, rig: Rig) -> None:
        for key in (PROJECT_KEY, PROJECT_KEY, OTHER_KEY):
            assert (await rig.send(an_event(event_id="e-1"), key=key))[0] == 200
        assert (await rig.send([an_event(event_id="e-1"), an_event(event_id="e-2")]))[1]["accepted"] == 2
        await rig.flush()
        assert (rig.counts().stored, rig.counts().duplicate) == (2, 2)
        assert rig.counts("other").stored == 1
        assert rig.stored() == 3

    async def test_an_idempotency_key_makes_a_whole_batch_count_once(self, rig: Rig) -> None:
        batch = [an_event(message=f"m{n}") for n in range(3)]
        for key in (b"k", b"k", b"other", None, None):
            assert (await rig.send(batch, idempotency_key=key))[1] == BATCH_OK | {"accepted": 3}
            await rig.flush()
        assert (rig.counts().stored, rig.counts().duplicate) == (12, 3)

    async def test_an_idempotency_key_of_a_single_event(self, rig: Rig) -> None:
        for key in (b"k", b"k", b"k:0"):
            await rig.send(an_event(), idempotency_key=key)
        await rig.flush()
        assert (rig.counts().stored, rig.counts().duplicate) == (2, 1)

    async def test_an_event_id_goes_before_the_idempotency_key(self, rig: Rig) -> None:
        for key in (b"one", b"two"):
            await rig.send(an_event(event_id="same"), idempotency_key=key)
        await rig.flush()
        assert (rig.counts().stored, rig.counts().duplicate) == (1, 1)

    @pytest.mark.parametrize("key", [b"", b"k" * 256])
    async def test_an_unusable_idempotency_key_is_as_if_absent(self, rig: Rig, key: bytes) -> None:
        for _ in range(2):
            assert (await rig.send(an_event(), idempotency_key=key))[0] == 200
        await rig.flush()
        assert rig.counts().stored == 2

    async def test_any_bytes_make_an_idempotency_key(self, rig: Rig) -> None:
        for _ in range(2):
            assert (await rig.send(an_event(), idempotency_key=bytes(range(128, 256))))[0] == 200
        await rig.flush()
        assert (rig.counts().stored, rig.counts().duplicate) == (1, 1)


class TestTime:
    @pytest.mark.parametrize(
        ("sent", "kept_ms"),
        [
            (NOW_MS, NOW_MS),
            (NOW_MS // 1000 - 5, NOW_MS - 5000),
            (NOW_MS * 1000, NOW_MS),
            (NOW_MS * 1_000_000, NOW_MS),
            (NOW_MS + 86_400_000, NOW_MS + 86_400_000),
            (NOW_MS + 86_400_001, NOW_MS),
            (NOW_MS - 30 * 86_400_000, NOW_MS - 30 * 86_400_000),
            (NOW_MS - 30 * 86_400_000 - 1, NOW_MS),
            (0, NOW_MS),
            (-1, NOW_MS),
            (2**63 - 1, NOW_MS),
            (-(2**63), NOW_MS),
        ],
    )
    async def test_a_clients_clock_is_believed_within_bounds(self, rig: Rig, sent: int, kept_ms: int) -> None:
        assert (await rig.send(an_event(timestamp=sent)))[0] == 200
        await rig.flush()
        assert rig.rows("SELECT received_ms, timestamp_ms FROM events_20260101") == [(NOW_MS, kept_ms)]
        assert rig.rows("SELECT first_seen_ms, last_seen_ms FROM issues") == [(NOW_MS, NOW_MS)]
        assert stored_events(rig)[0]["timestamp"] == sent

    async def test_a_server_clock_that_jumps_loses_nothing(self, rig: Rig) -> None:
        for days in (0, 3, -2, 0):
            rig.now_ms = NOW_MS + days * 86_400_000
            await rig.send(an_event())
        await rig.flush()
        assert rig.stored() == 4
        assert rig.rows("SELECT first_seen_ms, last_seen_ms FROM issues") == [
            (NOW_MS - 2 * 86_400_000, NOW_MS + 3 * 86_400_000)
        ]
