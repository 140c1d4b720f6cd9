"""A browser with an authenticator, at a real server."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from typing import Any

import attrs

from tests.auth.authenticator import Authenticator
from tests.server.process import DEADLINE_SECS


@attrs.define
class Visitor:
    """Keeps cookies, and one passkey."""

    port: int
    authenticator: Authenticator = attrs.field(init=False)
    cookies: CookieJar = attrs.field(factory=CookieJar)
    opener: urllib.request.OpenerDirector = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.authenticator = Authenticator(origin=self.origin)
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    @property
    def session(self) -> str:
        (value,) = [cookie.value for cookie in self.cookies if cookie.name == "bloop_session"]
        return str(value)

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.port}"

    def send(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Origin": self.origin}
        request = urllib.request.Request(self.origin + path, data, headers, method=method)
        try:
            with self.opener.open(request, timeout=DEADLINE_SECS) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def register(self, path: str, **body: str) -> tuple[int, Any]:
        _, started = self.send("POST", f"{path}/start", body)
        return self.finish(path, started)

    def finish(self, path: str, started: Any) -> tuple[int, Any]:
        credential = self.authenticator.create(started["publicKey"])
        return self.send("POST", f"{path}/finish", {"challenge_id": started["challenge_id"], "credential": credential})
