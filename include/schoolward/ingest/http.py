"""One HTTP client for every source: patient with troubles that pass, plain about those that do not.

Each answer is read whole, within bounds of size and time, checked, and decoded; whatever goes wrong on the way is either tried
again (bounded, with jitter, no sooner than the source asks) or told as one sentence that names host and path, never
the query, a header or a secret.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Generic, Protocol, TypeVar
from urllib.parse import urljoin, urlsplit

import msgspec
import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import MaxRetryError
from urllib3.util import Retry

from schoolward.connections import Connection
from schoolward.errors import AccessRefusedError, SignInRefusedError, SourceError
from schoolward.ingest.troubles import PATIENCE, PassingTroubleError, source_clock, told_wait, wire_trouble
from schoolward.ingest.vendor_words import is_asleep, vendor_words

log = logging.getLogger(__name__)
T = TypeVar("T")

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_MOVED = frozenset({301, 302, 303, 307, 308})
_CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one question to a source; seconds and bytes."""

    connect_seconds: float = 10
    read_seconds: float = 90
    """Longest silence while reading. ServiceNow itself gives up after 60."""
    answer_seconds: float = 300
    """Longest time for one answer, however steadily it drips."""
    body_bytes: int = 64 * 1024 * 1024
    """Largest answer, after decompression."""
    retries: int = 5
    backoff_factor: float = 0.5
    backoff_max_seconds: float = 30
    backoff_jitter_seconds: float = 1
    longest_wait_seconds: float = 60
    """A source that asks for a longer wait gets it from the scheduler: a sleeping task only holds a worker."""
    redirects: int = 3


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """A decoded answer, its headers, and when the source says it gave it (UTC)."""

    value: T
    headers: Mapping[str, str]
    at: datetime


