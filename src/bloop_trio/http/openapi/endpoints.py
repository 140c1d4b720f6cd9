"""The routes of an app with all that is known about them: what the documents are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bloop_trio.http.openapi.document import Endpoint
from bloop_trio.http.operations import operation_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quart import Quart

    from bloop_trio.http.access import Access


def collect_endpoints(app: Quart, access: Mapping[tuple[str, str], Access]) -> list[Endpoint]:
    """Return every route of `app` that is for programs, in the order of `access`, which has all of them.

    Raises:
        RuntimeError: a route is not documented: nothing may be reachable that no document tells of.
    """
    functions = {
        (method, rule.rule): app.view_functions[rule.endpoint]
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
    }
    found, silent = [], []
    for (method, rule), wanted in access.items():
        operation = operation_of(functions[method, rule])
        if operation is None:
            silent.append(rule)
        elif wanted.is_api:
            found.append(Endpoint(method=method, rule=rule, access=wanted, operation=operation))
    if silent:
        msg = f"routes that nothing documents: {sorted(silent)}"
        raise RuntimeError(msg)
    return found
