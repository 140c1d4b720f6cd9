"""Who is to be let in where, written by hand: what the server's own table is held against.

A route needs a row in `ROWS`, or the tests fail; a row says what the route is sent and what it then answers to somebody
who is let in. What becomes of each credential follows from the row's level, in `LEVELS`.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import attrs

from tests.sourcemaps.forms import a_form

Refusal: TypeAlias = tuple[int, str]

IN: Final = None
"""The sender is let in."""
ABSENT: Final[Refusal] = (401, "authentication required")
INVALID: Final[Refusal] = (401, "invalid or expired token")
LACKING: Final[Refusal] = (403, "token lacks required scope: {scope}")
NO_OWNER: Final[Refusal] = (403, "you do not have access to this project")
NO_PROJECT: Final[Refusal] = (404, "project not found")
NO_RULE: Final[Refusal] = (404, "alert rule 7 not found")
NO_ADMIN: Final[Refusal] = (403, "admin access required")
CROSS_SITE: Final[Refusal] = (403, "cross-site request refused")
UNSIGNED: Final[Refusal] = (401, "missing X-Signature header")
REMOTE: Final[Refusal] = (403, "open to this host alone, or with server.metrics_token as bearer token")

CREDENTIALS: Final = (
    "nothing",
    "a made-up token",
    "a token of all other scopes",
    "another project's token",
    "a revoked token",
    "an expired token",
    "a token",
    "a made-up session",
    "an expired session",
    "a user",
    "the project's creator",
    "an administrator",
    "an administrator on another site",
    "an administrator of an old browser on another site",
)

_TOKENS_ARE_NO_USERS: Final = dict.fromkeys(
    (
        "a made-up token",
        "a token of all other scopes",
        "another project's token",
        "a revoked token",
        "an expired token",
        "a token",
    ),
    ABSENT,
)
_NOBODY_SIGNED_IN: Final = dict.fromkeys(("nothing", "a made-up session", "an expired session"), ABSENT)
_SITES: Final = ("an administrator on another site", "an administrator of an old browser on another site")

LEVELS: Final[dict[str, dict[str, Refusal | None]]] = {
    "anyone": dict.fromkeys(CREDENTIALS, IN),
    "sender": dict.fromkeys(CREDENTIALS, UNSIGNED),
    "operator": dict.fromkeys(CREDENTIALS, REMOTE),
    "page": dict.fromkeys(CREDENTIALS, IN),
    "file": dict.fromkeys(CREDENTIALS, IN),
    "reader": {
        **_NOBODY_SIGNED_IN,
        "a made-up token": INVALID,
        "a token of all other scopes": LACKING,
        "another project's token": IN,
        "a revoked token": INVALID,
        "an expired token": INVALID,
        "a token": IN,
        "a user": IN,
        "the project's creator": IN,
        "an administrator": IN,
        **dict.fromkeys(_SITES, IN),
    },
    "keeper": {
        **_NOBODY_SIGNED_IN,
        "a made-up token": INVALID,
        "a token of all other scopes": LACKING,
        "another project's token": NO_PROJECT,
        "a revoked token": INVALID,
        "an expired token": INVALID,
        "a token": IN,
        "a user": NO_OWNER,
        "the project's creator": IN,
        "an administrator": IN,
        **dict.fromkeys(_SITES, IN),
    },
    "rule keeper": {
        **_NOBODY_SIGNED_IN,
        "a made-up token": INVALID,
        "a token of all other scopes": LACKING,
        "another project's token": NO_RULE,
        "a revoked token": INVALID,
        "an expired token": INVALID,
        "a token": IN,
        "a user": NO_OWNER,
        "the project's creator": IN,
        "an administrator": IN,
        **dict.fromkeys(_SITES, IN),
    },
    "user": {
        **_NOBODY_SIGNED_IN,
        **_TOKENS_ARE_NO_USERS,
        "a user": IN,
        "the project's creator": IN,
        "an administrator": IN,
        **dict.fromkeys(_SITES, IN),
    },
    "owner": {
        **_NOBODY_SIGNED_IN,
        **_TOKENS_ARE_NO_USERS,
        "a user": NO_OWNER,
        "the project's creator": IN,
        "an administrator": IN,
        **dict.fromkeys(_SITES, IN),
    },
    "admin": {
        **_NOBODY_SIGNED_IN,
        **_TOKENS_ARE_NO_USERS,
        "a user": NO_ADMIN,
        "the project's creator": NO_ADMIN,
        "an administrator": IN,
        **dict.fromkeys(_SITES, IN),
    },
}


@attrs.frozen
class Row:
    """What is expected of one route."""

    level: str
    target: str
    """What is asked for; `{token}` is the id of a token of ada's project."""
    ok: int = 200
    """What is answered to whoever is let in."""
    scope: str = ""
    """What a token needs."""
    body: Any = attrs.field(default=None, kw_only=True)
    content_type: str = attrs.field(default="application/json", kw_only=True)
    """Of the body; bytes are sent as they are."""
    project_no: int = attrs.field(default=1, kw_only=True)
    """The project of the token that is let in."""
    once: bool = attrs.field(default=False, kw_only=True)
    """Whether it can be done but once."""
    elsewhere: int | None = attrs.field(default=None, kw_only=True)
    """What a token of another project is answered, if not the same."""
    outside: int | None = attrs.field(default=None, kw_only=True)
    """What somebody without a session is answered by a page, if not the same."""

    def expected(self, method: str, credential: str) -> Refusal | None:
        """Return what the credential is refused with; None if it is let in."""
        refusal = LEVELS[self.level][credential]
        if refusal is IN and credential in _SITES and method != "GET":
            return CROSS_SITE
        if refusal is None:
            return None
        status, message = refusal
        return status, message.format(scope=self.scope)

    def status(self, credential: str) -> int:
        """Return what somebody who is let in is answered."""
        if credential == "another project's token" and self.elsewhere is not None:
            return self.elsewhere
        if self.outside is not None and LEVELS["user"][credential] is not IN:
            return self.outside
        return self.ok


