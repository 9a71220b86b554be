"""Zendesk's lists, read whole: in pages with cursors where the endpoint knows them, in numbered pages where it does not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from schoolward.ingest.http import Answer
from schoolward.sources.base import Page, Pull
from schoolward.sources.zendesk_api import Reading
from schoolward.sources.zendesk_pull import Collection
from schoolward.sources.zendesk_shape import Row

LIST_SIZE = 100
"""Most that a list gives in a page."""


class ListReader:
    """Reads one list to its end."""

    def __init__(self, of: Collection) -> None:
        self._of = of
        self.at: datetime | None = None
        """The source's clock at the first answer."""
        self.n_told: int | None = None
        """The list's own count, where it tells one of the whole list."""

    def pages(self) -> Iterator[list[Row]]:
        """The list's rows, page by page."""
        first = self._ask({"page[size]": str(self._of.page_size)})
        envelope = first.value.envelope
        if envelope.is_list_by_cursor:
            yield from self._by_cursor(first)
        elif envelope.next_page is None or not first.value.rows:
            self.n_told = envelope.n_told
            yield first.value.rows
        else:  # there may be more, in pages of a size that is not ours: begin again with one that is
            yield from self._by_number()

    def _by_cursor(self, answer: Answer[Reading]) -> Iterator[list[Row]]:
        after: str | None = None
        while True:
            following = answer.value.envelope.next_after
            if following is not None and following == after:
                raise self._of.stuck("cursor")
            yield answer.value.rows
            if following is None:
                return
            after = following
            answer = self._ask({"page[size]": str(self._of.page_size), "page[after]": after})

    def _by_number(self) -> Iterator[list[Row]]:
        number, previous = 1, list[bytes]()
        counts: list[int | None] = []
        sizes: list[int] = []
        while True:
            reading = self._ask({"page": str(number), "per_page": str(self._of.page_size)}).value
            raw = [bytes(row) for row in reading.rows]
            if raw and raw == previous:
                if reading.envelope.next_page is msgspec.UNSET:
                    break  # a list without pages, whatever number is asked for
                raise self._of.stuck("page")
            counts.append(reading.envelope.n_told)
            sizes.append(len(raw))
            yield reading.rows
            has_next = reading.envelope.next_page
            is_end = has_next is None or (has_next is msgspec.UNSET and len(raw) < self._of.page_size)
            if is_end or not raw:
                break
            number, previous = number + 1, raw
        is_of_page = len(sizes) > 1 and counts == sizes
        self.n_told = None if is_of_page else counts[0]

    def _ask(self, params: dict[str, str]) -> Answer[Reading]:
        answer = self._of.read(params)
        self.at = self.at or answer.at
        return answer


class ListPull(Pull):
    """A list, whole."""

    is_whole = True

    def __init__(self, of: Collection) -> None:
        self._of = of

    def __iter__(self) -> Iterator[Page]:
        reader = ListReader(self._of)
        for rows in reader.pages():
            self.source_at = self._at(reader)
            yield self._of.page(rows)
        self.n_told = reader.n_told
        self.cursor = {"since": self.source_at.isoformat()}

    def _at(self, reader: ListReader) -> datetime:
        assert reader.at is not None, "a page came, so the clock is known"
        return reader.at


class _Schedule(msgspec.Struct):
    id: int


class HolidayPull(ListPull):
    """The holidays of every schedule: a list for each."""

    def __init__(self, of: Collection, schedules: Collection) -> None:
        """
        Args:
            of: the holidays; its path has a place ``{schedule}``.
        """
        super().__init__(of)
        self._schedules = schedules

    def __iter__(self) -> Iterator[Page]:
        schedules = ListReader(self._schedules)
        ids = [_schedule_id(row) for rows in schedules.pages() for row in rows]
        self.source_at = self._at(schedules)
        told: list[int | None] = []
        for id in ids:
            reader = ListReader(replace(self._of, path=self._of.path.format(schedule=id)))
            for rows in reader.pages():
                yield self._of.page([_of_schedule(row, id) for row in rows])
            told.append(reader.n_told)
        self.n_told = None if None in told else sum(n for n in told if n is not None)
        self.cursor = {"since": self.source_at.isoformat()}


def _schedule_id(row: Row) -> int:
    return msgspec.json.decode(row, type=_Schedule, strict=False).id


def _of_schedule(row: Row, schedule: int) -> Row:
    members: dict[str, Any] = msgspec.json.decode(row, type=dict[str, msgspec.Raw])
    return msgspec.Raw(msgspec.json.encode({**members, "schedule_id": schedule}))
