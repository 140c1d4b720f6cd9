"""Saved views over HTTP. They belong to people, so that no token opens them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

import attrs
from quart import Blueprint, request

from bloop_trio.auth.users import as_of_now
from bloop_trio.clock import MS_PER_SEC
from bloop_trio.db.changing import change
from bloop_trio.db.connection import transaction
from bloop_trio.http.bodies import read_json
from bloop_trio.http.caller import caller
from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.conditional import tagged
from bloop_trio.http.operations import Operation, documented
from bloop_trio.http.parameters import Text
from bloop_trio.views.shapes import SavedView, ViewChange, ViewDeleted, ViewInput
from bloop_trio.views.store import MAX_LISTED, MAX_VIEWS, change_view, create_view, delete_view, list_views

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.db.writer import Writer
    from bloop_trio.http.caller import SignedIn

T = TypeVar("T")

TAG: Final = "Saved views"
PROJECT: Final = Text(
    "project_id", "Id or slug of a project: its views and those for all projects; without it, all views."
)
MAX_BODY_BYTES: Final = 64 * 1024
_ETAG: Final = {"ETag": "Send it back as `If-None-Match`, and an unchanged answer is 304 without a body."}
_REFUSALS: Final = {
    403: "it is somebody else's",
    404: "there is no such view, or it is somebody else's who does not share it",
}


@attrs.frozen(kw_only=True)
class ViewDesk:
    """Reads and changes views on behalf of people."""

    readers: Readers
    writer: Writer
    clock: Callable[[], int]
    """Epoch milliseconds."""

    async def list_all(self, project: str | None) -> list[SavedView]:
        """Return the views that the caller sees."""
        return await self.readers.run(partial(list_views, asking=caller().signed_in(), project=project))

    async def create(self, given: ViewInput) -> SavedView:
        """Save a view; raises as `store.create_view` does."""
        now_secs = self.clock() // MS_PER_SEC
        return await self._change(lambda conn, asking: create_view(conn, given, asking, now_secs))

    async def change(self, view_id: str, wanted: ViewChange) -> SavedView:
        """Change a view; raises as `store.change_view` does."""
        return await self._change(lambda conn, asking: change_view(conn, view_id, wanted, asking))

    async def delete(self, view_id: str) -> None:
        """Delete a view; raises as `store.delete_view` does."""
        await self._change(lambda conn, asking: delete_view(conn, view_id, asking))

    async def _change(self, work: Callable[[Connection, SignedIn], T]) -> T:
        admitted = caller()

        def run(conn: Connection) -> T:
            with transaction(conn):
                return work(conn, as_of_now(conn, admitted).signed_in())

        return await change(self.writer, run)


def view_routes(desk: ViewDesk) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("views", __name__)

    @routes.get("/v1/views")
    @documented(
        Operation(
            tag=TAG,
            summary="Saved views",
            description=f"One's own and those that are shared, at most {MAX_LISTED:,}; one's own first, by name.",
            parameters=(PROJECT,),
            answer=list[SavedView],
            headers=_ETAG,
        )
    )
    async def views() -> Answer:
        found = await desk.list_all(PROJECT.read(request.args))
        return tagged(answer(found), request.headers.get("if-none-match"))

    @routes.post("/v1/views")
    @documented(
        Operation(
            tag=TAG,
            summary="Save a view",
            body=ViewInput,
            answer=SavedView,
            errors={
                400: "name or query cannot be used",
                404: "there is no such project",
                409: f"one has a view of that name there, or {MAX_VIEWS} of the project",
            },
        )
    )
    async def view_create() -> Answer:
        return answer(await desk.create(await read_json(request, ViewInput, max_bytes=MAX_BODY_BYTES)))

    @routes.put("/v1/views/<segment:view_id>")
    @documented(
        Operation(
            tag=TAG,
            summary="Change a view",
            description="By whoever saved it; a shared one also by an administrator.",
            body=ViewChange,
            answer=SavedView,
            errors={
                400: "name or query cannot be used",
                **_REFUSALS,
                409: "its owner has another view of that name there",
            },
        )
    )
    async def view_change(view_id: str) -> Answer:
        return answer(await desk.change(view_id, await read_json(request, ViewChange, max_bytes=MAX_BODY_BYTES)))

    @routes.delete("/v1/views/<segment:view_id>")
    @documented(
        Operation(
            tag=TAG,
            summary="Delete a view",
            description="By whoever saved it; a shared one also by an administrator.",
            answer=ViewDeleted,
            errors=_REFUSALS,
        )
    )
    async def view_delete(view_id: str) -> Answer:
        await desk.delete(view_id)
        return answer(ViewDeleted(deleted=view_id))

    return routes
