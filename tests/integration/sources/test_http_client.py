"""The HTTP client over real sockets: patient with what passes, plain about what does not, silent about secrets."""

import gzip
import json
import logging
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest

from schoolward.connections import Connection
from schoolward.errors import AccessRefusedError, SignInRefusedError, SourceError
from schoolward.ingest.http import Client, Limits, StatusError
from schoolward.ingest.sign_in import AuthStyle, Basic, ClientCredentials

SECRETS = ("pass word", "c3ZjOnBhc3Mgd29yZA==", "tok-1", "tok-2", "Ann")


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def client(script: Any, quick: Limits, waits: list[float]) -> Iterator[Client]:
    made = Client(script.connection, Basic(script.connection), quick, sleep=waits.append)
    yield made
    made.close()


def get(client: Client, path: str = "/api/rows", **more: Any) -> Any:
    return client.get(path, {"q": "name=Ann Lee"}, msgspec.json.decode, **more)


def told(client: Client, kind: type[Exception] = SourceError) -> str:
    """The sentence a failing question ends with; it names host and path, and nothing that is nobody's business."""
    with pytest.raises(kind) as caught:
        get(client)
    sentence = str(caught.value)
    assert f"127.0.0.1:{client.connection.port}/api/rows" in sentence
    assert "\n" not in sentence
    assert not [secret for secret in (*SECRETS, "?") if secret in sentence]
    return sentence


def test_an_answer_comes_with_its_headers_and_the_sources_clock(client: Client, script: Any, reply: Any) -> None:
    script.says(reply(b'{"a":1}', headers={"Date": "Mon, 05 Jan 2026 08:00:00 GMT", "X-Total-Count": "7"}))
    answer = get(client)
    assert (answer.value, answer.headers["x-total-count"], answer.at.isoformat()) == (
        {"a": 1},
        "7",
        "2026-01-05T08:00:00+00:00",
    )


def test_a_compressed_answer_is_read(client: Client, script: Any, reply: Any) -> None:
    script.says(reply(gzip.compress(b'{"a":1}'), headers={"Content-Encoding": "gzip"}))
    assert get(client).value == {"a": 1}


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_trouble_that_passes_is_waited_out(client: Client, script: Any, reply: Any, status: int) -> None:
    script.says(reply(status=status), reply(b"<html>", status=status, kind="text/html"), reply(b"[1]"))
    assert get(client).value == [1]


@pytest.mark.parametrize(
    ("status", "words"), [(429, "asks us to slow down (429"), (500, "is in trouble (500"), (503, "is in trouble (503")]
)
def test_a_trouble_that_stays_is_told_after_as_many_tries_as_allowed(
    client: Client, script: Any, reply: Any, status: int, words: str
) -> None:
    script.says(reply(b'{"error":{"message":"Overload of svc: pass word"},"status":"failure"}', status=status))
    sentence = told(client, StatusError)
    assert words in sentence
    assert "Overload of svc: ***" in sentence
    assert len(script.asked) == 4


def test_a_status_the_caller_wants_to_hear_of_is_not_tried_again(client: Client, script: Any, reply: Any) -> None:
    script.says(reply(status=504))
    with pytest.raises(StatusError) as caught:
        get(client, no_retry=frozenset({504}))
    assert (caught.value.status, len(script.asked)) == (504, 1)


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "17"},
        {"Retry-After": "Mon, 05 Jan 2026 08:00:17 GMT", "Date": "Mon, 05 Jan 2026 08:00:00 GMT"},
        {"X-RateLimit-Reset": "1767600017", "Date": "Mon, 05 Jan 2026 08:00:00 GMT"},
    ],
    ids=["seconds", "date", "rate-limit-reset"],
)
def test_the_wait_a_source_asks_for_is_kept(
    client: Client, script: Any, reply: Any, waits: list[float], headers: dict[str, str]
) -> None:
    script.says(reply(status=429, headers=headers), reply(b"[]"))
    get(client)
    assert waits == [17]


