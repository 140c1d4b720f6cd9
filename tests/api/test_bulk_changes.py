"""Changing the statuses of many errors at once over HTTP: by a list or a filter, tried first, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bloop_trio.clock import MS_PER_HOUR
from bloop_trio.issues.triage.routes import MAX_CHANGES_BODY_BYTES
from bloop_trio.issues.triage.shapes import MAX_LISTED
from tests.api.conftest import BULK, status_of
from tests.conftest import NOW_MS, insert_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from tests.client import Client


@pytest.mark.usefixtures("_two_errors")
class TestMany:
    async def test_a_list_is_changed_and_what_is_unknown_is_named(
        self, client: Client, post: Callable[..., Any]
    ) -> None:
        asked = {"status": "resolved", "fingerprints": ["pay", "cart", "nothing", "pay"], "reason": "released"}
        answer = await post(BULK, asked)
        fields = ["status", "matched", "changed", "updated", "unknown", "change_id"]
        assert (answer.status, list(answer.json)) == (200, fields)
        assert answer.json | {"change_id": ""} == {
            "status": "resolved",
            "matched": 2,
            "changed": 2,
            "updated": 3,
            "unknown": ["nothing"],
            "change_id": "",
        }
        assert [await status_of(client, name) for name in ("cart", "pay")] == ["resolved", "resolved"]
        assert [row["reason"] for row in (await client.get("/v1/errors/pay/history")).json] == ["released"]
        again = (await post(BULK, asked)).json
        assert (again["matched"], again["changed"], again["updated"], again["change_id"]) == (2, 0, 0, None)

    @pytest.mark.parametrize(
        ("filters", "changed"),
        [
            ({"release": "1"}, ["cart"]),
            ({"release": "2"}, ["cart", "pay"]),
            ({"environment": "test"}, ["pay"]),
            ({"source": "ios"}, ["pay"]),
            ({"source": "api"}, ["cart"]),
            ({"route": "/pay"}, ["pay"]),
            ({"status": "unresolved"}, ["cart", "pay"]),
            ({"status": "muted"}, []),
            ({"since": NOW_MS}, ["cart", "pay"]),
            ({"since": NOW_MS + 1}, []),
            ({"until": NOW_MS}, ["cart", "pay"]),
            ({"until": NOW_MS - 1}, []),
            ({"since": -(10**40), "until": 10**40}, ["cart", "pay"]),
            ({"active_since": NOW_MS - MS_PER_HOUR, "active_until": NOW_MS}, ["cart", "pay"]),
            ({"active_since": NOW_MS + 1}, []),
            ({"active_until": NOW_MS - MS_PER_HOUR}, []),
            ({"active_since": -(10**40), "active_until": 10**40}, ["cart", "pay"]),
            ({"release": "2", "source": "ios", "status": None}, ["pay"]),
            ({"route": "' OR 1=1 --"}, []),
            ({"q": "property undef*"}, ["cart", "pay"]),
            ({"q": "pay"}, ["pay"]),
            ({"q": "property", "release": "1"}, ["cart"]),
            ({"q": '"property cannot"'}, []),
            ({"q": '" AND (('}, []),
            ({"q": '"(("'}, []),
        ],
        ids=str,
    )
    async def test_a_filter_means_what_it_means_in_the_list(
        self, client: Client, post: Callable[..., Any], filters: dict[str, Any], changed: list[str]
    ) -> None:
        tried = await post(BULK, {"status": "ignored", "filter": filters, "dry_run": True})
        assert (tried.status, tried.json["matched"]) == (200, len(changed))
        assert {await status_of(client, name) for name in ("cart", "pay")} == {"unresolved"}
        answer = await post(BULK, {"status": "ignored", "filter": filters})
        assert (tried.json["change_id"], answer.json["change_id"] is None) == (None, not changed)
        assert answer.json | {"change_id": None} == tried.json
        assert [name for name in ("cart", "pay") if await status_of(client, name) == "ignored"] == changed

    async def test_an_empty_filter_means_everything_and_has_to_say_so(
        self, client: Client, post: Callable[..., Any]
    ) -> None:
        message = "an empty filter means every error of the project: say all: true if so"
        for empty in ({}, {"release": None}):
            answer = await post(BULK, {"status": "muted", "filter": empty})
            assert (answer.status, answer.json) == (400, {"error": message})
        assert await status_of(client, "cart") == "unresolved"
        answer = await post(BULK, {"status": "muted", "filter": {}, "all": True})
        assert (answer.status, answer.json["changed"], answer.json["updated"]) == (200, 2, 3)

    async def test_trying_a_list_changes_nothing(self, client: Client, post: Callable[..., Any]) -> None:
        asked = {"status": "muted", "fingerprints": ["cart", "nothing"]}
        tried = await post(BULK, asked | {"dry_run": True})
        assert tried.json == {
            "status": "muted",
            "matched": 1,
            "changed": 1,
            "updated": 2,
            "unknown": ["nothing"],
            "change_id": None,
        }
        assert await status_of(client, "cart") == "unresolved"
        assert (await post(BULK, asked)).json | {"change_id": None} == tried.json

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"status": None}, "status must be unresolved, resolved, ignored or muted"),
            ({"status": "closed"}, "status must be unresolved, resolved, ignored or muted"),
            ({"status": "Resolved"}, "status must be unresolved, resolved, ignored or muted"),
            ({"fingerprints": []}, "fingerprints must be a list of 1 to 1000 entries"),
            ({"fingerprints": ["x"] * (MAX_LISTED + 1)}, "fingerprints must be a list of 1 to 1000 entries"),
            ({"fingerprints": "cart"}, "fingerprints must be a list of 1 to 1000 entries"),
            ({"fingerprints": {"a": 1}}, "fingerprints must be a list of 1 to 1000 entries"),
            ({"fingerprints": ["a", None]}, "fingerprints[1] must be a string of 1 to 4096 characters"),
            ({"fingerprints": [""]}, "fingerprints[0] must be a string of 1 to 4096 characters"),
            ({"fingerprints": None}, "give either fingerprints or a filter"),
            ({"filter": {"release": "1"}}, "give either fingerprints or a filter"),
            ({"filter": {}, "all": True}, "give either fingerprints or a filter"),
            ({"all": True}, "all: true goes with an empty filter alone"),
            (
                {"fingerprints": None, "filter": {"route": "x"}, "all": True},
                "all: true goes with an empty filter alone",
            ),
            ({"fingerprints": None, "filter": []}, "filter must be an object"),
            (
                {"fingerprints": None, "filter": {"release": 1}},
                "filter.release must be a string of 1 to 4096 characters",
            ),
            ({"fingerprints": None, "filter": {"route": ""}}, "filter.route must be a string of 1 to 4096 characters"),
            (
                {"fingerprints": None, "filter": {"environment": ["x"]}},
                "filter.environment must be a string of 1 to 4096 characters",
            ),
            (
                {"fingerprints": None, "filter": {"source": False}},
                "filter.source must be a string of 1 to 4096 characters",
            ),
            (
                {"fingerprints": None, "filter": {"status": "x"}},
                "filter.status must be unresolved, resolved, ignored or muted",
            ),
            ({"fingerprints": None, "filter": {"q": ""}}, "filter.q must be a string of 1 to 500 characters"),
            ({"fingerprints": None, "filter": {"q": "x" * 501}}, "filter.q must be a string of 1 to 500 characters"),
            ({"fingerprints": None, "filter": {"since": "1"}}, "filter.since must be a whole number"),
            ({"fingerprints": None, "filter": {"until": 1.5}}, "filter.until must be a whole number"),
            ({"fingerprints": None, "filter": {"project_id": "other"}}, "there is no field filter.project_id"),
            ({"reason": ["x"]}, "reason must be a string of at most 500 characters"),
            ({"reason": "x" * 501}, "reason must be a string of at most 500 characters"),
            ({"dry_run": "yes"}, "dry_run must be true or false"),
            ({"all": 1}, "all must be true or false"),
            ({"dryrun": True}, "there is no field dryrun"),
            ({"in_release": "1"}, "in_release goes with the status resolved alone"),
            ({"until": NOW_MS}, "until must lie ahead, in epoch milliseconds, at most ten years"),
            ({"status": "ignored", "for_secs": 5}, "until, for_secs and the like go with the status muted alone"),
            (
                {"status": "resolved", "until_next_release": True},
                "until, for_secs and the like go with the status muted alone",
            ),
            (
                {"fingerprints": None, "filter": {"assignee": "me"}},
                "assignee me needs somebody who is signed in",
            ),
        ],
        ids=lambda value: str(value)[:60],
    )
    async def test_a_request_that_makes_no_sense_is_told_why_and_changes_nothing(
        self, client: Client, post: Callable[..., Any], changes: dict[str, Any], message: str
    ) -> None:
        answer = await post(BULK, {"status": "muted", "fingerprints": ["cart"]} | changes)
        assert (answer.status, answer.json) == (400, {"error": message})
        assert await status_of(client, "cart") == "unresolved"

    async def test_the_status_is_required(self, post: Callable[..., Any]) -> None:
        answer = await post(BULK, {"fingerprints": ["cart"]})
        assert (answer.status, answer.json) == (400, {"error": "status is required"})

    async def test_a_body_is_needed_and_has_to_be_json(self, post: Callable[..., Any]) -> None:
        assert (await post(BULK)).status == 415
        assert (await post(BULK, b"", content_type="application/json")).status == 400
        assert (await post(BULK, b"status=muted", content_type="application/x-www-form-urlencoded")).status == 415
        too_large = await post(BULK, b" " * (MAX_CHANGES_BODY_BYTES + 1), content_type="application/json")
        assert (too_large.status, too_large.json) == (413, {"error": "request body exceeds 1048576 bytes"})

    async def test_the_longest_list_is_taken(self, post: Callable[..., Any]) -> None:
        names = ["cart", *(f"f{n}" for n in range(MAX_LISTED - 1))]
        answer = await post(BULK, {"status": "muted", "fingerprints": names})
        assert (answer.status, answer.json["matched"], len(answer.json["unknown"])) == (200, 1, MAX_LISTED - 1)

    async def test_another_projects_errors_are_out_of_reach(
        self, client: Client, connection: Connection, make_token: Callable[..., str], post: Callable[..., Any]
    ) -> None:
        other = insert_project(connection, "other")
        token = make_token("errors:write", project_no=other.no)
        by_list = await post(BULK, {"status": "muted", "fingerprints": ["cart"]}, token=token)
        assert (by_list.json["matched"], by_list.json["unknown"]) == (0, ["cart"])
        by_filter = await post(BULK, {"status": "muted", "filter": {}, "all": True}, token=token)
        assert by_filter.json["matched"] == 0
        assert await status_of(client, "cart") == "unresolved"

    async def test_reading_is_not_enough(self, make_token: Callable[..., str], post: Callable[..., Any]) -> None:
        answer = await post(BULK, {"status": "muted", "fingerprints": ["cart"]}, token=make_token("errors:read"))
        assert answer.status == 403
