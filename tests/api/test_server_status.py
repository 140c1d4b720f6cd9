"""`GET /v1/server`: how the server is, in sentences, for the people who look after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest

from bloop_trio import __version__
from bloop_trio.app import create_app
from bloop_trio.http.readiness import LOW_FREE_BYTES, State
from bloop_trio.http.server_status import ServerStatus, judge_server
from tests.api.test_readiness import ROOMY, judged, with_free
from tests.client import Client
from tests.conftest import NOW_MS, a_vitals, an_event, an_ingest, as_json, signed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bloop_trio.config import Config
    from bloop_trio.db.connection import Connection


@pytest.fixture
def config(config: Config, database: Path) -> Config:
    """The database of the configuration is the one that is served."""
    return attrs.evolve(config, database=attrs.evolve(config.database, path=database))


def status(**vitals: Any) -> ServerStatus:
    return judge_server(a_vitals(**vitals), judged(**vitals), ROOMY, started_secs=1)


class TestRoute:
    async def test_a_server_that_loses_nothing_has_no_problem(self, client: Client) -> None:
        answer = await client.get("/v1/server")
        found = answer.json
        assert list(found) == [field.name for field in attrs.fields(ServerStatus)]
        assert found.pop("database_bytes") > 0
        assert found.pop("disk_free_bytes") > 0
        assert found == {
            "state": "ok",
            "problems": [],
            "buffer_usage": 0.0,
            "buffered": 0,
            "capacity": 100,
            "dropped_total": 0,
            "lost_total": 0,
            "dropped_recently": 0,
            "last_flush_ms": None,
            "oldest_buffered_secs": None,
            "version": __version__,
            "started_at": NOW_MS // 1000,
        }

    async def test_people_and_tokens_may_ask(self, client: Client, sign_in: Callable[..., dict[str, str]]) -> None:
        assert (await client.request("GET", "/v1/server", headers=sign_in("bert", is_admin=False))).status == 200
        assert (await client.get("/v1/server", token=None)).status == 401

    async def test_asking_often_looks_at_the_database_once(self, client: Client, connection: Connection) -> None:
        before = client.services.readers.statistics().queries_total
        for _ in range(5):
            assert (await client.get("/v1/server")).status == 200
        # The token was looked up, its project, and that the database answers.
        assert client.services.readers.statistics().queries_total - before <= 3

    async def test_a_server_that_is_in_trouble_answers_all_the_same(self, client: Client) -> None:
        services = attrs.evolve(client.services, vitals=lambda: a_vitals(flush_error="disk full", stopping=True))
        answer = await Client(create_app(services), services, client.token).get("/v1/server")
        assert (answer.status, answer.json["state"]) == (200, "failing")
        assert answer.json["problems"] == ["The server is stopping", "Events cannot be stored: disk full"]


class TestWords:
    @pytest.mark.parametrize(
        ("vitals", "state", "problem"),
        [
            (
                {"overfull_recently": 1},
                State.FAILING,
                "1 event was dropped in the last five minutes: the buffer was full",
            ),
            (
                {"overfull_recently": 1234},
                State.FAILING,
                "1,234 events were dropped in the last five minutes: the buffer was full",
            ),
            (
                {"limited_recently": 2},
                State.WARNING,
                "2 events were refused in the last five minutes: their senders were over the rate limit",
            ),
            (
                {"lost_recently": 3},
                State.FAILING,
                "3 events were accepted and then lost in the last five minutes: they could not be stored",
            ),
            ({"buffered": 95}, State.WARNING, "The buffer is filled to 95%"),
            ({"budget_problem": "the database is too large"}, State.WARNING, "The database is too large"),
            ({"insights_problem": "insights are behind"}, State.WARNING, "Insights are behind"),
        ],
    )
    def test_each_problem_is_a_sentence(self, vitals: dict[str, Any], state: State, problem: str) -> None:
        found = status(**vitals)
        assert (found.state, found.problems) == (state, [problem])

    def test_what_is_worst_comes_first(self) -> None:
        found = status(limited_recently=1, budget_problem="the database is too large", lost_recently=1, stopping=True)
        assert found.state is State.FAILING
        assert [problem[:18] for problem in found.problems] == [
            "The server is stop",
            "1 event was accept",
            "The database is to",
            "1 event was refuse",
        ]

    def test_insights_that_are_being_made_are_no_problem(self) -> None:
        found = status(insights_making="insights are not there yet: 42% of the counts are copied")
        assert (found.state, found.problems) == (State.OK, [])

    def test_what_was_lost_long_ago_is_a_number_and_no_problem(self) -> None:
        found = status(dropped_total=5, lost_total=6)
        assert (found.state, found.problems, found.dropped_total, found.lost_total) == (State.OK, [], 5, 6)

    def test_a_buffer_of_large_events_is_as_full_as_their_size_says(self) -> None:
        found = status(buffered=1, weight_usage=0.5)
        assert (found.buffer_usage, found.buffered) == (0.5, 1)

    def test_drops_of_both_kinds_are_added_up(self) -> None:
        assert status(overfull_recently=2, limited_recently=3).dropped_recently == 5

    def test_a_disk_that_says_nothing_leaves_its_numbers_out(self) -> None:
        readiness = judged(sizes="the disk of the database has not answered for 2 s")
        found = judge_server(a_vitals(), readiness, None, started_secs=1)
        assert (found.database_bytes, found.disk_free_bytes, found.state) == (None, None, State.FAILING)
        assert found.problems == ["The disk of the database has not answered for 2 s"]

    def test_a_disk_with_little_room_is_worth_a_look(self) -> None:
        sizes = with_free(LOW_FREE_BYTES - 1)
        found = judge_server(a_vitals(), judged(sizes=sizes), sizes, started_secs=1)
        assert found.state is State.WARNING
        assert (found.database_bytes, found.disk_free_bytes) == (2, LOW_FREE_BYTES - 1)


async def test_what_the_intake_drops_is_counted_among_what_was_dropped_lately(
    client: Client, connection: Connection, config: Config
) -> None:
    ingest = an_ingest(connection, config, capacity=2)
    services = attrs.evolve(client.services, intake=ingest.intake)
    sender = Client(create_app(services), services, client.token)
    for _ in range(3):
        body = as_json(an_event())
        await sender.request("POST", "/v1/ingest", body=body, headers=signed(body))
    assert dict(ingest.accounting.recent.totals(NOW_MS)) == {"buffer_full": 1}
    assert not ingest.accounting.recent.totals(NOW_MS + 400_000)