def test_a_wait_that_would_hold_a_worker_is_left_to_the_scheduler(
    client: Client, script: Any, reply: Any, waits: list[float]
) -> None:
    script.says(reply(b'{"error":{"message":"Rate limit exceeded"}}', status=429, headers={"Retry-After": "3600"}))
    sentence = told(client)
    assert "asks us to slow down (429: Rate limit exceeded). It asks us to wait 3600 s: try again after 20" in sentence
    assert sentence.endswith(" UTC.")
    assert waits == []


def test_waits_grow_and_are_bounded(script: Any, reply: Any, quick: Limits, waits: list[float]) -> None:
    limits = replace(quick, retries=6, backoff_factor=1, backoff_max_seconds=5)
    script.says(reply(status=500))
    told(Client(script.connection, Basic(script.connection), limits, sleep=waits.append))
    assert waits == [0, 2, 4, 5, 5, 5]


@pytest.mark.parametrize("body", [b'{"result":[{"a":', b"", b"not json", b"\xff\xfe"])
def test_a_broken_body_is_asked_for_again(client: Client, script: Any, reply: Any, body: bytes) -> None:
    script.says(reply(body), reply(b"[1]"))
    assert get(client).value == [1]


def test_a_body_that_stays_broken_is_told(client: Client, script: Any, reply: Any) -> None:
    script.says(reply(b'{"result":[{"name":"Ann Lee'))
    assert "sent a broken answer (27 bytes that are not the JSON it promised)" in told(client)


def test_a_connection_cut_in_the_middle_of_a_body_is_tried_again_and_told(
    client: Client, script: Any, reply: Any
) -> None:
    script.says(reply(b'{"result":[', promised_bytes=5000), reply(b"[1]"))
    assert get(client).value == [1]
    script.says(reply(b'{"result":[', promised_bytes=5000))
    assert "sent a truncated answer" in told(client)


def test_a_web_page_instead_of_json_is_told(client: Client, script: Any, reply: Any) -> None:
    script.says(reply(b"<html>Please sign in</html>", kind="text/html; charset=utf-8"))
    assert "answers with text/html instead of JSON" in told(client)


def test_a_hibernating_instance_is_told_at_once(client: Client, script: Any, reply: Any) -> None:
    script.says(reply(b"<html><title>Instance Hibernating page</title>", kind="text/html"))
    assert "the instance hibernates. Wake it in a browser" in told(client)
    assert len(script.asked) == 1


def test_a_silent_source_is_told(client: Client, script: Any, reply: Any) -> None:
    script.says(reply(seconds=1.5))
    assert "fell silent for 1 s" in told(client)


def test_an_answer_larger_than_the_bound_is_not_read_to_its_end(script: Any, reply: Any, quick: Limits) -> None:
    client = Client(script.connection, Basic(script.connection), replace(quick, body_bytes=1_000_000))
    script.says(reply(gzip.compress(b" " * 50_000_000), headers={"Content-Encoding": "gzip"}))
    assert "more than 1,000,000 bytes; stopped reading. Set a smaller page_size" in told(client)


def test_a_refusal_is_told_and_not_tried_again(client: Client, script: Any, reply: Any) -> None:
    script.says(reply(b'{"error":{"message":"User Not Authorized","detail":null}}', status=403))
    assert "does not let us read it (403: User Not Authorized)" in told(client, AccessRefusedError)
    assert len(script.asked) == 1


def test_wrong_credentials_are_told_once_without_repeating_them(client: Client, script: Any, reply: Any) -> None:
    script.says(reply(b'{"error":{"message":"svc:pass word is wrong"}}', status=401))
    assert "refuses our sign-in (401). Check login and password of connection 'helpdesk'" in told(
        client, SignInRefusedError
    )
    assert len(script.asked) == 1


def test_a_status_nobody_expects_is_told_with_the_vendors_words(client: Client, script: Any, reply: Any) -> None:
    script.says(reply(b'{"imsx_description":"Invalid filter\\nfield","imsx_codeMajor":"failure"}', status=400))
    assert "answers 400: Invalid filter field. Check the address" in told(client, StatusError)


