"""From the text of a cell to the type its column declares."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

Parser = Callable[[str], Any]

_TRUE = frozenset({"true", "t", "yes", "y", "1", "x"})
_FALSE = frozenset({"false", "f", "no", "n", "0"})
_NUMBER = re.compile(r"[+-]?\$?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|[+-]?\$?\.\d+")


class CellError(ValueError):
    """A cell does not hold what its column declares; the message never repeats the value."""


def parsers(zone: ZoneInfo, date_formats: Sequence[str], list_separator: str) -> dict[str, Parser]:
    """A parser for each column type; each takes a stripped, filled cell.

    Args:
        zone: of stamps written without an offset.
        date_formats: ``strptime`` formats tried after ISO 8601.
    """

    def instant(text: str) -> datetime:
        found = _stamp(text, date_formats)
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)

    def day(text: str) -> date:
        return _stamp(text, date_formats).date()

    def texts(text: str) -> list[str]:
        return [part for part in map(str.strip, text.split(list_separator)) if part]

    return {
        "text": str,
        "bigint": _whole,
        "double precision": _number,
        "boolean": _truth,
        "date": day,
        "timestamptz": instant,
        "text[]": texts,
    }


def _stamp(text: str, formats: Sequence[str]) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for pattern in formats:
        try:
            return datetime.strptime(text, pattern)  # noqa: DTZ007 - the district's zone is added by the caller
        except ValueError:
            continue
    hint = (
        f"neither an ISO 8601 date nor like {' or '.join(formats)}"
        if formats
        else "no ISO 8601 date (see date_formats)"
    )
    raise CellError(f"is {hint}")


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise CellError("is no number")
    return float(text.replace(",", "").replace("$", ""))


def _whole(text: str) -> int:
    if text.isascii() and text.isdigit():
        return int(text)
    found = _number(text)
    if not found.is_integer():
        raise CellError("is no whole number")
    return int(found)


def _truth(text: str) -> bool:
    word = text.casefold()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise CellError("is neither yes nor no")
