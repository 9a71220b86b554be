"""Zendesk's incremental exports: by cursor (tickets, users), and by time (organizations, ticket events, metric events)."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from schoolward.ingest.http import Answer, StatusError
from schoolward.sources.base import Page, Pull
from schoolward.sources.zendesk_api import Reading
from schoolward.sources.zendesk_pull import Collection, Told, allowed_start, settled_until
from schoolward.sources.zendesk_shape import Row

log = logging.getLogger(__name__)

BEGINNING = 0
"""The start before everything."""
_MOVED = frozenset({400, 404, 410, 422})
"""How an account refuses a cursor it no longer knows."""


class _Export(Pull):
    """An export from a start on; ``cursor`` holds ``start_time``, from which nothing is missed, and where there is one ``after``."""

    def __init__(self, of: Collection, start: int, *, is_whole: bool) -> None:
        """
        Args:
            start: Unix seconds; :data:`BEGINNING` for everything.
            is_whole: whether everything from the beginning is all there is.
        """
        self._of, self._start = of, start
        self.is_whole = is_whole and start == BEGINNING
        self._is_clock_kept = False

    def _keep_clock(self, answer: Answer[Any]) -> None:
        if not self._is_clock_kept:
            self.source_at, self._is_clock_kept = answer.at, True

    def _ask(self, params: Mapping[str, str]) -> Answer[Reading]:
        answer = self._of.read(params)
        self._keep_clock(answer)
        return answer

    def _ask_from(self, start: int, params: Mapping[str, str]) -> Answer[Reading]:
        """Ask from a start on; one that is too recent by the source's clock is moved back to what it takes."""
        try:
            return self._ask({"start_time": str(start), **params})
        except StatusError as error:
            latest = allowed_start(error)
            if latest is None or start <= latest:
                raise
            return self._ask({"start_time": str(latest), **params})

    def _mark(self, reached: int | None, after: str | None = None) -> Mapping[str, Any]:
        """What to go on from: no later than what had settled when the pull began."""
        settled = settled_until(self.source_at)
        safe = settled if reached is None else min(reached, settled)
        return {"start_time": max(safe, BEGINNING), **({"after": after} if after else {})}


class CursorExport(_Export):
    """An export that hands out cursors, which neither expire nor repeat rows."""

    def __init__(self, of: Collection, start: int, *, after: str | None, is_whole: bool, by_time: Pull) -> None:
        """
        Args:
            after: the cursor to go on from; refused, ``start`` takes its place.
            by_time: the same question to the time-based export, for accounts that have no cursors.
        """
        super().__init__(of, start, is_whole=is_whole and after is None)
        self._after, self._by_time = after, by_time

    def __iter__(self) -> Iterator[Page]:
        try:
            answer = self._first()
        except StatusError as error:
            if error.status != 404:
                raise
            log.info("%s is not there (404); asking by time instead.", self._of.where)
            yield from self._pages_by_time()
        else:
            yield from self._pages(answer)

    def _pages_by_time(self) -> Iterator[Page]:
        for page in self._by_time:
            self.source_at = self._by_time.source_at
            yield page
        self.cursor = self._by_time.cursor

    def _pages(self, answer: Answer[Reading]) -> Iterator[Page]:
        after = self._after
        previous: frozenset[bytes] = frozenset()
        while True:
            envelope, fresh = answer.value.envelope, _unlike(answer.value.rows, previous)
            following = envelope.next_cursor
            is_end = envelope.is_end
            if is_end is None:  # an account that does not say: the end is where nothing moves or nothing comes
                is_end = following is None or following == after or not fresh
            if not is_end and (following is None or following == after):
                raise self._of.stuck("cursor")
            after, previous = following or after, frozenset(map(bytes, answer.value.rows))
            yield self._of.page(fresh, self._resume(after))
            if is_end:
                break
            answer = self._ask({"cursor": str(after), **self._sized})
        self.cursor = self._mark(None, after)

    @property
    def _sized(self) -> Mapping[str, str]:
        return {"per_page": str(self._of.page_size)}

    def _resume(self, after: str | None) -> Mapping[str, Any] | None:
        return {"start_time": self._start, "after": after} if after else None

    def _first(self) -> Answer[Reading]:
        if self._after is not None:
            try:
                return self._ask({"cursor": self._after, **self._sized})
            except StatusError as error:
                if error.status not in _MOVED:
                    raise
                log.warning("%s no longer knows our cursor; asking by time instead.", self._of.where)
                self._after = None
        return self._ask_from(self._start, self._sized)


