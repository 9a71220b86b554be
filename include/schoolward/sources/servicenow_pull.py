"""Paging through one ServiceNow table so that nothing readable is missed.

Keyset, not offset: each question asks for rows behind the last one, by stamp and ``sys_id`` (thousands of rows may share a second), or
by ``sys_id`` alone for a full sweep. A row updated meanwhile jumps to the end and is read again. Access rules hide rows after
the limit is applied, so only an answer behind which the source counts nothing is the end.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from schoolward.errors import CompletenessError, SourceError
from schoolward.ingest.decode import Decoded, Decoder
from schoolward.sources.base import Page, Pull, Record
from schoolward.sources.servicenow_table import STAMP, CancelledError, Position, Question, Table, rows_of

log = logging.getLogger(__name__)

_SMALLEST_PAGE = 10
_CONFIRM_PAGE = 10_000


class TablePull(Pull):
    """One question put to a table, page by page."""

    def __init__(
        self,
        table: Table,
        question: Question,
        decoder: Decoder[Any],
        fields: str,
        page_size: int,
        *,
        check: Callable[[Record], bool] | None = None,
        cursor: Mapping[str, Any] | None = None,
    ) -> None:
        """
        Args:
            check: whether a record satisfies the question's conditions; a source that ignores them is not to be landed.
            cursor: what to keep as watermark when nothing newer is found.
        """
        self._table, self._question, self._decoder, self._fields = table, question, decoder, fields
        self._limit, self._check, self._old_cursor = page_size, check, cursor
        self.is_whole = question.is_sweep

    def __iter__(self) -> Iterator[Page]:
        question = self._question
        probed_at = self._table.probe(question)
        told = self._table.count(question)
        self.source_at = probed_at or told.at
        start, last = self.source_at.strftime(STAMP), question.after
        self._started = (self._old_cursor or {}).get("started", start)
        n_received = n_older = 0
        while decoded := self._next(last, has_all=told.value is not None and n_received >= told.value):
            end, n_settled = self._judge(decoded, last)
            last, n_received = end or last, n_received + n_settled
            n_older += n_settled - self._n_since_start(decoded.records)
            rejects = decoded.rejects[: len(decoded.rejects) - (len(decoded.rows) - n_settled)]
            yield Page(
                decoded.records, n_settled, rejects, decoded.new_fields, decoded.vanished_fields, self._resume(last)
            )  # fmt: skip
            if end is None or self._is_past_start(end, decoded):
                break
        if told.value is not None and not n_received == n_older == told.value:
            self._complete(replace(question, until_stamp=start), n_older)
        self.n_told = told.value if told.value == n_received else None
        self.cursor = self._watermark(last)

    def _watermark(self, last: Position | None) -> Mapping[str, Any]:
        """The last row read, but not past the start of the pull: what is committed late behind our back is read next time."""
        start = {"stamp": self._started, "sys_id": ""}
        if self._question.is_sweep:
            return start
        if last is None:
            return self._old_cursor or start
        return start if last.stamp > self._started else {"stamp": last.stamp, "sys_id": last.sys_id}

    def _n_since_start(self, records: Sequence[Any]) -> int:
        """Records stamped since the pull began: new, or received before and changed since."""
        field, start = self._question.stamp_field, self.source_at.replace(microsecond=0)
        if not self._question.is_sweep and records and getattr(records[-1], field) < start:
            return 0
        return sum(getattr(record, field) >= start for record in records)

    def _resume(self, last: Position | None) -> Mapping[str, Any] | None:
        if self._question.is_sweep or last is None:
            return None
        return {"stamp": last.stamp, "sys_id": last.sys_id, "started": self._started}

    def _is_past_start(self, end: Position, decoded: Decoded[Any]) -> bool:
        """Whether all there was when we began has been read; on a busy instance the very end would recede for ever."""
        is_newer = not self._question.is_sweep and end.stamp > self.source_at.strftime(STAMP)
        return is_newer and len(decoded.rows) < self._limit

    def _next(self, last: Position | None, *, has_all: bool) -> Decoded[Any] | None:
        """The next page with a row in it, or None at the end."""
        question = self._question
        decoded = self._ask(last)
        if decoded.rows or has_all:
            return decoded if decoded.rows else None
        remaining, span = self._table.count(question, last).value or 0, self._limit
        while span < remaining:  # rows there are, but a whole page of them is hidden from us: look further
            span *= 2
            rows = self._table.page(question, last, f"sys_id,{question.stamp_field}", span, rows_of)
            visible = _first_place(question, rows)
            if visible is not None:
                decoded = self._ask(visible[1], inclusive=True)
                if decoded.rows:
                    return decoded
        return None

    def _ask(self, last: Position | None, *, inclusive: bool = False) -> Decoded[Any]:
        question, decode = self._question, self._decoder.decode
        while True:
            try:
                found: Decoded[Any] = self._table.page(
                    question, last, self._fields, self._limit, decode, inclusive=inclusive
                )
                return found
            except CancelledError:
                where = self._table.where(question.table)
                if self._limit <= _SMALLEST_PAGE:
                    raise SourceError(
                        f"{where} gives up after its time limit even on {self._limit} rows. "
                        "Ask its administrator for an index on the stamp, or a longer REST Table API quota."
                    ) from None
                self._limit = max(_SMALLEST_PAGE, self._limit // 2)
                log.warning("%s gave up on a page; asking for %s rows at a time.", where, self._limit)

    def _judge(self, decoded: Decoded[Any], last: Position | None) -> tuple[Position | None, int]:
        """Make sure that a page follows the last one and answers the question.

        Returns:
            The position to go on from (None: no further), and how many rows are settled by it; the rest comes again.
        """
        question, where = self._question, self._table.where(self._question.table)
        first, end = _first_place(question, decoded.rows), _last_place(question, decoded.rows)
        if first is None or end is None:
            if len(decoded.rows) < self._limit:
                return None, len(decoded.rows)
            raise SourceError(
                f"{where}: access rules hide sys_id or {question.stamp_field} of every row of a page, so reading cannot go on. "
                "Let the account read both fields."
            )
        if not question.is_behind(first[1], last) or end[1] == last:
            raise SourceError(
                f"{where} sent rows again that it had sent before (a repeated page, or it ignores our conditions); stopped before an endless loop. "
                "Try again; if this stays, ask its administrator whether queries are rewritten."
            )
        if not question.is_sweep:
            self._check_order(decoded.records, where)
        if self._check is not None and not all(map(self._check, decoded.records)):
            raise SourceError(
                f"{where} ignores a condition of ours: it sent rows we did not ask for. Let the account read the fields tablename and fieldname."
            )
        return end[1], end[0] + 1

    def _check_order(self, records: Sequence[Any], where: str) -> None:
        field, earlier = self._question.stamp_field, None
        for record in records:
            stamp = getattr(record, field)
            if earlier is not None and stamp < earlier:
                raise SourceError(
                    f"{where} does not sort by {field} as asked, so rows would be missed. Let the account read that field."
                )
            earlier = stamp

    def _complete(self, untouched: Question, n_older: int) -> None:
        """Hold the pull to the rows that nobody wrote to since it began: each of them came once, or is hidden from us.

        Raises:
            CompletenessError: when rows that we may read did not come.
        """
        n_there = self._table.count(untouched).value
        if n_there is None or n_older >= n_there:
            return
        where = self._table.where(untouched.table)
        n_readable = self._count_readable(untouched)
        if n_readable > n_older:
            raise CompletenessError(
                f"{where} says it has {n_there:,} rows for our question and lets us read {n_readable:,}, but sent {n_older:,}. "
                "Run it again; if the numbers still differ, reconcile this stream."
            )
        log.warning("%s counts %s rows and lets this account read %s of them.", where, f"{n_there:,}", f"{n_older:,}")

    def _count_readable(self, question: Question) -> int:
        """Count by another way, in the order of ``sys_id``, what the question should have brought."""
        conditions, stamp = question.conditions, question.stamp_field
        if question.after is not None:
            conditions = (*conditions, f"{stamp}>{question.after.stamp}")
        elif not question.is_sweep:
            conditions = (*conditions, f"{stamp}>={question.from_stamp}")
        sweep = replace(question, conditions=conditions, from_stamp=None, after=None)
        at: Position | None = None
        n = 0
        while True:
            rows = self._table.page(sweep, at, "sys_id", _CONFIRM_PAGE, rows_of)
            place = _last_place(sweep, rows)
            n += len(rows)
            if place is None:
                return n
            at = place[1]


def _first_place(question: Question, rows: Sequence[msgspec.Raw]) -> tuple[int, Position] | None:
    return next(((n, place) for n, row in enumerate(rows) if (place := question.position(row))), None)


def _last_place(question: Question, rows: Sequence[msgspec.Raw]) -> tuple[int, Position] | None:
    numbers = reversed(range(len(rows)))
    return next(((n, place) for n in numbers if (place := question.position(rows[n]))), None)
