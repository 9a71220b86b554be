"""The two ways a message leaves: a mail server, or any service Apprise knows."""

from __future__ import annotations

import contextlib
import hashlib
import smtplib
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schoolward.alerts.outbox import Content
from schoolward.connections import Connection, connection
from schoolward.errors import SchoolwardError

if TYPE_CHECKING:
    import apprise

TIMEOUT_SECONDS = 30
_CUT = "\n… This service takes no longer messages; `schoolward alerts list` shows all."


class RefusedError(SchoolwardError):
    """The other side refuses this message for good: trying again would only be refused again."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message on its way: whose, what, and the key that makes a repeat recognisable."""

    idempotency_key: str
    target: str
    recipient_name: str
    content: Content
    created_at: datetime

    def message_id(self, domain: str) -> str:
        """The same for every attempt, so that a repeat after a crash is the same mail to every mailbox."""
        return f"<{hashlib.sha256(self.idempotency_key.encode()).hexdigest()[:40]}@{domain}>"


def mime(message: Message, sender: str) -> EmailMessage:
    """The mail: text, HTML, and the pictures inside the HTML part."""
    mail = EmailMessage(policy.SMTP)
    _, address = parseaddr(sender)
    subject = " ".join(message.content.subject.split())
    mail["Subject"] = subject
    mail["From"] = sender
    mail["To"] = message.target.removeprefix("mailto:")
    mail["Date"] = format_datetime(message.created_at)
    mail["Message-ID"] = message.message_id(address.rpartition("@")[2] or "schoolward.invalid")
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
    mail.set_content(message.content.text)
    mail.add_alternative(message.content.html, subtype="html")
    html_part = mail.get_payload()[1]  # type: ignore[index]
    for picture in message.content.pictures:
        html_part.add_related(  # type: ignore[union-attr]
            picture.png, "image", "png", cid=f"<{picture.cid}>", filename=f"{picture.cid}.png", disposition="inline"
        )
    if subject.isascii():  # one line: folded after "Subject:", it reads with a space before it in some clients
        mail.policy = policy.SMTP.clone(max_line_length=998)
    return mail


class Smtp:
    """A mail server, dialled once for a run; when it cannot be reached, once is also how often that is tried."""

    def __init__(self, connection_id: str, sender: str) -> None:
        self._id, self._sender = connection_id, sender
        self._server: smtplib.SMTP | None = None
        self._down: str | None = None

    def send(self, message: Message) -> None:
        """Hand over one mail.

        Raises:
            RefusedError: the server refuses this recipient or mail for good (5xx).
            SchoolwardError: not now; later may do.
        """
        address = message.target.removeprefix("mailto:")
        server = self._open()
        try:
            mail = mime(message, self._sender)
            server.send_message(mail, to_addrs=[address])
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            raise _refused(code, text, address, self._id) from None
        except smtplib.SMTPResponseException as error:
            raise _refused(error.smtp_code, error.smtp_error, address, self._id) from None
        except (ValueError, smtplib.SMTPNotSupportedError) as error:  # an address that no mail header can carry
            raise RefusedError(
                f"No mail can be written to {address!r} ({_brief(error)}). Correct the recipient in the district file."
            ) from None
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise SchoolwardError(
                f"Connection {self._id!r}: the mail server broke off while a mail was handed over ({_brief(error)}). It is tried again by itself."
            ) from None

    def check(self) -> None:
        """Dial the server and sign in, as before a mail.

        Raises:
            SchoolwardError: when that does not work.
        """
        self._open()

    def close(self) -> None:
        if self._server is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._server.quit()
            self._server = None

    def _open(self) -> smtplib.SMTP:
        if self._down is not None:
            raise SchoolwardError(self._down)
        if self._server is None:
            try:
                self._server = _dial(connection(self._id))
            except SchoolwardError as error:
                self._down = str(error)
                raise
        return self._server


