"""The one table of who may use what: route → credential → scope → project. The app is built from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bloop_trio.http.access import (
    ADMIN,
    ANYONE,
    FILE,
    OPERATOR,
    OWNER_BY_ROUTE,
    OWNER_OF_PATH,
    PAGE,
    SENDER,
    USER,
    Access,
    owner_with,
    reader_with,
)
from bloop_trio.http.pages import APP_RULES

if TYPE_CHECKING:
    from collections.abc import Mapping

_READS_ERRORS: Final = reader_with("errors:read")
_WRITES_ERRORS: Final = reader_with("errors:write")

ACCESS: Final[Mapping[tuple[str, str], Access]] = {
    ("GET", "/health"): ANYONE,
    ("GET", "/readyz"): ANYONE,
    ("GET", "/metrics"): OPERATOR,
    ("POST", "/v1/ingest"): SENDER,
    ("POST", "/v1/ingest/batch"): SENDER,
    ("GET", "/v1/errors"): _READS_ERRORS,
    ("GET", "/v1/errors/<segment:fingerprint>"): _READS_ERRORS,
    ("GET", "/v1/errors/<segment:fingerprint>.md"): _READS_ERRORS,
    ("GET", "/v1/errors/<segment:fingerprint>/occurrences"): _READS_ERRORS,
    ("GET", "/v1/errors/<segment:fingerprint>/trend"): _READS_ERRORS,
    ("GET", "/v1/errors/<segment:fingerprint>/history"): _READS_ERRORS,
    ("POST", "/v1/errors/<segment:fingerprint>/resolve"): _WRITES_ERRORS,
    ("POST", "/v1/errors/<segment:fingerprint>/ignore"): _WRITES_ERRORS,
    ("POST", "/v1/errors/<segment:fingerprint>/mute"): _WRITES_ERRORS,
    ("POST", "/v1/errors/<segment:fingerprint>/unresolve"): _WRITES_ERRORS,
    ("POST", "/v1/status-changes"): _WRITES_ERRORS,
    ("GET", "/v1/releases/<segment:release>/errors"): _READS_ERRORS,
    ("GET", "/v1/facets"): _READS_ERRORS,
    ("GET", "/v1/error-trends"): _READS_ERRORS,
    ("GET", "/v1/trends"): _READS_ERRORS,
    ("GET", "/v1/stats"): _READS_ERRORS,
    ("GET", "/v1/stream"): _READS_ERRORS,
    ("GET", "/v1/export"): _READS_ERRORS,
    ("GET", "/auth/status"): ANYONE,
    ("POST", "/auth/register/start"): ANYONE,
    ("POST", "/auth/register/finish"): ANYONE,
    ("POST", "/auth/invite/register/start"): ANYONE,
    ("POST", "/auth/invite/register/finish"): ANYONE,
    ("POST", "/auth/login/start"): ANYONE,
    ("POST", "/auth/login/finish"): ANYONE,
    ("POST", "/auth/logout"): ANYONE,
    ("GET", "/v1/me"): USER,
    ("GET", "/v1/me/passkeys"): USER,
    ("POST", "/v1/me/passkeys/start"): USER,
    ("POST", "/v1/me/passkeys/finish"): USER,
    ("PUT", "/v1/me/passkeys/<segment:passkey_id>"): USER,
    ("DELETE", "/v1/me/passkeys/<segment:passkey_id>"): USER,
    ("GET", "/v1/me/sessions"): USER,
    ("DELETE", "/v1/me/sessions"): USER,
    ("DELETE", "/v1/me/sessions/<segment:session_id>"): USER,
    ("GET", "/v1/projects"): USER,
    ("POST", "/v1/projects"): USER,
    ("GET", "/v1/projects/<segment:slug>"): USER,
    ("PUT", "/v1/projects/<segment:slug>"): OWNER_OF_PATH,
    ("DELETE", "/v1/projects/<segment:slug>"): OWNER_OF_PATH,
    ("POST", "/v1/projects/<segment:slug>/rotate-key"): OWNER_OF_PATH,
    ("GET", "/v1/projects/<segment:slug>/sourcemaps"): owner_with("sourcemaps:read"),
    ("POST", "/v1/projects/<segment:slug>/sourcemaps"): owner_with("sourcemaps:upload", "multipart/form-data"),
    ("DELETE", "/v1/projects/<segment:slug>/sourcemaps/<segment:map_id>"): owner_with("sourcemaps:write"),
    ("GET", "/v1/tokens"): OWNER_BY_ROUTE,
    ("POST", "/v1/tokens"): OWNER_BY_ROUTE,
    ("DELETE", "/v1/tokens/<segment:token_id>"): OWNER_BY_ROUTE,
    ("GET", "/v1/admin/users"): ADMIN,
    ("DELETE", "/v1/admin/users/<segment:user_id>"): ADMIN,
    ("PUT", "/v1/admin/users/<segment:user_id>/role"): ADMIN,
    ("GET", "/v1/admin/invites"): ADMIN,
    ("POST", "/v1/admin/invites"): ADMIN,
    ("DELETE", "/v1/admin/invites/<segment:invite_id>"): ADMIN,
    ("POST", "/v1/admin/reset"): ADMIN,
    ("GET", "/v1/admin/audit"): ADMIN,
    ("GET", "/openapi.json"): ANYONE,
    ("GET", "/docs"): ANYONE,
    **{("GET", rule): PAGE for rule in APP_RULES},
    ("GET", "/auth/login"): PAGE,
    ("GET", "/assets/<segment:name>"): FILE,
    ("GET", "/favicon.svg"): FILE,
    ("GET", "/robots.txt"): FILE,
}
"""Every route and who may use it. A route that is not in here keeps the app from being built."""
