"""Mail: by a real mail server, and by one that refuses at each step."""

from __future__ import annotations

import email
import json
import ssl
import subprocess
import sys
from contextlib import asynccontextmanager, contextmanager
from email.policy import default as modern
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest
import trio
import trustme

from bloop_trio.alerts.channels.email import STEP_TIMEOUT_SECS, EmailChannel, Mailer
from bloop_trio.config.sections import SmtpConfig
from tests.alerts.channels.messages import PUBLIC_URL, a_digest, a_message
from tests.server.process import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from bloop_trio.alerts.channels.outcome import Outcome

ROOT = Path(__file__).parents[3]
ADA = EmailChannel(to="ada@example.com")


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@attrs.frozen
class Sink:
    """A mail server that takes everything."""

    process: subprocess.Popen[str]
    port: int

    def mail(self) -> dict[str, Any]:
        """Return the next mail."""
        assert self.process.stdout is not None
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found


@pytest.fixture
def open_sink(authority: trustme.CA, tmp_path: Path) -> Callable[[str], Any]:
    issued = authority.issue_cert("localhost")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    issued.cert_chain_pems[0].write_to_path(cert)
    issued.private_key_pem.write_to_path(key)

    @contextmanager
    def opened(mode: str) -> Iterator[Sink]:
        port = free_port()
        command = [sys.executable, "-W", "ignore", "-m", "tests.alerts.smtp_sink", mode, str(port), str(cert), str(key)]
        with subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            try:
                yield Sink(process, port)
            finally:
                process.kill()

    return opened


def config(port: int, **changes: Any) -> SmtpConfig:
    settings: dict[str, Any] = {"enabled": True, "host": "localhost", "port": port, "from_": "bloop@example.com"}
    return SmtpConfig(**settings | changes)