def _dial(where: Connection) -> smtplib.SMTP:
    place = f"{where.host}:{where.port or 'default port'}"
    try:
        bundle = where.extra.get("ca_bundle")
        context = ssl.create_default_context(cafile=str(bundle) if bundle else None)
        if _flag(where.extra, "ssl", default=where.port == 465):
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                where.host, where.port or 465, timeout=TIMEOUT_SECONDS, context=context
            )
        else:
            server = smtplib.SMTP(where.host, where.port or 25, timeout=TIMEOUT_SECONDS)
            if _flag(where.extra, "starttls", default=where.port == 587):
                server.starttls(context=context)
        if where.login:
            server.login(where.login, where.password or "")
    except smtplib.SMTPAuthenticationError:
        raise SchoolwardError(
            f"Connection {where.id!r}: the mail server {place} refuses login {where.login!r}. Mend the connection's login or password."
        ) from None
    except ssl.SSLError as error:
        raise SchoolwardError(
            f"Connection {where.id!r}: no secure connection to the mail server {place} ({_brief(error)}). Check the connection's extras ssl and starttls; a certificate of the district's own authority needs ca_bundle."
        ) from None
    except (smtplib.SMTPException, OSError) as error:
        raise SchoolwardError(
            f"Connection {where.id!r}: the mail server {place} cannot be used ({_brief(error)}). Check host and port, and that it runs."
        ) from None
    return server


def _refused(code: int, text: bytes | str, address: str, connection_id: str) -> SchoolwardError:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    said = " ".join(said.split())[:200]
    if code >= 500:
        return RefusedError(
            f"Connection {connection_id!r}: the mail server refuses mail to {address}: {code} {said}. Correct the recipient in the district file."
        )
    return SchoolwardError(
        f"Connection {connection_id!r}: the mail server cannot take mail to {address} just now: {code} {said}. It is tried again by itself."
    )


def apprise_service(connection_id: str) -> apprise.Apprise:
    """The service whose Apprise URL the connection keeps (its password, or extra ``url``).

    Raises:
        SchoolwardError: when the URL is missing or unreadable.
    """
    import apprise  # imported late: it loads a hundred services

    where = connection(connection_id)
    url = where.password or where.extra.get("url")
    service = apprise.Apprise()
    if not url or not service.add(url):
        raise SchoolwardError(
            f"Connection {connection_id!r} holds no URL that Apprise understands. Put the service's Apprise URL into the connection's password."
        )
    return service


def send_by_apprise(message: Message) -> None:
    """Send through the service of the connection ``apprise:<id>`` names.

    Pictures go along where the service takes them; a text longer than it takes is cut. Blind spot: chat services know no
    Message-ID, so a crash in the instant between acceptance and commit repeats the post.

    Raises:
        SchoolwardError: when the URL is missing or unreadable, or the service does not take the message.
    """
    import apprise

    connection_id = message.target.removeprefix("apprise:")
    service = apprise_service(connection_id)
    with tempfile.TemporaryDirectory(prefix="schoolward-") as folder:
        attachments = []
        for picture in message.content.pictures:
            path = Path(folder) / f"{picture.cid}.png"
            path.write_bytes(picture.png)
            attachments.append(str(path))
        taken = service.notify(
            title=message.content.subject,
            body=_shortened(message.content, min(one.body_maxlen for one in service)),
            body_format=apprise.NotifyFormat.TEXT,
            attach=attachments or None,
        )
    if not taken:
        raise SchoolwardError(
            f"Connection {connection_id!r}: the service behind the Apprise URL did not take the message. Check that the URL is still valid."
        )


def _shortened(content: Content, most: int) -> str:
    """The text within what the strictest of the services takes, its title included; cut between lines, and saying so."""
    room = most - len(content.subject) - len(_CUT) - 2
    if len(content.text) <= room + len(_CUT):
        return content.text
    return content.text[: max(room, 0)].rpartition("\n")[0].rstrip() + _CUT


def _flag(extra: Mapping[str, Any], name: str, *, default: bool) -> bool:
    value = extra.get(name, default)
    return value.strip().lower() in {"1", "true", "yes", "on"} if isinstance(value, str) else bool(value)


def _brief(error: Exception) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__
