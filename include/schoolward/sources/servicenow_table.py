"""The Table API, as far as a pull needs it: questions as encoded queries, counts, pages, and answers that are not what they seem."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from schoolward.errors import SourceError
from schoolward.ingest.http import Answer, Client, StatusError
from schoolward.ingest.troubles import source_clock
from schoolward.ingest.vendor_words import vendor_words

STAMP = "%Y-%m-%d %H:%M:%S"
_EVER = "1970-01-01 00:00:00"
_NEVER = "2100-01-01 00:00:00"
_TAIL_BYTES = 4096


class CancelledError(SourceError):
    """The instance gave up after its 60 seconds; the rows it had sent by then are not the page."""


class _Place(msgspec.Struct, frozen=True):
    """Where a row stands in the order of a pull. Any may be null: hidden by access rules, or never set by an import."""

    sys_id: str | None = None
    sys_updated_on: str | None = None
    sys_created_on: str | None = None


class _Error(msgspec.Struct):
    message: str = ""
    detail: str | None = None


class _Told(msgspec.Struct):
    error: _Error | str | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """The last row read: its stamp (as the source writes it) and its ``sys_id``. A sweep by ``sys_id`` has no stamp."""

    stamp: str
    sys_id: str


@dataclass(frozen=True, slots=True)
class Question:
    """Which rows of a table, in which order."""

    table: str
    conditions: tuple[str, ...]
    """Encoded conditions that hold for every row, such as ``tablename=incident``."""
    stamp_field: str
    from_stamp: str | None = None
    """Rows stamped at or after; None for everything, in the order of ``sys_id``."""
    after: Position | None = None
    """Only rows behind this one."""
    until_stamp: str | None = None
    """Only rows stamped before."""

    @property
    def is_sweep(self) -> bool:
        return self.from_stamp is None

    def query(self, after: Position | None = None, *, ordered: bool = True, inclusive: bool = False) -> str:
        """The encoded query for the rows behind a position (or behind the question's own start).

        Args:
            inclusive: the row at the position too.
        """
        after, stamp, behind = after or self.after, self.stamp_field, ">=" if inclusive else ">"
        if self.is_sweep:
            groups: list[tuple[str, ...]] = [(f"sys_id{behind}{after.sys_id}",) if after else ()]
            order = "^ORDERBYsys_id"
        else:
            order = f"^ORDERBY{stamp}^ORDERBYsys_id"
            if after:
                groups = [(f"{stamp}>{after.stamp}",), (f"{stamp}={after.stamp}", f"sys_id{behind}{after.sys_id}")]
            else:
                groups = [(f"{stamp}>={self.from_stamp}",)]
        everywhere = (*self.conditions, *([f"{stamp}<{self.until_stamp}"] if self.until_stamp else []))
        alternatives = "^NQ".join("^".join((*everywhere, *group)) for group in groups)
        return (alternatives + (order if ordered else "")).removeprefix("^")

    def position(self, row: msgspec.Raw) -> Position | None:
        """Where a row stands; None when access rules hide the fields that say it."""
        try:
            place = msgspec.json.decode(row, type=_Place)
        except msgspec.DecodeError:
            return None
        stamp = getattr(place, self.stamp_field) or ""
        return Position(stamp, place.sys_id) if place.sys_id and (stamp or self.is_sweep) else None

    def is_behind(self, found: Position, last: Position | None) -> bool:
        """Whether a row may follow ``last``: comparing ``sys_id`` more strictly would hang on the database's collation."""
        if self.is_sweep:
            return last is None or found.sys_id != last.sys_id
        if last is None:
            return found.stamp >= (self.from_stamp or "")
        return found.stamp > last.stamp or (found.stamp == last.stamp and found.sys_id != last.sys_id)


class Table:
    """The Table API, as far as a pull needs it."""

    def __init__(self, client: Client, root: str) -> None:
        self._client, self._root = client, root.rstrip("/")
        self._probed: set[tuple[str, str]] = set()

    def where(self, table: str) -> str:
        return self._client.where(f"{self._root}/{table}")

    def probe(self, question: Question) -> datetime | None:
        """Make sure that the instance does not ignore our condition, as it does without a word where a field is unreadable.

        Returns:
            The source's clock; None when this table was probed before.

        Raises:
            SourceError: when rows from the far future are said to exist.
        """
        field = question.stamp_field
        if (question.table, field) in self._probed:
            return None
        query = "^".join((*question.conditions, f"{field}>{_NEVER}"))
        answer = self._ask(question.table, query, "sys_id", 1, lambda body: len(rows_of(body)), counted=True)
        if answer.value or _total(answer) not in (0, None):
            raise SourceError(
                f"{self.where(question.table)} ignores conditions on {field} (it finds rows from the year 2100 on), so changes cannot be "
                "asked for. Let the account read that field."
            )
        self._probed.add((question.table, field))
        return answer.at

    def count(self, question: Question, after: Position | None = None) -> Answer[int | None]:
        """How many rows the source counts, hidden ones included; None where it does not tell."""
        query = question.query(after, ordered=False)
        answer = self._ask(question.table, query, "sys_id", 1, rows_of, counted=True)
        return Answer(_total(answer), answer.headers, answer.at)

    def page(
        self,
        question: Question,
        after: Position | None,
        fields: str,
        limit: int,
        decode: Callable[[bytes], Any],
        *,
        inclusive: bool = False,
    ) -> Any:
        """One page behind a position, decoded.

        Raises:
            CancelledError: when the instance ran out of time on it.
        """
        return self._ask(question.table, question.query(after, inclusive=inclusive), fields, limit, decode).value

    def _ask(
        self,
        table: str,
        query: str,
        fields: str,
        limit: int,
        decode: Callable[[bytes], Any],
        *,
        counted: bool = False,
    ) -> Answer[Any]:
        params = {
            "sysparm_query": query,
            "sysparm_fields": fields,
            "sysparm_limit": str(limit),
            "sysparm_display_value": "false",
            "sysparm_exclude_reference_link": "true",
            "sysparm_suppress_pagination_header": "true",
        }
        params |= {} if counted else {"sysparm_no_count": "true"}
        path = f"{self._root}/{table}"

        def checked(body: bytes) -> Any:
            self._check(body, table)
            return decode(body)

        try:
            return self._client.get(path, params, checked)
        except StatusError as error:
            if (
                error.status == 404 and b"No Record found" in error.body
            ):  # version 1 of the API says so for an empty answer
                return Answer(decode(b'{"result":[]}'), error.headers, source_clock(error.headers))
            raise

    def _check(self, body: bytes, table: str) -> None:
        """An error may follow rows in a 200 answer: the status was sent before the trouble came."""
        try:
            told = msgspec.json.decode(body, type=_Told).error
        except msgspec.DecodeError:
            if b"Transaction cancelled" in body[-_TAIL_BYTES:]:
                raise self._cancelled(table) from None
            raise
        if told is None:
            return
        message = (told if isinstance(told, str) else told.message).lower()
        if "maximum execution time" in message or "cancelled" in message:
            raise self._cancelled(table)
        said = vendor_words(msgspec.json.encode({"error": told}))
        raise SourceError(
            f"{self.where(table)} reports an error in its answer{said}. Ask the instance's administrator."
        )

    def _cancelled(self, table: str) -> CancelledError:
        return CancelledError(
            f"{self.where(table)} gives up on our question after its time limit. "
            "Ask its administrator for an index on the stamp, or a longer REST Table API quota."
        )


def question_of(
    table: str,
    conditions: tuple[str, ...],
    stamp_field: str,
    *,
    start: datetime | None,
    resume: Position | None,
    full: bool,
) -> Question:
    """The question for a sweep, for what changed from ``start`` on (None: ever), or for what lies behind a resumed position."""
    if full:
        return Question(table, conditions, stamp_field)
    return Question(table, conditions, stamp_field, start.strftime(STAMP) if start else _EVER, resume)


def stamp_of(cursor: Mapping[str, Any]) -> datetime:
    """The stamp of a watermark, without zone, in UTC."""
    return datetime.strptime(cursor["stamp"], STAMP)  # noqa: DTZ007 - the source's stamps are UTC without a zone


class _Rows(msgspec.Struct):
    result: list[msgspec.Raw]


def rows_of(body: bytes) -> list[msgspec.Raw]:
    """The rows of a page, undecoded."""
    return msgspec.json.decode(body, type=_Rows).result


def _total(answer: Answer[Any]) -> int | None:
    told = answer.headers.get("X-Total-Count", "")
    return int(told) if told.isdigit() else None
