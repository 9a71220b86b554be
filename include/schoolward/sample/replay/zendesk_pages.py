"""How Zendesk cuts what it has into pages: exports by cursor, exports by whole seconds, and lists."""

import base64
import binascii
import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from schoolward.sample.replay.clock import instant
from schoolward.sample.replay.table import Table

Entry = tuple[int, int, int]
"""A row of an export: Unix second of its last change, id, version."""

NOT_YET_S = 60
"""What changed so recently is not exported yet."""


def entries_of(table: Table, until: int) -> list[Entry]:
    """The rows last changed up to a second, in the order of an export."""
    timeline = table.timeline
    seconds = {at: int(instant(at).timestamp()) for at in {timeline.at[v] for v in table.versions()}}
    found = [(seconds[timeline.at[v]], int(timeline.keys[v]), v) for v in table.versions()]
    return sorted(entry for entry in found if entry[0] <= until)


def cursor_at(entry: Entry) -> str:
    """The cursor behind a row, as the product writes it."""
    return base64.b64encode(f"{entry[0]}.0||{entry[1]}|".encode()).decode()


def place_of(cursor: str) -> tuple[int, int] | None:
    """Second and id of the row that a cursor stands behind; None for one nobody made."""
    try:
        second, id, *_ = base64.b64decode(cursor, validate=True).decode().replace("||", "|").split("|")
        return int(float(second)), int(id)
    except (binascii.Error, ValueError):
        return None


@dataclass(frozen=True)
class Cut:
    """One page of an export."""

    entries: Sequence[Entry]
    is_last: bool


def behind_cursor(entries: Sequence[Entry], place: tuple[int, int], size: int) -> Cut:
    """The rows behind a place, at most so many."""
    first = bisect_right(entries, (*place, math.inf))
    return Cut(entries[first : first + size], first + size >= len(entries))


def from_second(entries: Sequence[Entry], start: int, size: int, *, breaks_seconds: bool) -> Cut:
    """The rows from a second on: whole seconds until there are so many, or (``breaks_seconds``) no more than so many."""
    first = bisect_left(entries, (start,))
    end = min(first + size, len(entries))
    if not breaks_seconds and end > first:
        end = bisect_left(entries, (entries[end - 1][0] + 1,))
    return Cut(entries[first:end], end >= len(entries))


def end_of(cut: Cut, start: int, *, breaks_seconds: bool) -> int:
    """Where the next page starts: with the last second once more, so that nothing falls between two pages.

    Where one second alone fills a page of whole seconds, the next one starts behind it; where seconds are broken, it never ends.
    """
    if not cut.entries:
        return start
    last = cut.entries[-1][0]
    return last + 1 if last == start and not cut.is_last and not breaks_seconds else last