class TestRealServer:
    @pytest.mark.parametrize("tls", ["none", "starttls", "tls"])
    async def test_a_mail_arrives_encrypted_as_configured(
        self, tls: Any, open_sink: Callable[[str], Any], trusting: ssl.SSLContext
    ) -> None:
        signs_in = {} if tls != "starttls" else {"username": "ada", "password": "hush"}
        with open_sink(tls) as sink:
            outcome = await Mailer(config(sink.port, tls=tls, **signs_in), tls=trusting).send(ADA, a_message())
            assert outcome.ok, outcome.error
            mail = sink.mail()
        assert (mail["from"], mail["to"]) == ("bloop@example.com", ["ada@example.com"])
        assert mail["user"] == ("ada" if tls == "starttls" else None)
        assert mail["tls"] is (tls == "starttls")  # of a connection that begins with TLS, the server does not know

    async def test_it_says_the_same_as_text_and_as_html(self, open_sink: Callable[[str], Any]) -> None:
        message = a_message(
            message="<b>boom</b> & more", rule_name="Rule\r\nBcc: eve@example.com", public_url=PUBLIC_URL
        )
        with open_sink("none") as sink:
            assert (await Mailer(config(sink.port, tls="none")).send(ADA, message)).ok
            raw = sink.mail()
        assert raw["to"] == ["ada@example.com"]
        mail = email.message_from_string(raw["content"], policy=modern)
        assert mail["subject"] == "[bloop alert] Rule Bcc: eve@example.com"
        assert (mail["from"], mail["to"], mail["bcc"]) == ("bloop@example.com", "ada@example.com", None)
        assert mail["auto-submitted"] == "auto-generated"
        assert str(mail["message-id"]) == f"<alert.41.{message.key}@example.com>"
        text, page = (mail.get_body((kind,)) for kind in ("plain", "html"))
        assert text is not None
        assert page is not None
        assert text.get_content().replace("\r\n", "\n") == (
            "New error in 1.2.3 (prod): [TypeError] <b>boom</b> & more - a1b2c3\n\n"
            "Project: Shop\nEnvironment: prod\nRelease: 1.2.3\nRoute: /api/users\nStatus: unresolved\nEvents: 3\n"
            "Users affected: 2\nFirst seen: 2026-01-01 11:59:00 UTC\nLast seen: 2026-01-01 12:00:00 UTC\n\n"
            "at load (app.js:1:2)\nat main (app.js:3:4)\n\nhttps://bloop.example.com/issues/a1b2c3?project=shop\n"
        )
        html = page.get_content()
        assert "&lt;b&gt;boom&lt;/b&gt; &amp; more" in html
        assert "at load (app.js:1:2)" in html
        assert 'href="https://bloop.example.com/issues/a1b2c3?project=shop"' in html

    async def test_no_name_of_a_rule_becomes_a_header_when_it_is_decoded(self, open_sink: Callable[[str], Any]) -> None:
        message = a_message(rule_name="=?utf-8?q?Rule=0d=0aBcc=3A_eve=40example.com?=")
        with open_sink("none") as sink:
            assert (await Mailer(config(sink.port, tls="none")).send(ADA, message)).ok
            raw = sink.mail()
        assert raw["to"] == ["ada@example.com"]
        assert email.message_from_string(raw["content"], policy=modern)["bcc"] is None
        assert "\nBcc" not in raw["content"]

    async def test_an_address_that_no_mail_can_have_is_a_failure_for_good(self) -> None:
        odd = EmailChannel(to="=?utf-8?b?DQpCY2M6?=@example.com")
        outcome = await Mailer(config(free_port(), tls="none")).send(odd, a_message())
        assert (outcome.ok, outcome.is_final) == (False, True)

    async def test_a_digest_is_a_mail_too(self, open_sink: Callable[[str], Any]) -> None:
        with open_sink("none") as sink:
            assert (await Mailer(config(sink.port, tls="none")).send(ADA, a_digest("A", "B"))).ok
            assert "2 alerts, too many to send each of them:" in sink.mail()["content"]

    async def test_wrong_words_are_final(self, open_sink: Callable[[str], Any], trusting: ssl.SSLContext) -> None:
        with open_sink("starttls") as sink:
            signs_in = {"username": "ada", "password": "wrong"}
            outcome = await Mailer(config(sink.port, tls="starttls", **signs_in), tls=trusting).send(ADA, a_message())
        assert outcome.error is not None
        assert outcome.error.startswith("the mail server answered 535: ")
        assert outcome.is_final

    @pytest.mark.parametrize("tls", ["starttls", "tls"])
    async def test_a_certificate_that_nobody_trusts_gets_no_mail(
        self, tls: Any, open_sink: Callable[[str], Any]
    ) -> None:
        with open_sink(tls) as sink:
            outcome = await Mailer(config(sink.port, tls=tls)).send(ADA, a_message())
        assert not outcome.ok
        assert outcome.error is not None
        assert outcome.error.startswith("the certificate of the mail server is not valid")


STEPS = ("connect", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "body")


async def converse(step: str, reply: bytes | None, stream: trio.SocketStream) -> None:
    """Be a mail server that goes along until `step`, and says `reply` to that; None closes the connection."""
    pending = b""

    async def line() -> bytes:
        nonlocal pending
        while b"\r\n" not in pending:
            part = await stream.receive_some(65_536)
            if not part:
                raise trio.BrokenResourceError
            pending += part
        first, _, pending = pending.partition(b"\r\n")
        return first

    async def say(name: str, usual: bytes) -> None:
        if name == step and reply is None:
            raise trio.BrokenResourceError
        await stream.send_all((reply if name == step and reply is not None else usual) + b"\r\n")

    await say("connect", b"220 hello")
    while True:
        verb = (await line()).split(b" ")[0].upper().decode()
        if verb == "HELO":
            verb = "EHLO"
        usual = {
            "EHLO": b"250-hello\r\n250-AUTH PLAIN\r\n250 8BITMIME",
            "AUTH": b"235 welcome",
            "DATA": b"354 go on",
            "QUIT": b"221 bye",
        }.get(verb, b"250 ok")
        await say(verb, usual)
        if verb == "DATA" and (step != "DATA"):
            while await line() != b".":
                pass
            await say("body", b"250 taken")


