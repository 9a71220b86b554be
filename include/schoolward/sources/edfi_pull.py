"""Paging through one Ed-Fi resource so that nothing is lost while it moves, and asking what was deleted.

Where the ODS hands out page tokens (7.3 on) they are followed to the empty page. Elsewhere offsets shift when rows come or go: a
whole pull counts before and after and begins once more when it does not fit; a pull of changes walks from the highest offset
down, because rows only ever leave its window, so that shifting rows come twice instead of never.
"""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from schoolward.errors import AccessRefusedError, CompletenessError
from schoolward.ingest.decode import Decoded, Decoder
from schoolward.ingest.http import Answer, StatusError
from schoolward.sources.base import Page, Pull, Stream
from schoolward.sources.edfi_api import Ods, PageSize, Window, total_of

log = logging.getLogger(__name__)

_TOKEN = "Next-Page-Token"  # noqa: S105 - a header's name
OVERLAP = 2_000
"""Change versions read again: a version is taken before its transaction commits, so lower ones may appear late."""


class _MovedError(Exception):
    """The resource changed under the pull."""


class ResourcePull(Pull):
    """One question put to a resource, page by page; then what was deleted."""

    def __init__(
        self,
        ods: Ods,
        resource: str,
        stream: Stream,
        decoder: Decoder[Any],
        size: int,
        *,
        cursor: Mapping[str, Any] | None,
        api_year: int | None = None,
        overlap: int = OVERLAP,
        has_key_changes: bool = False,
    ) -> None:
        """
        Args:
            resource: the resource's name in the address.
            cursor: ``{"version": …, "ods": …, "api_year": …}`` of the last pull; None for everything.
            has_key_changes: whether the resource lets its natural key be changed.
        """
        self._ods, self._resource, self._stream, self._decoder = ods, resource, stream, decoder
        self._size, self._saved, self._overlap = PageSize(size), cursor, overlap
        self._has_key_changes, self._api_year = has_key_changes, api_year
        self._clock_kept = False

    def __iter__(self) -> Iterator[Page]:
        newest = self._ods.newest_version()
        window = self._window(newest)
        gone = self._gone(window) if window else None
        if gone is None:
            window = None
        self.is_whole = window is None
        yield from self._twice(window)
        if gone is not None:
            self.gone_keys = gone
        self.cursor = {"version": newest, "ods": self._ods.data_path, "api_year": self._api_year}

    def _window(self, newest: int | None) -> Window | None:
        """What changed since the last pull; None where only everything will do."""
        saved = self._saved
        if newest is None or saved is None or saved.get("version") is None:
            return None
        if saved.get("ods") != self._ods.data_path or newest < saved["version"]:
            log.warning("%s is another ODS than the last time, or was restored; reading everything.", self._where)
            return None
        return Window(max(0, saved["version"] + 1 - self._overlap), newest)

    def _twice(self, window: Window | None) -> Iterator[Page]:
        try:
            yield from self._read(window)
        except _MovedError as moved:
            log.warning("%s %s Beginning once more.", self._where, moved)
            try:
                yield from self._read(window)
            except _MovedError as again:
                raise CompletenessError(
                    f"{self._where} {again} That was the second try: run it again at a quieter time; if this stays, ask the "
                    "host of the ODS."
                ) from None
            self.n_told = None  # what came before the second beginning was received too

    def _read(self, window: Window | None) -> Iterator[Page]:
        where = window.params if window else {}
        first = self._ask({"totalCount": "true", **where}, "limit")
        told = total_of(first)
        if first.headers.get(_TOKEN):
            pages = self._by_token(first, where)
        elif window is not None and told is not None and told > len(first.value.rows):
            pages = self._downwards(told, where)
        else:
            pages = self._by_offset(first, where)
        n_received = 0
        for decoded in pages:
            n_received += len(decoded.rows)
            yield Page(decoded.records, len(decoded.rows), decoded.rejects, decoded.new_fields, decoded.vanished_fields)
        self._check_count(told, n_received, where)

    def _check_count(self, told: int | None, n_received: int, where: Mapping[str, str]) -> None:
        """Rows that came or went meanwhile explain a difference, as far as a second count bears it out."""
        self.n_told = told
        if told is None or told == n_received:
            return
        told_now = self._ods.count(self._resource, where)
        if told_now is None or n_received < min(told, told_now) or (not where and n_received > max(told, told_now)):
            raise _MovedError(f"told {told:,} rows and sent {n_received:,}.")
        self.n_told = None

    def _by_token(self, answer: Answer[Decoded[Any]], where: Mapping[str, str]) -> Iterator[Decoded[Any]]:
        """Every page names the next, the last one too: the end is an empty page."""
        tokens = set()
        while answer.value.rows:
            yield answer.value
            token = answer.headers.get(_TOKEN)
            if not token:
                return
            if token in tokens:
                raise _MovedError("sent the same page token twice.")
            tokens.add(token)
            answer = self._ask({"pageToken": token, **where}, "pageSize")

    def _by_offset(self, answer: Answer[Decoded[Any]], where: Mapping[str, str]) -> Iterator[Decoded[Any]]:
        """Upwards; each page begins with the last row of the one before, so that a boundary that moved is seen."""
        offset, anchor = 0, b""
        while True:
            decoded = answer.value
            if anchor and decoded.n_skipped == 0:
                raise _MovedError("moved a page boundary during the pull: records came or went.")
            if decoded.rows:
                yield decoded
            offset += len(decoded.rows)
            if not decoded.rows or len(decoded.rows) + decoded.n_skipped < self._size.rows:
                return  # a limit is refused, never cut, so a short page is the last
            overlap = int(self._size.rows > 1)
            anchor = _identity(decoded.rows[-1]) if overlap else b""
            answer = self._ask({"offset": str(offset - overlap), **where}, "limit", anchor)

    def _downwards(self, told: int, where: Mapping[str, str]) -> Iterator[Decoded[Any]]:
        offset = told
        while offset > 0:
            rows = min(self._size.rows, offset)
            offset -= rows
            yield self._ask({"offset": str(offset), **where}, "limit").value

    def _ask(self, params: Mapping[str, str], size_name: str, anchor: bytes = b"") -> Answer[Decoded[Any]]:
        def decode(body: bytes) -> Decoded[Any]:
            return self._decoder.decode(
                b'{"rows":' + body + b"}", skip_first=lambda row: bool(anchor) and _identity(row) == anchor
            )

        answer = self._ods.get(self._resource, params, self._size, decode, size_name)
        if not self._clock_kept:
            self._clock_kept, self.source_at = True, answer.at
        return answer

    def _gone(self, window: Window) -> list[tuple[Any, ...]] | None:
        """Keys deleted or renamed in the window; None where the ODS cannot tell, so that only a whole pull can."""
        try:
            gone = self._keys_of("deletes", "keyValues", window)
            if gone is not None and self._has_key_changes:
                renamed = self._keys_of("keyChanges", "oldKeyValues", window)
                gone = None if renamed is None else gone + renamed
        except (AccessRefusedError, StatusError) as error:
            if isinstance(error, StatusError) and error.status != 404:
                raise
            log.warning("%s does not show us what was deleted; reading everything.", self._where)
            return None
        return gone

    def _keys_of(self, what: str, member: str, window: Window) -> list[tuple[Any, ...]] | None:
        found: list[tuple[Any, ...]] = []
        offset = 0
        while True:
            params = {"offset": str(offset), **window.params}
            rows = self._ods.get(f"{self._resource}/{what}", params, self._size, _rows, "limit").value
            for row in rows:
                values = row.get(member)
                if not isinstance(values, dict):  # 5.0 to 5.2 tell ids alone, which hold no natural key
                    return None
                key = self._key(values)
                if key is not None:
                    found.append(key)
            if not rows:
                return found
            offset += len(rows)

    def _key(self, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Our key from the ODS's flat key values; None where it is not complete."""
        by_name = {name.casefold(): value for name, value in values.items()}
        columns = {column.name: column for column in self._stream.columns}
        key = tuple(by_name.get(columns[name].vendor_name.rpartition(".")[2].casefold()) for name in self._stream.key)
        return None if None in key else key

    @property
    def _where(self) -> str:
        return self._ods.client.where(self._ods.path(self._resource))


def _rows(body: bytes) -> list[dict[str, Any]]:
    return msgspec.json.decode(body, type=list[dict[str, Any]])


class _Id(msgspec.Struct):
    id: str


def _identity(row: msgspec.Raw) -> bytes:
    """What a row is known again by: its id, or where it shows none, all of it."""
    try:
        return msgspec.json.decode(row, type=_Id).id.encode()
    except msgspec.DecodeError:
        return bytes(row)