class TimeExport(_Export):
    """An export that breaks its pages between seconds, and begins each with what it sent last."""

    def __init__(self, of: Collection, start: int, *, is_whole: bool, may_list: bool = False) -> None:
        """
        Args:
            may_list: whether the endpoint may answer in pages with cursors, as lists do; it is asked to.
        """
        super().__init__(of, start, is_whole=is_whole)
        self._may_list = may_list

    def __iter__(self) -> Iterator[Page]:
        told, n_received = Told(), 0
        reached: int | None = None
        for rows, fresh, n_told, reached in self._pages():
            told.add(n_told, len(rows))
            n_received += len(fresh)
            yield self._of.page(fresh, None if reached is None else {"start_time": reached})
        told.check(self._of.where, n_received)
        self.cursor = self._mark(reached)

    def _pages(self) -> Iterator[tuple[list[Row], list[Row], int | None, int | None]]:
        """Pages: their rows, those that the one before did not have, their own count, and how far they reach (None: not told)."""
        start, previous = self._start, frozenset[bytes]()
        answer: Answer[Reading] | None = self._first()
        while answer is not None:
            reading = answer.value
            if reading.envelope.is_list_by_cursor:
                yield from self._listed(answer)
                return
            envelope, fresh = reading.envelope, _unlike(reading.rows, previous)
            following, is_end = envelope.next_start, envelope.is_end
            has_moved = following is not None and following > start
            if is_end is None:  # an old endpoint: at its end it neither moves on nor fills a page with anything new
                is_full = bool(fresh) and len(reading.rows) >= self._of.page_size
                is_end = envelope.next_page is None or not (has_moved or is_full)
            if not is_end and not has_moved:
                raise self._of.stuck("start")
            start, previous = max(start, following or start), frozenset(map(bytes, reading.rows))
            yield reading.rows, fresh, envelope.n_told, start
            answer = None if is_end else self._next(start)

    def _first(self) -> Answer[Reading]:
        if self._may_list:
            try:
                return self._ask_from(self._start, {"page[size]": str(self._of.page_size)})
            except StatusError as error:
                if error.status not in (400, 422):
                    raise
                log.info("%s does not take page[size]; asking by time alone.", self._of.where)
        return self._ask_from(self._start, {"per_page": str(self._of.page_size)})

    def _next(self, start: int) -> Answer[Reading] | None:
        """The page from there on; None where that is too recent to be asked for."""
        try:
            return self._ask({"start_time": str(start), "per_page": str(self._of.page_size)})
        except StatusError as error:
            latest = allowed_start(error)
            if latest is None or start <= latest:
                raise
            return None

    def _listed(self, answer: Answer[Reading]) -> Iterator[tuple[list[Row], list[Row], int | None, int | None]]:
        """The same question in pages with cursors."""
        after: str | None = None
        while True:
            following = answer.value.envelope.next_after
            if following is not None and following == after:
                raise self._of.stuck("cursor")
            rows = answer.value.rows
            yield rows, rows, None, None
            if following is None:
                return
            after = following
            answer = self._ask(
                {"start_time": str(self._start), "page[size]": str(self._of.page_size), "page[after]": after}
            )


def _unlike(rows: list[Row], previous: frozenset[bytes]) -> list[Row]:
    """The rows that the page before did not have in just this shape."""
    return [row for row in rows if bytes(row) not in previous] if previous else rows