@asynccontextmanager
async def a_moody_server(step: str, reply: bytes | None) -> AsyncIterator[int]:
    async def handle(stream: trio.SocketStream) -> None:
        try:
            await converse(step, reply, stream)
        except trio.BrokenResourceError:
            await stream.aclose()

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(partial(trio.serve_tcp, handle, 0, host="127.0.0.1"))
        yield listeners[0].socket.getsockname()[1]
        nursery.cancel_scope.cancel()


async def attempt(step: str, reply: bytes | None) -> Outcome:
    tls: Any = "starttls" if step == "STARTTLS" else "none"
    async with a_moody_server(step, reply) as port:
        settings = config(port, host="127.0.0.1", tls=tls, username="ada", password="hush")
        return await Mailer(settings).send(ADA, a_message())


class TestRefusals:
    async def test_without_one_the_mail_is_taken(self) -> None:
        assert (await attempt("none of them", b"")).ok

    @pytest.mark.parametrize("step", [step for step in STEPS if step != "STARTTLS"])
    async def test_a_lasting_refusal_at_any_step_is_final_and_says_why(self, step: str) -> None:
        outcome = await attempt(step, b"554 5.7.1 not from you")
        assert (outcome.ok, outcome.is_final) == (False, True)
        assert outcome.error is not None
        assert "554" in outcome.error
        assert "not from you" in outcome.error

    @pytest.mark.parametrize("step", [step for step in STEPS if step != "STARTTLS"])
    async def test_a_passing_one_is_not_final(self, step: str) -> None:
        outcome = await attempt(step, b"451 4.3.0 try later")
        assert (outcome.ok, outcome.is_final) == (False, False)

    @pytest.mark.parametrize("step", [step for step in STEPS if step != "STARTTLS"])
    async def test_a_connection_that_breaks_is_not_final(self, step: str) -> None:
        outcome = await attempt(step, None)
        assert (outcome.ok, outcome.is_final) == (False, False)

    async def test_without_starttls_nothing_is_sent_unencrypted(self) -> None:
        outcome = await attempt("STARTTLS", b"")
        assert (outcome.ok, outcome.is_final) == (False, True)
        assert outcome.error == "the mail server cannot do it: STARTTLS extension not supported by server."

    async def test_a_bad_leave_does_not_send_it_twice(self) -> None:
        assert (await attempt("QUIT", None)).ok

    async def test_a_server_that_says_nothing_is_given_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("bloop_trio.alerts.channels.email.STEP_TIMEOUT_SECS", 0.2)
        assert STEP_TIMEOUT_SECS == 10

        async def ignore(_: trio.SocketStream) -> None:
            await trio.sleep_forever()

        async with trio.open_nursery() as nursery:
            listeners = await nursery.start(partial(trio.serve_tcp, ignore, 0, host="127.0.0.1"))
            settings = config(listeners[0].socket.getsockname()[1], host="127.0.0.1", tls="none")
            outcome = await Mailer(settings).send(ADA, a_message())
            nursery.cancel_scope.cancel()
        assert (outcome.ok, outcome.is_final) == (False, False)

    async def test_nobody_there_is_not_final(self) -> None:
        outcome = await Mailer(config(free_port(), host="127.0.0.1", tls="none")).send(ADA, a_message())
        assert outcome.error == "cannot reach the mail server: Connection refused"
        assert not outcome.is_final

    async def test_while_mail_is_off_nothing_is_sent(self) -> None:
        outcome = await Mailer(SmtpConfig()).send(ADA, a_message())
        assert outcome.error == "mail is off: see smtp.enabled"
