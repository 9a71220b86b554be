"""Paging through one OneRoster collection so that a moving roster loses nothing.

Offsets count what came, never what was asked for, because servers clamp limits silently. Each page begins with the last row of
the one before: when another row stands there, the boundary moved, or the server does not keep its order, and the pull begins
once more. The end is an empty page; the count in the header is what the pull is held to, not what ends it.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import msgspec

from schoolward.errors import CompletenessError
from schoolward.ingest.decode import Decoded, Decoder
from schoolward.ingest.http import Answer, Client, StatusError
from schoolward.sources.base import Page, Pull

log = logging.getLogger(__name__)

_NEVER = datetime(2100, 1, 1, tzinfo=UTC)
_SMALLEST_PAGE = 50
_TOO_SLOW = frozenset({502, 504})
_REFUSALS: Mapping[str, bytes] = {
    "filter": b"invalid_filter_field",
    "fields": b"invalid_selection_field",
    "sort": b"invalid_sort_field",
}
"""Parameters that a server may refuse, with the code it does so by; the most useful one last to go without a code."""


class _MovedError(Exception):
    """The collection changed under the pull, or the server does not keep its order."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence


class _Id(msgspec.Struct):
    sourcedId: str  # noqa: N815 - the vendor's name


class CollectionPull(Pull):
    """One question put to a collection, page by page."""

    def __init__(
        self,
        client: Client,
        path: str,
        decoder: Decoder[Any],
        page_size: int,
        *,
        changed_after: datetime | None,
    ) -> None:
        """
        Args:
            path: the collection's path from the host's root.
            changed_after: only records modified later; None for all.
        """
        self._client, self._path, self._decoder, self._limit = client, path, decoder, page_size
        self._where = client.where(path)
        self._optional = {"fields": ",".join(decoder.vendor_fields), "sort": "sourcedId"}
        if changed_after is not None:
            self._optional["filter"] = _later_than(changed_after)
        self.is_whole = changed_after is None

    def __iter__(self) -> Iterator[Page]:
        self._clock: datetime | None = None
        if not self.is_whole:
            self._probe()
        try:
            yield from self._read()
        except _MovedError as moved:
            log.warning("%s %s Beginning once more.", self._where, moved.sentence)
            try:
                yield from self._read()
            except _MovedError as again:
                raise CompletenessError(
                    f"{self._where} {again.sentence} That was the second try: run it again at a quieter time; "
                    "if this stays, ask the SIS's vendor for paging that keeps its order (sort=sourcedId)."
                ) from None
            self.n_told = None  # what came before the second beginning was received too, and counts no more
        self.cursor = {"since": self.source_at.isoformat()}

    def _read(self) -> Iterator[Page]:
        first_told: int | None = None
        n_received = 0
        anchor: str | None = None
        previous_first: str | None = None
        overlap = 0
        while True:
            answer = self._ask(n_received - overlap, anchor if overlap else None)
            self._keep_clock(answer)
            decoded, told = answer.value, _total(answer)
            if anchor is None:
                first_told = told
            if told != first_told:
                raise _MovedError(f"told {first_told} rows at the start and {told} later, after sending {n_received}.")
            if overlap and not decoded.rows and decoded.n_skipped:
                overlap = 0  # the last row alone: the end, or a server that gives one row now
                continue
            if not decoded.rows:
                break
            first = _id(decoded.rows[0])
            if anchor is not None and not decoded.n_skipped:
                self._judge(first, anchor, previous_first, has_overlap=overlap == 1)
            n_received += len(decoded.rows)
            n_in_page = len(decoded.rows) + decoded.n_skipped
            previous_first = anchor if decoded.n_skipped else first
            anchor, overlap = _id(decoded.rows[-1]), int(n_in_page > 1)
            yield Page(decoded.records, len(decoded.rows), decoded.rejects, decoded.new_fields, decoded.vanished_fields)
        if overlap:  # an empty page where at least the last row was due
            raise _MovedError(f"no longer shows the row it ended with after {n_received:,} rows.")
        if told is not None and told != n_received:
            raise _MovedError(f"told {told} rows and sent {n_received}.")
        self.n_told = told

    @staticmethod
    def _judge(first: str, anchor: str, previous_first: str | None, *, has_overlap: bool) -> None:
        """Tell a boundary that moved from a page that came again."""
        if first == previous_first or (not has_overlap and first == anchor):
            raise _MovedError("sent the same page again, as one does that ignores the offset.")
        if has_overlap:
            raise _MovedError("moved a page boundary during the pull: its order changed, or records came or went.")

    def _ask(self, offset: int, anchor: str | None) -> Answer[Decoded[Any]]:
        def decode(body: bytes) -> Decoded[Any]:
            return self._decoder.decode(body, skip_first=lambda row: anchor is not None and _id(row) == anchor)

        while True:
            params = {"limit": str(self._limit), "offset": str(offset), **self._optional}
            params |= {"orderBy": "asc"} if "sort" in self._optional else {}
            may_shrink = self._limit > _SMALLEST_PAGE
            try:
                return self._client.get(self._path, params, decode, no_retry=_TOO_SLOW if may_shrink else frozenset())
            except StatusError as error:
                if error.status in _TOO_SLOW and may_shrink:
                    self._limit = max(_SMALLEST_PAGE, self._limit // 2)
                    log.warning(
                        "%s was too slow (%s); asking for %s rows at a time.", self._where, error.status, self._limit
                    )
                elif not (error.status == 400 and self._give_way(error.body)):
                    raise

    def _give_way(self, body: bytes) -> bool:
        """Leave out the parameter the server refuses; False when there is none to leave out."""
        refused = next((name for name, code in _REFUSALS.items() if code in body), None)
        name = refused or next((n for n in ("fields", "sort") if n in self._optional), None)
        if name is None or name not in self._optional:
            return False
        log.warning("%s refuses the parameter %s; asking without it.", self._where, name)
        self._leave_out(name)
        return True

    def _leave_out(self, name: str) -> None:
        del self._optional[name]
        self.is_whole = "filter" not in self._optional

    def _probe(self) -> None:
        """Leave the filter out where the server does not take it: everything is slower, but right."""
        params = {"limit": "1", "offset": "0", "filter": _later_than(_NEVER)}
        try:
            answer = self._client.get(self._path, params, lambda body: len(self._decoder.decode(body).rows))
        except StatusError as error:
            if error.status != 400:
                raise
            is_heeded = False
        else:
            self._keep_clock(answer)
            is_heeded = answer.value == 0
        if not is_heeded:
            log.warning("%s does not filter by dateLastModified; reading everything.", self._where)
            self._leave_out("filter")

    def _keep_clock(self, answer: Answer[Any]) -> None:
        if self._clock is None:
            self._clock = self.source_at = answer.at


def _later_than(stamp: datetime) -> str:
    return f"dateLastModified>'{stamp.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z'"


def _id(row: msgspec.Raw) -> str:
    """What a row is known again by: its id, or where that is malformed, all of it."""
    with suppress(msgspec.DecodeError):
        return msgspec.json.decode(row, type=_Id).sourcedId
    return bytes(row).decode(errors="replace")


def _total(answer: Answer[Any]) -> int | None:
    told = answer.headers.get("X-Total-Count", "")
    return int(told) if told.isdigit() else None
