"""A real SMTP server whose mailbox is a folder of .eml files, for the sample district and the tests.

``python -m schoolward.sample.mailbox --folder F --port 0 --ready-file P`` listens and writes ``{"host", "port"}`` to the
ready file. ``$MAILBOX_USER`` and ``$MAILBOX_PASSWORD``, where set, must be given by AUTH. A mail's file is named after
its Message-ID: the same mail delivered twice is one file, as in a mailbox that knows its mail.
"""

import argparse
import asyncio
import contextlib
import hashlib
import hmac
import json
import os
import re
import signal
import tempfile
from collections.abc import Collection
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


def file_name(mail: bytes) -> str:
    """``<Message-ID's own part>.eml``; a mail without one is named after what it says."""
    message_id = str(message_from_bytes(mail, policy=policy.default).get("Message-ID", ""))
    own_part = re.sub(r"[^A-Za-z0-9_-]", "-", message_id.strip("<> ").partition("@")[0])[:120]
    return f"{own_part or hashlib.sha256(mail).hexdigest()[:40]}.eml"


def write_whole(path: Path, content: bytes) -> None:
    """Write so that a reader sees the whole file or none, whenever the writer dies."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".part", delete=False) as part:
        part.write(content)
        part.flush()
        os.fsync(part.fileno())
    Path(part.name).replace(path)


class FolderMailbox:
    """Keeps every mail in one folder; refuses the addresses it is told to, as a server refuses an unknown user."""

    def __init__(self, folder: Path, refused: Collection[str] = ()) -> None:
        self.folder, self.refused = folder, {address.lower() for address in refused}
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it by this name
        self, _server: SMTP, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        if address.lower() in self.refused:
            return "550 5.1.1 No such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Any) -> str:  # noqa: N802
        write_whole(self.folder / file_name(envelope.content), envelope.content)
        return "250 Kept"


class Authenticator:
    """Compares a login with the one expected, in constant time."""

    def __init__(self, user: str, password: str) -> None:
        self._expected = user.encode(), password.encode()

    def __call__(self, _server: SMTP, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        given = (data.login, data.password) if isinstance(data, LoginPassword) else (b"", b"")
        fits = [hmac.compare_digest(a, b) for a, b in zip(given, self._expected, strict=True)]
        return AuthResult(success=all(fits), handled=False)


async def serve(folder: Path, host: str, port: int, ready_file: Path | None, refused: Collection[str] = ()) -> None:
    """Listen until SIGTERM or SIGINT; AUTH is asked for when ``$MAILBOX_USER`` is set."""
    mailbox = FolderMailbox(folder, refused)
    user = os.environ.get("MAILBOX_USER")
    options: dict[str, Any] = {"enable_SMTPUTF8": True, "hostname": "mailbox"}
    if user:
        authenticator = Authenticator(user, os.environ.get("MAILBOX_PASSWORD", ""))
        options |= {"authenticator": authenticator, "auth_required": True, "auth_require_tls": False}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(mailbox, **options), host, port)
    address = server.sockets[0].getsockname()
    if ready_file is not None:
        write_whole(ready_file, json.dumps({"host": address[0], "port": address[1]}).encode())
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # not on Windows
            loop.add_signal_handler(number, stop.set)
    async with server:
        await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="An SMTP server whose mailbox is a folder of .eml files.")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--ready-file", type=Path)
    parser.add_argument("--refuse", action="append", default=[], metavar="ADDRESS", help="a recipient to refuse (550)")
    given = parser.parse_args()
    asyncio.run(serve(given.folder, given.host, given.port, given.ready_file, given.refuse))


if __name__ == "__main__":
    main()