def test_a_redirect_on_the_same_host_is_followed(client: Client, script: Any, reply: Any) -> None:
    script.says(reply(status=307, headers={"Location": "/new/rows?q=1"}), reply(b"[1]"))
    assert get(client).value == [1]
    assert [asked.target for asked in script.asked] == ["/api/rows?q=name%3DAnn+Lee", "/new/rows?q=1"]


@pytest.mark.parametrize("to", ["https://evil.example/rows", "//evil.example/rows", "http://127.0.0.1:1/rows"])
def test_a_redirect_to_another_host_is_refused(client: Client, script: Any, reply: Any, to: str) -> None:
    script.says(reply(status=302, headers={"Location": to}))
    with pytest.raises(SourceError, match="points us to another host"):
        get(client)
    assert len(script.asked) == 1


def test_redirects_in_a_circle_end(client: Client, script: Any, reply: Any) -> None:
    script.says(reply(status=302, headers={"Location": "/api/rows"}))
    assert "sends us round in circles" in told(client)


def test_an_unreachable_port_is_told(quick: Limits) -> None:
    connection = Connection("helpdesk", "http", "127.0.0.1", 9, "svc", "pass word")
    assert "cannot be reached. Check host and port of connection 'helpdesk'" in told(
        Client(connection, Basic(connection), quick)
    )


def test_an_unknown_host_is_told(quick: Limits) -> None:
    connection = Connection("helpdesk", "https", "no-such-host.invalid", None, "svc", "pass word")
    with pytest.raises(SourceError, match=r"^no-such-host.invalid/api/rows cannot be reached"):
        get(Client(connection, Basic(connection), quick))


