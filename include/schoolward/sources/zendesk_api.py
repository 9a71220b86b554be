"""Asking a Zendesk account: how fast, in which spelling of an address, and what stands around the rows of an answer."""

import logging
import re
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
from msgspec import UNSET

from schoolward.ingest.http import Answer, Client, StatusError
from schoolward.sources.zendesk_shape import Row

log = logging.getLogger(__name__)

_MINUTE = 60.0
_REMAINING = ("ratelimit-remaining", "rate-limit-remaining", "x-rate-limit-remaining")
_RESET = ("ratelimit-reset", "rate-limit-reset")
_ENDPOINT_LIMIT = re.compile(r"remaining\s*=\s*(\d+).*?resets\s*=\s*(\d+)", re.DOTALL)
"""Such as ``zendesk-ratelimit-tickets-index: total=100; remaining=99; resets=30``."""


class Pace:
    """Keeps requests within a number a minute, and away while the account says that nothing is left."""

    def __init__(
        self,
        per_minute: int | None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """
        Args:
            per_minute: requests to the incremental exports; None for as many as are answered.
        """
        self._per_minute, self._sleep, self._clock = per_minute, sleep, clock
        self._asked: deque[float] = deque(maxlen=per_minute)
        self._not_before = 0.0

    def wait(self, *, is_export: bool) -> None:
        """Return when it is time for the next request."""
        now, free_at = self._clock(), self._not_before
        if is_export and self._per_minute is not None and len(self._asked) == self._per_minute:
            free_at = max(free_at, self._asked[0] + _MINUTE)
        if free_at > now:
            log.info("Waiting %.0f s for the account's rate limit.", free_at - now)
            self._sleep(free_at - now)
        if is_export and self._per_minute is not None:
            self._asked.append(max(now, free_at))

    def heed(self, headers: Mapping[str, str]) -> None:
        """Take note of what an answer's headers say is left, in either spelling, and of limits of the endpoint alone."""
        remaining = next((headers[name] for name in _REMAINING if name in headers), "")
        reset = next((headers[name] for name in _RESET if name in headers), "")
        waits = [int(reset)] if remaining.strip() == "0" and reset.strip().isdigit() else []
        for name, told in headers.items():
            found = _ENDPOINT_LIMIT.search(told) if name.lower().startswith("zendesk-ratelimit-") else None
            if found and found[1] == "0":
                waits.append(int(found[2]))
        if waits:
            self._not_before = self._clock() + min(max(waits), _MINUTE)


class Envelope(msgspec.Struct, kw_only=True):
    """What stands around a page's rows, in any of the three styles of paging; a member that did not come is UNSET."""

    count: Any = UNSET
    next_page: Any = UNSET
    end_time: Any = UNSET
    end_of_stream: Any = UNSET
    after_cursor: Any = UNSET
    after_url: Any = UNSET
    meta: Any = UNSET
    links: Any = UNSET

    @property
    def n_told(self) -> int | None:
        return _whole_number(self.count)

    @property
    def is_end(self) -> bool | None:
        """Whether the answer says that it is the last; None where it does not say, as old endpoints do not."""
        return self.end_of_stream if isinstance(self.end_of_stream, bool) else None

    @property
    def next_cursor(self) -> str | None:
        """Where a cursor export goes on. Of an address only the cursor is taken: its host may be another than the one we trust."""
        if self.after_cursor is UNSET or self.after_cursor is None:
            return query_value(self.after_url, "cursor")
        return str(self.after_cursor)

    @property
    def next_start(self) -> int | None:
        """Where a time-based export goes on (Unix seconds)."""
        told = _whole_number(self.end_time)
        return told if told is not None else _whole_number(query_value(self.next_page, "start_time"))

    @property
    def is_list_by_cursor(self) -> bool:
        return isinstance(self.meta, dict)

    @property
    def next_after(self) -> str | None:
        """Where a list in the cursor style goes on; None at its end."""
        meta = self.meta if isinstance(self.meta, dict) else {}
        links = self.links if isinstance(self.links, dict) else {}
        if meta.get("has_more") is False:
            return None
        after = meta.get("after_cursor") or query_value(links.get("next"), "page[after]")
        return str(after) if after else None


def _whole_number(value: Any) -> int | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return int(value)
    return int(value) if isinstance(value, str) and value.isdigit() else None


def query_value(address: Any, name: str) -> str | None:
    """One value of an address's query."""
    if not isinstance(address, str):
        return None
    return parse_qs(urlsplit(address).query).get(name, [None])[0]


@dataclass(frozen=True, slots=True)
class Reading:
    """One answer: what stands around the rows, and the rows, undecoded."""

    envelope: Envelope
    rows: list[Row]


class Api:
    """Asks one account, at its pace."""

    def __init__(self, client: Client, prefix: str, pace: Pace) -> None:
        """
        Args:
            prefix: what stands before ``/api/v2`` in every path; usually nothing.
        """
        self._client, self._pace = client, pace
        self._base = f"{prefix.rstrip('/')}/api/v2".replace("/api/v2/api/v2", "/api/v2")
        self._spelled: dict[str, str] = {}

    def where(self, path: str) -> str:
        return self._client.where(self._full(path))

    def read(self, path: str, params: Mapping[str, str], rows_key: str) -> Answer[Reading]:
        """Ask for a page. Where a path is not found it is tried once with ``.json`` behind it, or without.

        Raises:
            StatusError, SourceError: as the client.
        """
        rows_decoder = _rows_decoder(rows_key)

        def decode(body: bytes) -> Reading:
            return Reading(_ENVELOPE.decode(body), rows_decoder(body))

        try:
            return self._ask(self._spelled.get(path, path), params, decode)
        except StatusError as error:
            if error.status != 404 or path in self._spelled:
                raise
            other = path.removesuffix(".json") if path.endswith(".json") else f"{path}.json"
            try:
                answer = self._ask(other, params, decode)
            except StatusError:
                raise error from None
            self._spelled[path] = other
            return answer

    def _ask(self, path: str, params: Mapping[str, str], decode: Callable[[bytes], Reading]) -> Answer[Reading]:
        self._pace.wait(is_export=path.startswith("incremental/"))
        try:
            answer = self._client.get(self._full(path), params, decode)
        except StatusError as error:
            self._pace.heed(error.headers)
            raise
        self._pace.heed(answer.headers)
        return answer

    def _full(self, path: str) -> str:
        return f"{self._base}/{path.lstrip('/')}"


_ENVELOPE = msgspec.json.Decoder(Envelope, strict=False)


def _rows_decoder(rows_key: str) -> Callable[[bytes], list[Row]]:
    page = msgspec.defstruct("Rows", [("rows", list[msgspec.Raw], msgspec.field(name=rows_key))])
    decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(page)
    return lambda body: decoder.decode(body).rows
