"""How much of a request's body may wait for its route: more where maps are uploaded than elsewhere."""

from __future__ import annotations

from typing import Any, Final

from quart_trio.wrappers import TrioRequest

_END: Final = "/sourcemaps"


def request_class_for(max_upload_bytes: int) -> type[TrioRequest]:
    """Return the class of requests in which an upload may have `max_upload_bytes`, and all others what the app allows."""

    class Request(TrioRequest):
        """A request as Quart makes it."""

        def __init__(self, method: str, scheme: str, path: str, *parts: Any, **more: Any) -> None:
            if method == "POST" and path.endswith(_END):
                more["max_content_length"] = max_upload_bytes
            super().__init__(method, scheme, path, *parts, **more)

    return Request
