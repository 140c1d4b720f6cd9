"""What the intake answers, and that it counts every event exactly once whatever comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from bloop_trio.config import Config
from bloop_trio.config.sections import AuthConfig
from bloop_trio.http.ratelimit import TokenBuckets
from bloop_trio.issues.events.accounting import Drop, Rejection
from bloop_trio.issues.ingest.intake import Route
from bloop_trio.projects.project import Project
from tests.conftest import PROJECT_KEY, accepted, an_event, as_json, signature
from tests.issues.conftest import OTHER_KEY
from tests.issues.rig import Rig, a_request, a_rig

if TYPE_CHECKING:
    from pathlib import Path


SECRET = Config().auth.hmac_secret
BATCH_OK = {"dropped": 0, "errors": []}


class TestAuthLadder:
    """Which project a request belongs to, by the key it names and the key it is signed with."""

    @pytest.mark.parametrize(
        ("named", "signed_with", "expected"),
        [
            (PROJECT_KEY, PROJECT_KEY, "default"),
            (OTHER_KEY, OTHER_KEY, "other"),
            (OTHER_KEY, SECRET, "other"),
            (PROJECT_KEY, SECRET, "default"),
            (None, SECRET, "default"),
            (None, OTHER_KEY, "other"),
            (None, PROJECT_KEY, "default"),
            (OTHER_KEY, PROJECT_KEY, "invalid signature"),
            (PROJECT_KEY, OTHER_KEY, "invalid signature"),
            (None, "bloop_nobody", "invalid signature"),
            ("bloop_nobody", "bloop_nobody", "invalid project key"),
            ("bloop_nobody", SECRET, "invalid project key"),
            ("", SECRET, "invalid project key"),
        ],
    )
    async def test_a_rung_of_the_ladder(self, rig: Rig, named: str | None, signed_with: str, expected: str) -> None:
        project_key = None if named is None else named.encode()
        for value in (an_event(), [an_event()]):
            status, answer = await rig.send(value, key=signed_with, project_key=project_key)
            if expected in {"default", "other"}:
                assert status == 200
            else:
                assert (status, answer) == (401, {"error": expected})
        if expected in {"default", "other"}:
            assert rig.counts(expected).accepted == 2
        else:
            assert sum(rig.counts("").rejected.values()) == 2

    async def test_without_keyless_ingest_only_the_secret_needs_no_name(self, two_projects: Path) -> None:
        config = Config(auth=AuthConfig(allow_keyless=False))
        async with a_rig(two_projects, config=config, flushing=False) as rig:
            assert await rig.send(an_event(), key=OTHER_KEY, name_key=False) == (401, {"error": "invalid signature"})
            assert (await rig.send(an_event(), key=SECRET, name_key=False))[0] == 200

    async def test_an_empty_secret_signs_nothing(self, two_projects: Path) -> None:
        async with a_rig(two_projects, config=Config(auth=AuthConfig(hmac_secret="")), flushing=False) as rig:
            assert (await rig.send(an_event(), key="", name_key=False))[0] == 401
            assert (await rig.send(an_event(), key="", project_key=OTHER_KEY.encode()))[0] == 401

    @pytest.mark.parametrize(
        ("header", "message"),
        [
            (None, "missing X-Signature header"),
            (b"not hexadecimal", "invalid signature encoding"),
            (b"abc", "invalid signature encoding"),
            (b"\xff\xfe", "invalid signature encoding"),
            (b"", "invalid signature"),
            (b"00" * 32, "invalid signature"),
            (b"00" * 31, "invalid signature"),
            (b"00" * 64, "invalid signature"),
        ],
    )
    async def test_a_signature_that_is_none(self, rig: Rig, header: bytes | None, message: str) -> None:
        assert await rig.send(an_event(), signature=header) == (401, {"error": message})
        assert sum(rig.counts("").rejected.values()) == 1

    @pytest.mark.parametrize(
        "spelling", [str.upper, lambda digits: f"sha256={digits}", lambda d: f"SHA256={d.upper()}"]
    )
    async def test_other_spellings_of_a_signature(self, rig: Rig, spelling: Any) -> None:
        body = as_json(an_event())
        assert (await rig.send(body, signature=spelling(signature(body)).encode()))[0] == 200

    async def test_one_changed_byte_of_the_body_breaks_the_signature(self, rig: Rig) -> None:
        body = as_json(an_event())
        sent = a_request(body[:-1] + b" }", signature=signature(body).encode())
        assert (await rig.intake.answer(sent)).status == 401

    async def test_a_key_that_was_made_a_moment_ago_is_looked_up_before_it_is_refused(self, database: Path) -> None:
        made = Project(no=2, id="id", name="New", slug="new", api_key=OTHER_KEY, created_secs=0, created_by=None)

        async def look() -> bool:
            rig.keys.reload([default, made])
            return True

        async with a_rig(database, flushing=False, refresh_keys=look) as rig:
            default = rig.keys.default.project
            assert (await rig.send(an_event(), key=OTHER_KEY))[0] == 200
            assert rig.counts("new").accepted == 1

    async def test_the_signature_is_judged_before_the_body(self, rig: Rig) -> None:
        assert (await rig.send(b"", too_large=True, signature=None))[1] == {"error": "missing X-Signature header"}
        assert (await rig.send(b"", too_large=True, signature=b"x"))[1] == {"error": "invalid signature encoding"}
        assert await rig.send(b"", too_large=True, project_key=b"?") == (400, {"error": "failed to read body"})
        assert rig.counts("").rejected == {
            Rejection.MISSING_SIGNATURE: 1,
            Rejection.INVALID_SIGNATURE_ENCODING: 1,
            Rejection.UNREADABLE_BODY: 1,
        }


class TestContentType:
    @pytest.mark.parametrize(
        "value",
        [
            b"application/json",
            b"application/json; charset=utf-8",
            b"Application/JSON ;charset=UTF-8",
            b"application/vnd.bloop+json",
        ],
    )
    async def test_json_by_any_of_its_names(self, rig: Rig, value: bytes) -> None:
        assert (await rig.send(an_event(), content_type=value))[0] == 200

    @pytest.mark.parametrize("value", [None, b"", b"text/plain", b"application/jsonp", b"text/x+json", b"\xff"])
    async def test_anything_else_is_refused(self, rig: Rig, value: bytes | None) -> None:
        for sent in (an_event(), [an_event(), an_event()]):
            assert await rig.send(sent, content_type=value) == (
                400,
                {"error": "the Content-Type must be application/json"},
            )
        assert rig.counts().rejected == {Rejection.CONTENT_TYPE: 2}


BAD_EVENTS = [
    ({"environment": ""}, "environment is required"),
    ({"environment": None}, "environment is required"),
    ({"error_type": ""}, "error_type is required"),
    ({"timestamp": None}, "timestamp is required"),
    ({"timestamp": "1700000000000"}, "timestamp must be an integer"),
    ({"timestamp": 1.5}, "timestamp must be an integer"),
    ({"timestamp": True}, "timestamp must be an integer"),
    ({"timestamp": 2**63}, "timestamp must be a 64-bit integer"),
    ({"source": None}, "source is required"),
    ({"source": "a b"}, "source must be 1 to 32 characters of A-Z a-z 0-9 . _ -"),
    ({"source": "x" * 33}, "source must be 1 to 32 characters of A-Z a-z 0-9 . _ -"),
    ({"http_status": -1}, "http_status must be an integer from 0 to 65535"),
    ({"http_status": 65536}, "http_status must be an integer from 0 to 65535"),
    ({"http_status": "500"}, "http_status must be an integer"),
    ({"message": "m" * 2049}, "message exceeds 2048 bytes"),
    ({"message": "ü" * 1025}, "message exceeds 2048 bytes"),
    ({"stack": "s" * 8193}, "stack exceeds 8192 bytes"),
    ({"metadata": {"k": "v" * 4096}}, "metadata exceeds 4096 bytes"),
    ({"message": "m" * 2049, "stack": "s" * 8193, "environment": ""}, "message exceeds 2048 bytes"),
    ({"message": ["text"]}, "message must be a string"),
    ({"event_id": "a b"}, "event_id must be 1 to 64 characters of A-Z a-z 0-9 _ -"),
    ({"event_id": "x" * 65}, "event_id must be 1 to 64 characters of A-Z a-z 0-9 _ -"),
]


class TestVerdicts:
    @pytest.mark.parametrize(("changes", "message"), BAD_EVENTS)
    async def test_both_routes_say_the_same_of_an_event(self, rig: Rig, changes: dict[str, Any], message: str) -> None:
        bad = an_event() | changes
        assert await rig.send(bad) == (400, {"error": message})
        status, answer = await rig.send([an_event(), bad, an_event()])
        assert (status, answer) == (
            200,
            {"accepted": 2, "dropped": 0, "errors": [{"index": 1, "error": message}]},
        )
        assert rig.counts().rejected == {Rejection.INVALID_EVENT: 2}

    @pytest.mark.parametrize("value", [None, 1, "text", [], [an_event()]])
    async def test_what_is_no_object_is_no_event(self, rig: Rig, value: Any) -> None:
        assert await rig.send(as_json(value)) == (400, {"error": "an event must be an object"})
        assert (await rig.send([value]))[1]["errors"] == [{"index": 0, "error": "an event must be an object"}]

    async def test_an_event_may_weigh_as_much_in_a_batch_as_alone(self, rig: Rig) -> None:
        cap = rig.intake.max_body_bytes(Route.SINGLE)
        heavy = as_json(an_event())
        heavy = heavy[:-1] + b" " * (cap - len(heavy)) + b"}"
        assert (await rig.send(heavy))[0] == 200
        for changed, errors in ((heavy, []), (heavy + b" ", []), (heavy[:-1] + b" }", ["event exceeds 32768 bytes"])):
            status, answer = await rig.send(b'{"events":[' + changed + b"]}", route=Route.BATCH)
            assert (status, [e["error"] for e in answer["errors"]]) == (200, errors)

    @pytest.mark.parametrize("size", [0, 1, 49, 50, 51, 100])
    async def test_a_batch_of_up_to_twice_the_documented_size_is_taken(self, rig: Rig, size: int) -> None:
        assert await rig.send([an_event() for _ in range(size)]) == (200, BATCH_OK | {"accepted": size})
        assert rig.counts().accepted == size

    @pytest.mark.parametrize("size", [101, 1000])
    async def test_a_longer_batch_is_refused_as_a_whole(self, rig: Rig, size: int) -> None:
        assert await rig.send([{}] * size) == (400, {"error": "batch exceeds max size of 50"})
        assert rig.counts().rejected == {Rejection.BATCH_TOO_LARGE: size}

    async def test_other_keys_of_a_batch_do_not_matter(self, rig: Rig) -> None:
        body = as_json({"sdk": {"name": "x"}, "events": [an_event()], "more": [1]})
        assert await rig.send(body, route=Route.BATCH) == (200, BATCH_OK | {"accepted": 1})

    @pytest.mark.parametrize("body", [b"[]", b"{}", b'{"events":{}}', b'{"events":null}', b'"events"', b"1"])
    async def test_a_batch_without_a_list_of_events(self, rig: Rig, body: bytes) -> None:
        assert await rig.send(body, route=Route.BATCH) == (
            400,
            {"error": 'a batch must be an object with a list "events"'},
        )

    async def test_every_event_of_a_mixed_batch_is_accounted_for(self, two_projects: Path) -> None:
        async with a_rig(two_projects, capacity=5, flushing=False) as rig:
            batch = [an_event(environment="" if n % 3 == 0 else "prod") for n in range(12)]
            status, answer = await rig.send(batch)
            assert (status, answer["accepted"], answer["dropped"]) == (200, 5, 3)
            assert [e["index"] for e in answer["errors"]] == [0, 3, 6, 9]
            assert rig.counts().dropped == {Drop.BUFFER_FULL: 3}


class TestPressure:
    async def test_a_full_buffer_still_answers_200_and_counts_the_drop(self, database: Path) -> None:
        async with a_rig(database, capacity=3, flushing=False) as rig:
            for _ in range(5):
                assert await rig.send(an_event()) == (200, {"status": "accepted"})
            assert rig.pipeline.statistics().usage == 1.0
            assert rig.counts().dropped == {Drop.BUFFER_FULL: 2}
            await rig.flush()
            assert rig.stored() == rig.counts().stored == 3

    async def test_a_request_waits_for_room_before_its_event_is_dropped(
        self, database: Path, autojump_clock: MockClock
    ) -> None:
        async with a_rig(database, capacity=4, max_wait_secs=1.0, flushing=False) as rig:
            for _ in range(4):
                rig.pipeline.offer(accepted())
            before = trio.current_time()
            assert (await rig.send(an_event()))[0] == 200
            assert trio.current_time() - before == 1.0
            assert rig.counts().dropped == {Drop.BUFFER_FULL: 1}

            async with trio.open_nursery() as nursery:
                nursery.start_soon(rig.send, an_event())
                await wait_all_tasks_blocked()
                assert rig.counts().received == 1
                assert len(await rig.pipeline.take()) == 4
            assert trio.current_time() - before == 1.0
            assert rig.counts().accepted == 1


class TestRateLimit:
    async def test_over_its_rate_a_client_waits_then_its_events_are_dropped(
        self, database: Path, autojump_clock: MockClock
    ) -> None:
        buckets = TokenBuckets(per_second=1, burst_size=2)
        async with a_rig(database, buckets=buckets, max_wait_secs=1.5, flushing=False) as rig:
            times = []
            for _ in range(3):
                assert await rig.send(an_event(), client="192.0.2.1") == (200, {"status": "accepted"})
                times.append(trio.current_time())
            assert times == [0.0, 0.0, 1.0]

            async def one() -> None:
                assert (await rig.send([an_event(), an_event(environment="")], client="192.0.2.1"))[0] == 200

            async with trio.open_nursery() as nursery:
                for _ in range(4):
                    nursery.start_soon(one)
            counts = rig.counts()
            assert counts.accepted == 4
            assert counts.dropped == {Drop.RATE_LIMITED: 3}
            assert counts.rejected == {Rejection.INVALID_EVENT: 4}

    async def test_clients_have_buckets_of_their_own_and_some_have_none(
        self, database: Path, autojump_clock: MockClock
    ) -> None:
        buckets = TokenBuckets(per_second=1, burst_size=1)
        async with a_rig(database, buckets=buckets, flushing=False) as rig:
            for client in ("192.0.2.1", "192.0.2.2", "192.0.2.1", None, None):
                await rig.send(an_event(), client=client)
            assert (rig.counts().accepted, rig.counts().dropped) == (4, {Drop.RATE_LIMITED: 1})

    async def test_a_limited_batch_says_so(self, database: Path, autojump_clock: MockClock) -> None:
        async with a_rig(database, buckets=TokenBuckets(per_second=1, burst_size=1), flushing=False) as rig:
            assert (await rig.send([an_event()] * 2, client="a"))[1]["accepted"] == 2
            status, answer = await rig.send([an_event()] * 2, client="a")
            assert (status, answer) == (200, {"accepted": 0, "dropped": 2, "errors": []})

    async def test_refused_requests_count_against_the_rate_too(self, database: Path, autojump_clock: MockClock) -> None:
        async with a_rig(database, buckets=TokenBuckets(per_second=1, burst_size=1), flushing=False) as rig:
            assert (await rig.send(an_event(), client="a", signature=None))[0] == 401
            await rig.send(an_event(), client="a")
            assert rig.counts().dropped == {Drop.RATE_LIMITED: 1}


class TestDurable:
    """In durable mode an answer is a promise, so what is not kept is told at once."""

    async def test_an_answer_follows_the_commit(self, database: Path) -> None:
        async with a_rig(database, durable=True) as rig:
            for n in range(1, 4):
                assert await rig.send(an_event(message=f"m{n}")) == (200, {"status": "accepted"})
                assert rig.stored() == n
            assert (await rig.send([an_event()] * 5))[1] == BATCH_OK | {"accepted": 5}
            assert rig.stored() == 8
            assert rig.counts().in_buffer == 0

    async def test_a_duplicate_is_a_kept_promise(self, database: Path) -> None:
        async with a_rig(database, durable=True) as rig:
            for _ in range(2):
                assert (await rig.send(an_event(event_id="e")))[0] == 200
            assert (rig.counts().stored, rig.counts().duplicate) == (1, 1)

    async def test_what_does_not_fit_is_503(self, database: Path) -> None:
        async with a_rig(database, durable=True, capacity=3, flushing=False) as rig:
            for _ in range(3):
                rig.pipeline.offer(accepted())
            assert await rig.send(an_event()) == (503, {"error": "not stored, try again"})
            assert await rig.send([an_event()] * 2) == (503, {"error": "not stored, try again"})
            assert rig.counts().dropped == {Drop.BUFFER_FULL: 3}
            assert await rig.send([]) == (200, BATCH_OK | {"accepted": 0})
            assert (await rig.send([an_event(environment="")]))[0] == 200
            assert (await rig.send(an_event(environment="")))[0] == 400

    async def test_of_a_batch_that_fits_in_part_the_rest_is_told(self, database: Path) -> None:
        async with a_rig(database, durable=True, capacity=3) as rig:
            status, answer = await rig.send([an_event()] * 5 + [an_event(environment="")])
            assert (status, answer["accepted"], answer["dropped"], len(answer["errors"])) == (200, 3, 2, 1)
            assert rig.stored() == 3

    async def test_a_limited_event_is_503(self, database: Path) -> None:
        async with a_rig(database, durable=True, buckets=TokenBuckets(per_second=0.001, burst_size=1)) as rig:
            assert (await rig.send(an_event(), client="a"))[0] == 200
            assert (await rig.send(an_event(), client="a"))[0] == 503
            assert (await rig.send([an_event()], client="a"))[0] == 503
            assert rig.counts().dropped == {Drop.RATE_LIMITED: 2}

    async def test_when_nobody_can_say_in_time_it_is_503(self, database: Path, autojump_clock: MockClock) -> None:
        async with a_rig(database, durable=True, flushing=False) as rig:
            assert (await rig.send(an_event()))[0] == 503
            assert rig.counts().in_buffer == 1
