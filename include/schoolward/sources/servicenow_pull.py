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
        n_received, last = 0, question.after
        while decoded := self._next(question, last, n_received, told.value):
            end, n_settled = self._judge(decoded, last)
            last, n_received = end or last, n_received + n_settled
            rejects = decoded.rejects[: len(decoded.rejects) - (len(decoded.rows) - n_settled)]
            yield Page(
                decoded.records, n_settled, rejects, decoded.new_fields, decoded.vanished_fields, self._resume(last)
            )  # fmt: skip
            if end is None or self._is_past_start(end, decoded):
                break
        self.n_told = self._complete(told.value, n_received, last)
        if question.is_sweep or last is None:
            self.cursor = self._old_cursor or {"stamp": self.source_at.strftime(STAMP), "sys_id": ""}
        else:
            self.cursor = {"stamp": last.stamp, "sys_id": last.sys_id}

    def _resume(self, last: Position | None) -> Mapping[str, Any] | None:
        if self._question.is_sweep or last is None:
            return None
        return {"stamp": last.stamp, "sys_id": last.sys_id, "is_resume": True}

    def _is_past_start(self, end: Position, decoded: Decoded[Any]) -> bool:
        """Whether all there was when we began has been read; on a busy instance the very end would recede for ever."""
        is_newer = not self._question.is_sweep and end.stamp > self.source_at.strftime(STAMP)
        return is_newer and len(decoded.rows) < self._limit

    def _next(
        self, question: Question, last: Position | None, n_received: int, told: int | None
    ) -> Decoded[Any] | None:
        """The next page with a row in it, or None at the end."""
        decoded = self._ask(question, last, 0)
        if decoded.rows or (told is not None and n_received >= told):
            return decoded if decoded.rows else None
        offset, remaining = self._limit, self._table.count(question, last).value or 0
        while offset < remaining:  # rows there are, but a whole page of them is hidden from us: look behind it
            decoded = self._ask(question, last, offset)
            if decoded.rows:
                return decoded
            offset += self._limit
        return None

    def _ask(self, question: Question, last: Position | None, offset: int) -> Decoded[Any]:
        while True:
            try:
                found: Decoded[Any] = self._table.page(
                    question, last, self._fields, self._limit, offset, self._decoder.decode
                )
                return found
            except CancelledError:
                if self._limit <= _SMALLEST_PAGE:
                    raise SourceError(
                        f"{self._table.where(question.table)} gives up after its time limit even on {self._limit} rows. "
                        "Ask its administrator for an index on the stamp, or a longer REST Table API quota."
                    ) from None
                self._limit = max(_SMALLEST_PAGE, self._limit // 2)
                log.warning(
                    "%s gave up on a page; asking for %s rows at a time.",
                    self._table.where(question.table),
                    self._limit,
                )

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

    def _complete(self, told: int | None, n_received: int, last: Position | None) -> int | None:
        """The count to hold this pull to; None where the source was written to meanwhile, or hides rows from us.

        Raises:
            CompletenessError: when rows that we may read did not come.
        """
        if told is None or n_received == told:
            return told
        question, where = self._question, self._table.where(self._question.table)
        if n_received > told:
            log.info("%s: %s rows told, %s received; it was written to meanwhile.", where, told, n_received)
            return None
        again = self._table.count(question).value
        if again == n_received:
            return again
        n_readable = self._count_readable(last)
        if n_readable > n_received:
            raise CompletenessError(
                f"{where} says it has {told:,} rows for our question and lets us read {n_readable:,}, but sent {n_received:,}. "
                "Run it again; if the numbers still differ, reconcile this stream."
            )
        log.warning(
            "%s counts %s rows and shows %s: access rules hide the rest from this account, or they were deleted meanwhile.",
            where, f"{told:,}", f"{n_received:,}",
        )  # fmt: skip
        return None

    def _count_readable(self, last: Position | None) -> int:
        """Count by another way, in the order of ``sys_id``, what the question should have brought."""
        question = self._question
        conditions = question.conditions
        if not question.is_sweep:
            start = question.after.stamp if question.after else question.from_stamp
            end = last.stamp if last else start
            relation = ">" if question.after else ">="
            conditions = (*conditions, f"{question.stamp_field}{relation}{start}", f"{question.stamp_field}<={end}")
        sweep = replace(question, conditions=conditions, from_stamp=None, after=None)
        at: Position | None = None
        n, offset = 0, 0
        n_counted = self._table.count(sweep).value or 0
        while True:
            rows = self._table.page(sweep, at, "sys_id", _CONFIRM_PAGE, offset, rows_of)
            n += len(rows)
            place = _last_place(sweep, rows)
            if place is not None:
                at, offset = place[1], 0
            elif (offset := offset + _CONFIRM_PAGE) >= n_counted:
                return n


def _first_place(question: Question, rows: Sequence[msgspec.Raw]) -> tuple[int, Position] | None:
    return next(((n, place) for n, row in enumerate(rows) if (place := question.position(row))), None)


def _last_place(question: Question, rows: Sequence[msgspec.Raw]) -> tuple[int, Position] | None:
    numbers = reversed(range(len(rows)))
    return next(((n, place) for n in numbers if (place := question.position(rows[n]))), None)