def method_of(route: str) -> str:
    """Return the method of a route, as the names of `ROWS` have it."""
    return route.partition(" ")[0]


def _reads(target: str, **more: Any) -> Row:
    return Row("reader", target, 200, "errors:read", **more)


def _writes(target: str, **more: Any) -> Row:
    return Row("reader", target, 200, "errors:write", **more)


def _page(target: str, **more: Any) -> Row:
    return Row("page", target, **more)


def _reads_alerts(target: str, **more: Any) -> Row:
    return Row("reader", target, 200, "alerts:read", project_no=2, **more)


def _writes_rule(target: str, ok: int = 200, **more: Any) -> Row:
    return Row("rule keeper", target, ok, "alerts:write", project_no=2, **more)


_NOBODY: Final = "00000000-0000-4000-8000-00000000dead"
_CEREMONY: Final = {"challenge_id": "A" * 43, "credential": {}}

_MAIL: Final = {"type": "email", "to": "ada@example.com"}
_MAPS: Final = "/v1/projects/adas/sourcemaps"
_FORM, _UPLOAD = a_form({"release": "1.0.0"}, {"app.js.map": b'{"version":3,"sources":[],"mappings":""}'})

ROWS: Final[dict[str, Row]] = {
    # The server itself
    "GET /health": Row("anyone", "/health"),
    "GET /readyz": Row("anyone", "/readyz"),
    "GET /metrics": Row("operator", "/metrics"),
    "GET /openapi.json": Row("anyone", "/openapi.json"),
    "GET /docs": Row("anyone", "/docs"),
    # Events
    "POST /v1/ingest": Row("sender", "/v1/ingest", body={}),
    "POST /v1/ingest/batch": Row("sender", "/v1/ingest/batch", body={"events": []}),
    # Errors
    "GET /v1/errors": _reads("/v1/errors"),
    "GET /v1/errors/{fingerprint}": _reads("/v1/errors/cart", elsewhere=404),
    "GET /v1/errors/{fingerprint}.md": _reads("/v1/errors/cart.md", elsewhere=404),
    "GET /v1/errors/{fingerprint}/occurrences": _reads("/v1/errors/cart/occurrences"),
    "GET /v1/errors/{fingerprint}/occurrences/{occurrence_id}": _reads("/v1/errors/cart/occurrences/1", elsewhere=404),
    "GET /v1/errors/{fingerprint}/trend": _reads("/v1/errors/cart/trend"),
    "GET /v1/errors/{fingerprint}/history": _reads("/v1/errors/cart/history"),
    "GET /v1/errors/{fingerprint}/tags": _reads("/v1/errors/cart/tags", elsewhere=404),
    "GET /v1/errors/{fingerprint}/grouping": _reads("/v1/errors/cart/grouping", elsewhere=404),
    "GET /v1/releases": _reads("/v1/releases"),
    "GET /v1/releases/{release}/errors": _reads("/v1/releases/1.0.0/errors"),
    "GET /v1/facets": _reads("/v1/facets"),
    "GET /v1/error-trends": _reads("/v1/error-trends?fingerprint=cart"),
    "GET /v1/trends": _reads("/v1/trends"),
    "GET /v1/stats": _reads("/v1/stats"),
    "GET /v1/server": _reads("/v1/server"),
    "GET /v1/stream": _reads("/v1/stream?project_id=default"),
    # The app of the tests has no insights.
    **{
        f"GET /v1/analytics/{insight}": Row("reader", f"/v1/analytics/{insight}", 404, "analytics:read")
        for insight in ("spikes", "movers", "correlations", "releases", "environments")
    },
    "GET /v1/export": _reads("/v1/export?project_id=default"),
    "GET /v1/errors/{fingerprint}/fingerprints": _reads("/v1/errors/cart/fingerprints", elsewhere=404),
    # There is one error alone, so that nothing can be merged.
    "POST /v1/errors/{fingerprint}/merge": Row(
        "reader",
        "/v1/errors/cart/merge",
        400,
        "errors:write",
        body={"fingerprints": ["cart"]},
        elsewhere=404,
    ),
    "POST /v1/errors/{fingerprint}/unmerge": Row(
        "reader", "/v1/errors/cart/unmerge", 400, "errors:write", body={"all": True}, elsewhere=404
    ),
    "POST /v1/errors/{fingerprint}/resolve": _writes("/v1/errors/cart/resolve", elsewhere=404),
    "POST /v1/errors/{fingerprint}/ignore": _writes("/v1/errors/cart/ignore", elsewhere=404),
    "POST /v1/errors/{fingerprint}/mute": _writes("/v1/errors/cart/mute", elsewhere=404),
    "POST /v1/errors/{fingerprint}/unresolve": _writes("/v1/errors/cart/unresolve", elsewhere=404),
    "POST /v1/status-changes": _writes(
        "/v1/status-changes?project_id=default", body={"status": "muted", "filter": {}, "all": True}
    ),
    "GET /v1/errors/{fingerprint}/activity": _reads("/v1/errors/cart/activity"),
    "GET /v1/assignees": _writes("/v1/assignees"),
    "POST /v1/assignments": _writes(
        "/v1/assignments?project_id=default", body={"fingerprints": ["cart"], "user_id": None}
    ),
    "PUT /v1/errors/{fingerprint}/assignee": _writes("/v1/errors/cart/assignee", elsewhere=404, body={"user_id": None}),
    "POST /v1/errors/{fingerprint}/comments": _writes(
        "/v1/errors/cart/comments", elsewhere=404, body={"text": "Seen."}
    ),
    "PUT /v1/errors/{fingerprint}/comments/{comment_id}": Row(
        "reader", "/v1/errors/cart/comments/0", 404, "errors:write", body={"text": "Seen."}
    ),
    "DELETE /v1/errors/{fingerprint}/comments/{comment_id}": Row(
        "reader", "/v1/errors/cart/comments/0", 404, "errors:write"
    ),
    "POST /v1/status-changes/{change_id}/undo": Row("reader", "/v1/status-changes/0/undo", 404, "errors:write"),
    # Signing in; 400 and 403 are what these answer to what makes no sense while there are users
    "GET /auth/status": Row("anyone", "/auth/status"),
    "POST /auth/register/start": Row("anyone", "/auth/register/start", 403, body={"username": "eve"}),
    "POST /auth/register/finish": Row("anyone", "/auth/register/finish", 403, body=_CEREMONY),
    "POST /auth/invite/register/start": Row(
        "anyone", "/auth/invite/register/start", 400, body={"username": "eve", "invite_token": "no"}
    ),
    "POST /auth/invite/register/finish": Row(
        "anyone", "/auth/invite/register/finish", 400, body={**_CEREMONY, "invite_token": "no"}
    ),
    "POST /auth/login/start": Row("anyone", "/auth/login/start", 400),
    "POST /auth/login/finish": Row("anyone", "/auth/login/finish", 400, body=_CEREMONY),
    "POST /auth/logout": Row("anyone", "/auth/logout"),
    # Oneself
    "GET /v1/me": Row("user", "/v1/me"),
    "GET /v1/me/passkeys": Row("user", "/v1/me/passkeys"),
    "POST /v1/me/passkeys/start": Row("user", "/v1/me/passkeys/start"),
    "POST /v1/me/passkeys/finish": Row("user", "/v1/me/passkeys/finish", 400, body=_CEREMONY),
    "PUT /v1/me/passkeys/{passkey_id}": Row("user", f"/v1/me/passkeys/{_NOBODY}", 404, body={"name": "key"}),
    "DELETE /v1/me/passkeys/{passkey_id}": Row("user", f"/v1/me/passkeys/{_NOBODY}", 404),
    "GET /v1/me/sessions": Row("user", "/v1/me/sessions"),
    "DELETE /v1/me/sessions": Row("user", "/v1/me/sessions"),
    "DELETE /v1/me/sessions/{session_id}": Row("user", f"/v1/me/sessions/{_NOBODY}", 404),
    # Saved views
    "GET /v1/views": Row("user", "/v1/views"),
    "POST /v1/views": Row("user", "/v1/views", body={"name": "Mine", "query": "assignee:me"}, once=True),
    "PUT /v1/views/{view_id}": Row("user", f"/v1/views/{_NOBODY}", 404, body={"name": "Mine"}),
    "DELETE /v1/views/{view_id}": Row("user", f"/v1/views/{_NOBODY}", 404),
    # Projects and their tokens: anybody who is signed in reads, creators and administrators change
    "GET /v1/projects": Row("user", "/v1/projects"),
    "POST /v1/projects": Row("user", "/v1/projects", body={"name": "New", "slug": "new"}, once=True),
    "GET /v1/projects/{slug}": Row("user", "/v1/projects/adas"),
    "PUT /v1/projects/{slug}": Row("owner", "/v1/projects/adas", body={"name": "New"}),
    "DELETE /v1/projects/{slug}": Row("owner", "/v1/projects/adas", once=True),
    "POST /v1/projects/{slug}/rotate-key": Row("owner", "/v1/projects/adas/rotate-key"),
    "GET /v1/projects/{slug}/grouping": Row("owner", "/v1/projects/adas/grouping"),
    "PUT /v1/projects/{slug}/grouping": Row("owner", "/v1/projects/adas/grouping", body={"version": 2, "rules": []}),
    "POST /v1/projects/{slug}/grouping/preview": Row(
        "owner", "/v1/projects/adas/grouping/preview", body={"version": 2, "rules": []}
    ),
    "GET /v1/projects/{slug}/sourcemaps": Row("keeper", _MAPS, 200, "sourcemaps:read", project_no=2),
    "POST /v1/projects/{slug}/sourcemaps": Row(
        "keeper", _MAPS, 200, "sourcemaps:upload", body=_UPLOAD, content_type=_FORM, project_no=2
    ),
    "POST /v1/projects/{slug}/sourcemaps/explain": Row(
        "keeper",
        f"{_MAPS}/explain",
        200,
        "sourcemaps:read",
        body={"release": "1.0.0", "stack": "at f (app.js:1:2)"},
        project_no=2,
    ),
    "DELETE /v1/projects/{slug}/sourcemaps/{map_id}": Row(
        "keeper", f"{_MAPS}/{_NOBODY}", 404, "sourcemaps:write", project_no=2
    ),
    "GET /v1/tokens": Row("owner", "/v1/tokens?project_id=adas"),
    "POST /v1/tokens": Row(
        "owner", "/v1/tokens", 201, body={"name": "ci", "project_id": "adas", "scopes": ["errors:read"]}
    ),
    "DELETE /v1/tokens/{token_id}": Row("owner", "/v1/tokens/{token}", once=True),
    # Alerts; the rule 7 is one of ada's project
    "GET /v1/alerts": _reads_alerts("/v1/alerts"),
    "POST /v1/alerts": Row(
        "keeper",
        "/v1/alerts",
        200,
        "alerts:write",
        body={"name": "New", "config": {"type": "new_issue"}, "project_id": "adas"},
        project_no=2,
    ),
    "GET /v1/alerts/{rule_id}": _reads_alerts("/v1/alerts/7", elsewhere=404),
    "PUT /v1/alerts/{rule_id}": _writes_rule("/v1/alerts/7", body={"enabled": False}),
    "DELETE /v1/alerts/{rule_id}": _writes_rule("/v1/alerts/7", once=True),
    "GET /v1/alerts/{rule_id}/channels": _reads_alerts("/v1/alerts/7/channels", elsewhere=404),
    "POST /v1/alerts/{rule_id}/channels": _writes_rule("/v1/alerts/7/channels", body={"config": _MAIL}),
    "PUT /v1/alerts/{rule_id}/channels/{channel_id}": _writes_rule(
        "/v1/alerts/7/channels/1", 404, body={"config": _MAIL}
    ),
    "DELETE /v1/alerts/{rule_id}/channels/{channel_id}": _writes_rule("/v1/alerts/7/channels/1", 404),
    "POST /v1/alerts/{rule_id}/test": _writes_rule("/v1/alerts/7/test"),
    "POST /v1/alerts/dry-run": _reads_alerts("/v1/alerts/dry-run", body={"name": "New", "rule_type": "new_issue"}),
    "POST /v1/alerts/{rule_id}/dry-run": _reads_alerts("/v1/alerts/7/dry-run", elsewhere=404),
    "GET /v1/alerts/{rule_id}/deliveries": _reads_alerts("/v1/alerts/7/deliveries", elsewhere=404),
    "GET /v1/alert-deliveries": _reads_alerts("/v1/alert-deliveries"),
    "GET /v1/alert-log": _reads_alerts("/v1/alert-log"),
    # Administration
    "GET /v1/admin/users": Row("admin", "/v1/admin/users"),
    "DELETE /v1/admin/users/{user_id}": Row("admin", f"/v1/admin/users/{_NOBODY}", 404),
    "PUT /v1/admin/users/{user_id}/role": Row("admin", f"/v1/admin/users/{_NOBODY}/role", 404, body={"is_admin": True}),
    "GET /v1/admin/invites": Row("admin", "/v1/admin/invites"),
    "POST /v1/admin/invites": Row("admin", "/v1/admin/invites"),
    "DELETE /v1/admin/invites/{invite_id}": Row("admin", f"/v1/admin/invites/{_NOBODY}", 404),
    "POST /v1/admin/reset": Row("admin", "/v1/admin/reset", 400, body={"confirm": False}),
    "GET /v1/admin/audit": Row("admin", "/v1/admin/audit"),
    "GET /v1/admin/retention": Row("admin", "/v1/admin/retention"),
    "PUT /v1/admin/retention": Row("admin", "/v1/admin/retention", body={"raw_events_days": 7}),
    "POST /v1/admin/retention/purge": Row("admin", "/v1/admin/retention/purge", 400, body={"confirm": False}),
    # Pages, which lead to the sign-in page
    "GET /": _page("/", outside=303),
    "GET /issues": _page("/issues", outside=303),
    "GET /issues/{rest}": _page("/issues/cart", outside=303),
    "GET /insights": _page("/insights", outside=303),
    "GET /insights/{rest}": _page("/insights/spikes", outside=303),
    "GET /settings": _page("/settings", outside=303),
    "GET /settings/{rest}": _page("/settings/users", outside=303),
    "GET /welcome": _page("/welcome", outside=303),
    "GET /auth/login": _page("/auth/login", ok=303, outside=200),
    "GET /assets/{name}": Row("file", "/assets/app.js"),
    "GET /favicon.svg": Row("file", "/favicon.svg"),
    "GET /robots.txt": Row("file", "/robots.txt"),
}