class StatusError(SourceError):
    """An HTTP status that no waiting mends, or that outlasted it. ``body`` is for callers that read codes, not for people."""

    def __init__(self, message: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers
        self.body = body


class SignIn(Protocol):
    """How requests prove who we are."""

    def headers(self, client: "Client") -> Mapping[str, str]:
        """The headers to send; may ask the client for a token first."""

    def renew(self) -> bool:
        """Drop what was refused; False when there is nothing to renew, so that asking again is no use."""

    def secrets(self) -> tuple[str, ...]:
        """What must never be repeated to a person."""


class _SignInRefusedError(Exception):
    """HTTP 401."""


def _no_netrc(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Without an auth callable of its own, ``requests`` lets a .netrc file replace our Authorization header."""
    return request


class Client:
    """Asks one source, over pooled and verified connections. Not for use by several threads at once."""

    def __init__(
        self,
        connection: Connection,
        sign_in: SignIn,
        limits: Limits = DEFAULT_LIMITS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """
        Raises:
            SourceError: when the connection names no host, would send secrets in clear, or its CA bundle is missing.
        """
        if not connection.host:
            raise SourceError(f"Connection {connection.id!r} names no host. Add it to the connection.")
        is_local = connection.host in LOOPBACK
        if connection.scheme != "https" and not is_local and not connection.extra.get("allow_plain_http"):
            raise SourceError(
                f"Connection {connection.id!r} would send its password to {connection.host} in clear. "
                "Use https, or set allow_plain_http in its extras inside a network you trust."
            )
        self.connection = connection
        self._sign_in = sign_in
        self._limits = limits
        self._sleep = sleep
        self._session = requests.Session()
        self._session.mount(f"{connection.scheme}://", HTTPAdapter(pool_connections=2, pool_maxsize=2, max_retries=0))
        self._session.headers.update({"Accept": "application/json", "User-Agent": "schoolward"})
        self._session.auth = _no_netrc
        self._session.trust_env = not is_local  # no proxy between us and ourselves
        bundle = connection.extra.get("ca_bundle")
        if bundle:
            if not Path(str(bundle)).is_file():
                raise SourceError(
                    f"Connection {connection.id!r}: ca_bundle {str(bundle)!r} is not a file. Correct the path."
                )
            self._session.verify = str(bundle)

    def close(self) -> None:
        """Give the pooled connections back."""
        self._session.close()

    def get(
        self,
        path: str,
        params: Mapping[str, str] | None,
        decode: Callable[[bytes], T],
        *,
        no_retry: frozenset[int] = frozenset(),
        is_json: bool = True,
    ) -> Answer[T]:
        """Ask for a path (or a full address on the same host) and decode the answer.

        Args:
            decode: turns the JSON body into a value; a ``msgspec.DecodeError`` from it counts as a broken answer.
            no_retry: statuses the caller would rather hear of at once, as a StatusError.
            is_json: False for a file, which may be of any type.

        Raises:
            AccessRefusedError: on 403.
            StatusError: on any other refusing status.
            SourceError: when the source cannot be reached or understood, or asks for a long wait.
        """

        def ask() -> Answer[T]:
            headers = self._sign_in.headers(self)
            return self._ask("GET", self._url(path), decode, no_retry, headers=headers, params=params, is_json=is_json)

        return self._signed_in(path, lambda: self._patiently(path, ask))

    def post_json(
        self, path: str, body: Mapping[str, object], decode: Callable[[bytes], T], *,
        params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None,
    ) -> Answer[T]:  # fmt: skip
        """Post an object, signed in, to make something there; raises as :meth:`get`.

        Asked once: what goes wrong on the way may have been done all the same, so the caller looks before it tries again.
        """

        def ask() -> Answer[T]:
            sent = {**self._sign_in.headers(self), "Content-Type": "application/json", **(headers or {})}
            form, url = msgspec.json.encode(body), self._url(path)
            return self._ask("POST", url, decode, frozenset(), headers=sent, params=params, form=form)

        try:
            return self._signed_in(path, ask)
        except PassingTroubleError as trouble:
            raise trouble.error from None

    def post_form(
        self,
        path: str,
        form: Mapping[str, str],
        decode: Callable[[bytes], T],
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        is_json: bool = False,
        no_retry: frozenset[int] = frozenset(),
    ) -> Answer[T]:
        """Post a form without signing in first: how a token is asked for.

        Args:
            is_json: send the form's fields as a JSON object.
            no_retry: as :meth:`get`.

        Raises:
            SourceError: as :meth:`get`; a refusal names the connection whose credentials were refused.
        """

        def ask() -> Answer[T]:
            url, sent = self._url(path), dict(headers or {})
            body: Mapping[str, str] | bytes = form
            if is_json:
                body, sent["Content-Type"] = msgspec.json.encode(form), "application/json"
            return self._ask("POST", url, decode, no_retry, headers=sent, params=params, form=body)

        refusal = (
            f"{self.where(path)} refuses our sign-in. "
            f"Check client id, secret and scope of connection {self.connection.id!r}."
        )
        try:
            return self._patiently(path, ask)
        except (_SignInRefusedError, AccessRefusedError):
            raise SignInRefusedError(refusal) from None
        except StatusError as error:
            if error.status == 400 and b"invalid_scope" in error.body:
                raise AccessRefusedError(
                    f"{self.where(path)} does not grant the scope we ask for to the client of connection {self.connection.id!r}. "
                    "Have it granted, or name another in extra.scope."
                ) from None
            if error.status == 400:
                raise SignInRefusedError(refusal) from None
            raise

    def where(self, path: str) -> str:
        """Host and path, without scheme and query: what an error may say."""
        parts = urlsplit(self._url(path))
        return f"{parts.netloc}{parts.path}"

    def _url(self, path: str) -> str:
        base = self.connection.base_url
        if path.startswith(("http://", "https://")):
            if _origin(path) != _origin(base):
                raise SourceError(
                    f"{self.connection.host} points us to another host ({urlsplit(path).hostname}); refused. "
                    f"If that is where it lives now, correct connection {self.connection.id!r}."
                )
            return path
        return base + "/" + path.lstrip("/")

    def _signed_in(self, path: str, ask: Callable[[], Answer[T]]) -> Answer[T]:
        """Ask; where the sign-in is refused and can be renewed, ask once more."""
        for _ in range(2):
            try:
                return ask()
            except _SignInRefusedError:
                if not self._sign_in.renew():
                    break
        raise SignInRefusedError(
            f"{self.where(path)} refuses our sign-in (401). "
            f"Check login and password of connection {self.connection.id!r}, and that the account is active."
        )

    def _patiently(self, path: str, ask: Callable[[], Answer[T]]) -> Answer[T]:
        """Ask until it answers, at most ``limits.retries`` times more."""
        limits = self._limits
        policy = Retry(
            total=limits.retries,
            backoff_factor=limits.backoff_factor,
            backoff_max=limits.backoff_max_seconds,
            backoff_jitter=limits.backoff_jitter_seconds,
        )
        while True:
            try:
                return ask()
            except PassingTroubleError as trouble:
                told = trouble.wait_seconds
                if told is not None and told > limits.longest_wait_seconds:
                    again = datetime.now(UTC) + timedelta(seconds=told)
                    raise SourceError(
                        f"{trouble.what} It asks us to wait {told:.0f} s: try again after {again:%Y-%m-%d %H:%M:%S} UTC."
                    ) from None
                try:
                    policy = policy.increment("GET", path)
                except MaxRetryError:
                    raise trouble.error from None
                wait = max(told or 0.0, policy.get_backoff_time())
                log.warning("%s Trying again in %.1f s.", trouble.what, wait)
                self._sleep(wait)

    def _ask(
        self,
        method: str,
        url: str,
        decode: Callable[[bytes], T],
        no_retry: frozenset[int],
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None,
        form: Mapping[str, str] | bytes | None = None,
        is_json: bool = True,
    ) -> Answer[T]:
        where, limits = self.where(url), self._limits
        try:
            for _ in range(limits.redirects + 1):
                with self._session.request(
                    method,
                    url,
                    params=params,
                    data=form,
                    headers=dict(headers),
                    timeout=(limits.connect_seconds, limits.read_seconds),
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    if response.status_code in _MOVED and "Location" in response.headers:
                        # The new address carries whatever query it means us to send.
                        url, params = self._url(urljoin(url, response.headers["Location"])), None
                        continue
                    body = self._read(response, where)
                    return self._judge(response, body, where, decode, no_retry, is_json)
        except requests.RequestException as error:
            raise wire_trouble(error, where, self.connection.id, limits.connect_seconds, limits.read_seconds) from None
        raise SourceError(
            f"{where} sends us round in circles (redirects). Check the address in connection {self.connection.id!r}."
        )

    def _read(self, response: requests.Response, where: str) -> bytes:
        until = time.monotonic() + self._limits.answer_seconds
        chunks, size = [], 0
        for chunk in response.iter_content(_CHUNK_BYTES):
            chunks.append(chunk)
            size += len(chunk)
            if size > self._limits.body_bytes:
                raise SourceError(
                    f"{where} answers with more than {self._limits.body_bytes:,} bytes; stopped reading. "
                    "Set a smaller page_size in the source's options."
                )
            if time.monotonic() > until:
                raise PassingTroubleError(
                    f"{where} took longer than {self._limits.answer_seconds:.0f} s for one answer.", PATIENCE
                )
        return b"".join(chunks)

    def _judge(
        self,
        response: requests.Response,
        body: bytes,
        where: str,
        decode: Callable[[bytes], T],
        no_retry: frozenset[int],
        is_json: bool,
    ) -> Answer[T]:
        status, at = response.status_code, source_clock(response.headers)
        is_taken = status in (200, 201)
        said = "" if is_taken else vendor_words(body, self._sign_in.secrets())
        if status == 401:
            raise _SignInRefusedError
        if status == 403:
            raise AccessRefusedError(
                f"{where} does not let us read it (403{said}). Grant the account of connection {self.connection.id!r} access."
            )
        if status in _PASSING:
            words = "asks us to slow down" if status == 429 else "is in trouble"
            sentence = f"{where} {words} ({status}{said})."
            failure = StatusError(f"{sentence} Try again later.", status, response.headers, body)
            if status in no_retry:
                raise failure
            raise PassingTroubleError(sentence, wait_seconds=told_wait(response.headers, at), error=failure)
        if not is_taken:
            raise StatusError(
                f"{where} answers {status}{said}. Check the address in connection {self.connection.id!r} and the source's options.",
                status,
                response.headers,
                body,
            )
        kind = response.headers.get("Content-Type", "application/json").partition(";")[0].strip().lower()
        if is_json and kind != "application/json" and not kind.endswith("+json"):
            if is_asleep(body):
                raise SourceError(
                    f"{where} answers with a page saying the instance hibernates. Wake it in a browser and try again."
                )
            raise PassingTroubleError(
                f"{where} answers with {kind or 'no content type'} instead of JSON.",
                f"Check the address in connection {self.connection.id!r}.",
            )
        try:
            return Answer(decode(body), response.headers, at)
        except msgspec.DecodeError:
            raise PassingTroubleError(
                f"{where} sent a broken answer ({len(body):,} bytes that are not the JSON it promised).",
                f"If this stays, check the address in connection {self.connection.id!r}, or ask for smaller pages (page_size).",
            ) from None


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
