"""Mail, by a server of one's own choice. The one module that speaks SMTP, which the standard library does in threads."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import attrs
import trio

from bloop_trio.alerts.channels.outcome import Outcome, failed, sent
from bloop_trio.alerts.channels.texts import cut, one_line
from bloop_trio.exceptions import BadRequestError

if TYPE_CHECKING:
    import smtplib
    import ssl
    from email.message import EmailMessage

    from bloop_trio.alerts.channels.fields import Fields
    from bloop_trio.alerts.channels.message import Message
    from bloop_trio.config.sections import SmtpConfig

STEP_TIMEOUT_SECS: Final = 10.0
"""For each answer of the mail server."""
TIMEOUT_SECS: Final = 30.0
"""For the whole of an attempt."""
MAX_THREADS: Final = 4
"""Mails that are sent at the same time."""

_MAX_ADDRESS_CHARS: Final = 320
_ADDRESS: Final = re.compile(r"(?!.*=\?)[^\s@<>()\[\],;:\"\\]+@[^\s@<>()\[\],;:\"\\.]+(?:\.[^\s@<>()\[\],;:\"\\.]+)*")
"""What begins an encoded word, which could hold line ends, is in no address."""
_REASON_CHARS: Final = 200


@attrs.frozen(kw_only=True)
class EmailChannel:
    """A mail address."""

    to: str

    @classmethod
    def read(cls, fields: Fields) -> EmailChannel:
        """Return the channel of these fields; raises BadRequestError."""
        to = fields.anything("to")
        text = to.strip() if isinstance(to, str) else ""
        if len(text) > _MAX_ADDRESS_CHARS or not text.isprintable() or _ADDRESS.fullmatch(text) is None:
            raise BadRequestError("invalid email address")
        return cls(to=text)

    def masked(self) -> dict[str, Any]:
        """Return the fields without secrets."""
        return {"to": self.to}


class Mailer:
    """Sends mails by the server that the configuration names."""

    def __init__(self, config: SmtpConfig, *, tls: ssl.SSLContext | None = None) -> None:
        self._config = config
        self._tls = tls
        self._limiter = trio.CapacityLimiter(MAX_THREADS)

    async def send(self, channel: EmailChannel, message: Message) -> Outcome:
        """Send a message and return what became of it; takes `TIMEOUT_SECS` at most, and raises nothing."""
        if not self._config.enabled:
            return failed("mail is off: see smtp.enabled", is_final=True)
        with trio.move_on_after(TIMEOUT_SECS):
            # A thread that is given up ends by its own time-outs, and holds its place until then.
            return await trio.to_thread.run_sync(
                self._send, channel.to, message, limiter=self._limiter, abandon_on_cancel=True
            )
        return failed(f"the mail server did not take it within {TIMEOUT_SECS:.0f} s")

    def _send(self, to: str, message: Message) -> Outcome:
        import smtplib  # noqa: PLC0415 - with what it needs, memory that only servers that send mail spend
        import ssl  # noqa: PLC0415 - see above

        from bloop_trio.alerts.channels.mail_text import build_mail  # noqa: PLC0415 - see above

        try:
            mail = build_mail(message, sender=self._config.from_, to=to, sent_at=datetime.now(UTC))
            self._converse(ssl.create_default_context() if self._tls is None else self._tls, mail)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            return _explain(error)
        return sent()

    def _converse(self, tls: ssl.SSLContext, mail: EmailMessage) -> None:
        """Hand the mail to the server; whatever keeps it from taking it is raised."""
        import smtplib  # noqa: PLC0415 - see above

        config = self._config
        server: smtplib.SMTP
        if config.tls == "tls":
            server = smtplib.SMTP_SSL(config.host, config.port, timeout=STEP_TIMEOUT_SECS, context=tls)
        else:
            server = smtplib.SMTP(config.host, config.port, timeout=STEP_TIMEOUT_SECS)
        try:
            if config.tls == "starttls":
                server.starttls(context=tls)
            if config.username:
                server.login(config.username, config.password)
            server.send_message(mail)
            with suppress(smtplib.SMTPException, OSError):
                server.quit()  # it has the mail: how it takes its leave changes nothing
        finally:
            server.close()


def _explain(error: Exception) -> Outcome:
    import smtplib  # noqa: PLC0415 - see above
    import ssl  # noqa: PLC0415 - see above

    match error:
        case smtplib.SMTPRecipientsRefused():
            outcome = _refusal(*next(iter(error.recipients.values())))
        case smtplib.SMTPResponseException():
            outcome = _refusal(error.smtp_code, error.smtp_error)
        case smtplib.SMTPNotSupportedError():
            outcome = failed(f"the mail server cannot do it: {_text(str(error))}", is_final=True)
        case smtplib.SMTPServerDisconnected():
            outcome = failed(f"the mail server broke off: {_text(str(error))}")
        case ssl.SSLCertVerificationError():
            outcome = failed(f"the certificate of the mail server is not valid ({error.verify_message})")
        case ValueError():
            outcome = failed("the address cannot be written as the mail server wants it", is_final=True)
        case _:
            outcome = failed(f"cannot reach the mail server: {_text(getattr(error, 'strerror', None) or str(error))}")
    return outcome


def _refusal(code: int, text: bytes | str) -> Outcome:
    """5xx is what the server will say again; 4xx is what it asks to be tried later."""
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return failed(f"the mail server answered {code}: {_text(said)}", is_final=500 <= code < 600)


def _text(said: str) -> str:
    return cut(one_line(said), _REASON_CHARS)
