"""Mail over TLS, from the first byte or by STARTTLS, to a server whose certificate the district's own authority signed."""

import asyncio
import json
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from tests.integration.alerts.test_deliver import queue

from schoolward.alerts import deliver
from schoolward.district import District


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that is its own authority, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=mail"
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-out", str(certificate), "-keyout", str(key)]
    subprocess.run([*command.split(), *names], check=True, capture_output=True)
    return certificate, key


class Kept:
    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append(envelope.content)
        return "250 Kept"


@contextmanager
def mail_server(kept: Kept, certificate: tuple[Path, Path], way: str) -> Iterator[int]:
    """A server that takes mail over TLS alone; gives its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    options: dict[str, Any] = {"tls_context": context, "require_starttls": True} if way == "starttls" else {}
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def listen() -> asyncio.Server:
        tls = context if way == "ssl" else None
        return await loop.create_server(lambda: SMTP(kept, loop=loop, **options), "127.0.0.1", 0, ssl=tls)

    server = asyncio.run_coroutine_threadsafe(listen(), loop).result(10)
    yield server.sockets[0].getsockname()[1]
    loop.call_soon_threadsafe(server.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)


@pytest.mark.parametrize("way", ["ssl", "starttls"])
def test_a_mail_goes_over_tls_and_only_to_a_server_whose_authority_the_connection_names(
    owner: Any, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, lakeside_district: District, way: str
) -> None:
    kept = Kept()
    queue("k1", "mailto:one@lakeside.example")
    with mail_server(kept, certificate, way) as port:

        def send_trusting(**extra: str) -> str:
            fields = {"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": {way: True, **extra}}
            monkeypatch.setenv("AIRFLOW_CONN_SMTP", json.dumps(fields))
            return str(deliver(lakeside_district, datetime.now(UTC) + timedelta(hours=1)))

        told = send_trusting()
        assert "no secure connection to the mail server" in told
        assert "needs ca_bundle" in told
        assert kept.mails == []
        owner.connection.execute("update alerts.outbox set due_at = now()")
        assert send_trusting(ca_bundle=str(certificate[0])).startswith("1 delivered")
    assert len(kept.mails) == 1
