"""A mail server of aiosmtpd, to be run as a process of its own: each mail that it takes becomes a line of JSON.

``python -m tests.alerts.smtp_sink MODE PORT CERT KEY`` with MODE `none`, `starttls` or `tls`; `ready` is its first line. Who
signs in as ``ada`` has to say ``hush``; with STARTTLS, nobody may send before that.
"""

from __future__ import annotations

import json
import ssl
import sys
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


class Sink:
    """Takes every mail."""

    async def handle_DATA(self, _: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's own name
        """Print the mail."""
        mail = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "content": envelope.content.decode(),
            "tls": session.ssl is not None,
            "user": session.auth_data.login.decode() if session.authenticated else None,
        }
        print(json.dumps(mail), flush=True)  # noqa: T201 - how it tells
        return "250 OK"


def may_sign_in(*args: Any) -> AuthResult:
    """Say whether these are ada's words."""
    given = args[-1]
    return AuthResult(
        success=isinstance(given, LoginPassword) and (given.login, given.password) == (b"ada", b"hush"),
        handled=False,  # the answer is left to the server
        auth_data=given,
    )


def main(mode: str, port: str, cert: str, key: str) -> None:
    """Serve until standard input ends."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    options: dict[str, Any] = {"authenticator": may_sign_in, "hostname": "127.0.0.1", "port": int(port)}
    if mode == "starttls":
        options |= {"tls_context": context, "require_starttls": True, "auth_required": True}
    elif mode == "tls":
        options |= {"ssl_context": context}

    controller = Controller(Sink(), **options)
    controller.start()
    print("ready", flush=True)  # noqa: T201 - how it tells
    sys.stdin.read()
    controller.stop()


if __name__ == "__main__":
    main(*sys.argv[1:5])