@pytest.mark.parametrize(
    ("connection", "told"),
    [
        (Connection("sis", login="a", password="b"), "Connection 'sis' names no host"),
        (Connection("sis", "http", "sis.example", None, "a", "b"), "would send its password to sis.example in clear"),
        (
            Connection("sis", host="sis.example", login="a", password="b", extra={"ca_bundle": "/no/such"}),
            "'/no/such' is not a file",
        ),
        (Connection("sis", host="sis.example", login="a"), "has no login or no password"),
    ],
)
def test_a_connection_that_cannot_work_is_told_before_anything_is_sent(connection: Connection, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        Client(connection, Basic(connection))


def token(n: int, seconds: float = 3600) -> bytes:
    return json.dumps({"access_token": f"tok-{n}", "token_type": "bearer", "expires_in": seconds}).encode()


@pytest.mark.parametrize(
    ("style", "body", "target", "authorization"),
    [
        ("basic", "grant_type=client_credentials&scope=a+b", "/token", "Basic c3ZjOnBhc3Mgd29yZA=="),
        ("basic_encoded", "grant_type=client_credentials&scope=a+b", "/token", "Basic c3ZjOnBhc3MlMjB3b3Jk"),
        ("body", "grant_type=client_credentials&scope=a+b&client_id=svc&client_secret=pass+word", "/token", None),
        ("query", "", "/token?grant_type=client_credentials&scope=a+b", "Basic c3ZjOnBhc3Mgd29yZA=="),
    ],
)
def test_a_token_is_asked_for_as_the_vendor_wants_it(
    script: Any, reply: Any, quick: Limits, style: AuthStyle, body: str, target: str, authorization: str | None
) -> None:
    script.says(reply(token(1)), reply(b"[1]"))
    sign_in = ClientCredentials(script.connection, "/token", scope="a b", style=style)
    assert get(Client(script.connection, sign_in, quick)).value == [1]
    asked, then = script.asked
    assert (asked.method, asked.target, asked.body, asked.headers.get("Authorization")) == (
        "POST",
        target,
        body,
        authorization,
    )
    assert then.headers["Authorization"] == "Bearer tok-1"


def test_a_token_refused_in_the_middle_of_a_run_is_renewed_once(script: Any, reply: Any, quick: Limits) -> None:
    client = Client(script.connection, ClientCredentials(script.connection, "/token"), quick)
    script.says(reply(token(1)), reply(b"[1]"), reply(status=401), reply(token(2)), reply(b"[2]"))
    assert [get(client).value, get(client).value] == [[1], [2]]
    assert script.asked[-1].headers["Authorization"] == "Bearer tok-2"


def test_a_token_refused_even_when_new_is_told(script: Any, reply: Any, quick: Limits) -> None:
    client = Client(script.connection, ClientCredentials(script.connection, "/token"), quick)
    script.says(reply(token(1)), reply(status=401), reply(token(2)), reply(b'{"error":"tok-2 is void"}', status=401))
    assert "refuses our sign-in (401)" in told(client, SignInRefusedError)
    assert len(script.asked) == 4


def test_a_token_is_renewed_before_it_ends(script: Any, reply: Any, quick: Limits) -> None:
    client = Client(script.connection, ClientCredentials(script.connection, "/token"), quick)
    script.says(reply(token(1, seconds=0)), reply(b"[1]"), reply(token(2)), reply(b"[2]"), reply(b"[3]"))
    assert [get(client).value for _ in range(3)] == [[1], [2], [3]]


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refused_client_secret_is_told(script: Any, reply: Any, quick: Limits, status: int) -> None:
    client = Client(script.connection, ClientCredentials(script.connection, "/token"), quick)
    script.says(reply(b'{"error":"invalid_client"}', status=status))
    with pytest.raises(
        SignInRefusedError,
        match=r"/token refuses our sign-in. Check client id, secret and scope of connection 'helpdesk'",
    ):
        get(client)


def test_an_ungranted_scope_is_a_refused_stream(script: Any, reply: Any, quick: Limits) -> None:
    client = Client(script.connection, ClientCredentials(script.connection, "/token"), quick)
    script.says(reply(b'{"error":"invalid_scope"}', status=400))
    with pytest.raises(AccessRefusedError, match="does not grant the scope"):
        get(client)


def test_a_token_answer_without_a_token_is_told(script: Any, reply: Any, quick: Limits) -> None:
    client = Client(script.connection, ClientCredentials(script.connection, "/token"), quick)
    script.says(reply(b'{"token":"tok-1"}'))
    with pytest.raises(SourceError, match="/token answers without an access token"):
        get(client)


def test_logs_name_the_trouble_and_neither_query_nor_secret(
    client: Client, script: Any, reply: Any, caplog: pytest.LogCaptureFixture
) -> None:
    script.says(reply(b'{"error":{"message":"pass word"}}', status=500), reply(b"[1]"))
    with caplog.at_level(logging.INFO):
        get(client)
    assert "is in trouble (500: ***). Trying again in" in caplog.text
    assert not [secret for secret in SECRETS if secret in caplog.text]


def test_a_netrc_file_does_not_replace_our_sign_in(
    script: Any, reply: Any, quick: Limits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    client = Client(script.connection, Basic(script.connection), quick)
    client._session.trust_env = True
    script.says(reply(b"[1]"))
    get(client)
    assert script.asked[0].headers["Authorization"] == "Basic c3ZjOnBhc3Mgd29yZA=="


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """A server with a certificate of the district's own CA; its port and the certificate."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost", "-keyout", str(folder / "key.pem"), "-out", str(folder / "ca.pem")],
        check=True, capture_output=True,
    )  # fmt: skip

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(b"[1]")

        def log_message(self, format: str, *args: Any) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a refused handshake is the test
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server.server_address[1], folder / "ca.pem"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_unknown_certificate_is_refused(tls: tuple[int, Path], quick: Limits) -> None:
    connection = Connection("sis", "https", "localhost", tls[0], "svc", "pass word")
    with pytest.raises(SourceError, match=r"its TLS certificate cannot be verified.*extra.ca_bundle"):
        get(Client(connection, Basic(connection), quick))


def test_the_districts_own_ca_is_accepted_where_named(tls: tuple[int, Path], quick: Limits) -> None:
    connection = Connection("sis", "https", "localhost", tls[0], "svc", "pass word", extra={"ca_bundle": str(tls[1])})
    assert get(Client(connection, Basic(connection), quick)).value == [1]
