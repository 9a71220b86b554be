"""Answering an encoded query from a table's sorted indexes.

The queries that pulls are made of (``f>=B^…^ORDERBYf^ORDERBYsys_id``, with or without ``^NQ`` halves for keyset paging) become
slices of one sorted list, so that a page and its count cost two bisections each however large the table; all others are filtered
row by row.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from schoolward.sample.replay.encoded_query import Alternatives, Condition, Query
from schoolward.sample.replay.table import Entry, Predicate, Table

ReadRow = Callable[[int, tuple[str, ...]], Mapping[str, Any]]
"""Reads some fields (dot-walks included) of a version."""

_RANGE_OPERATORS = frozenset({"=", ">", ">=", "<", "<="})


@dataclass(frozen=True)
class Selection:
    """The rows of a query, in its order, as slices of version lists."""

    slices: tuple[tuple[Sequence[Entry], int, int], ...]

    @property
    def count(self) -> int:
        return sum(high - low for _, low, high in self.slices)

    def turned(self, start: int) -> "Selection":
        """The same rows, beginning somewhere in their middle."""
        turn = start % self.count if self.count else 0
        before, behind = [], []
        for entries, low, high in self.slices:
            middle = min(high, low + turn)
            turn -= middle - low
            before.append((entries, low, middle))
            behind.append((entries, middle, high))
        return Selection((*behind, *before))

    def versions(self, offset: int, limit: int) -> list[int]:
        """At most ``limit`` versions, behind the first ``offset``."""
        parts = []
        for entries, low, high in self.slices:
            skipped = min(offset, high - low)
            offset -= skipped
            parts.append(islice(entries, low + skipped, high))
        return [entry[2] for entry in islice(chain(*parts), limit)]


def select(table: Table, query: Query, read: ReadRow, start: int = 0) -> Selection:
    """The rows that satisfy the query. ``start`` turns the rows of a query without an order, which has none to rely on."""
    selection = _by_index(table, query) or _row_by_row(table, query, read)
    return selection if query.order else selection.turned(start)


def _by_index(table: Table, query: Query) -> Selection | None:
    field = _index_field(query)
    if field is None:
        return None
    ranges, residuals = [], set()
    for group in query.groups:
        conditions, residual = _split(group, field)
        ranges.append(conditions)
        residuals.add(residual)
    if len(residuals) != 1 or any("." in f for f in query.fields):
        return None
    [residual] = residuals
    entries = table.index("" if field == "sys_id" else field, _predicate(residual))
    bounds = sorted(_bounds(entries, conditions, field) for conditions in ranges)
    slices: list[tuple[Sequence[Entry], int, int]] = []
    reached = 0
    for low, high in bounds:
        low = max(low, reached)
        if low < high:
            slices.append((entries, low, high))
            reached = high
    return Selection(tuple(slices))


def _index_field(query: Query) -> str | None:
    """The field whose (field, sys_id) index gives the query's order; without an order, one that its conditions bound."""
    names = [field for field, is_downwards in query.order if not is_downwards]
    if len(names) != len(query.order) or names[1:] not in ([], ["sys_id"]):
        return None
    if not names:
        return next((field for field in query.fields if _is_sorted_as_text(field)), "sys_id")
    return names[0] if _is_sorted_as_text(names[0]) else None


def _is_sorted_as_text(field: str) -> bool:
    return "." not in field and (field == "sys_id" or field.endswith(("_on", "_at")))


def _split(group: tuple[Alternatives, ...], field: str) -> tuple[list[Condition], tuple[Alternatives, ...]]:
    """A group's conditions that are bounds in the index, and the others."""
    bounds, residual = [], []
    for one_of in group:
        if len(one_of) == 1 and one_of[0].operator in _RANGE_OPERATORS and one_of[0].field == field:
            bounds.append(one_of[0])
        else:
            residual.append(one_of)
    if any(c.operator == "=" for c in bounds):
        keys = [o for o in residual if len(o) == 1 and o[0].field == "sys_id" and o[0].operator in _RANGE_OPERATORS]
        bounds += [one_of[0] for one_of in keys]
        residual = [o for o in residual if o not in keys]
    return bounds, tuple(residual)


def _predicate(residual: tuple[Alternatives, ...]) -> Predicate | None:
    if not residual:
        return None
    fields = tuple({c.field: None for one_of in residual for c in one_of})
    name = "^".join("^OR".join(map(str, one_of)) for one_of in residual)
    return Predicate(name, fields, lambda row: all(any(c.test(row) for c in one_of) for one_of in residual))


def _bounds(entries: Sequence[Entry], conditions: Sequence[Condition], field: str) -> tuple[int, int]:
    low, high = 0, len(entries)
    equal = next((c.value for c in conditions if c.field == field and c.operator == "="), None)
    for c in conditions:
        if c.field != field:
            prefix: tuple[str, ...] = (equal or "",)
        else:
            prefix = ("",) if field == "sys_id" else ()
        at_value = bisect_left(entries, (*prefix, c.value))
        behind_value = bisect_left(entries, (*prefix, c.value + "\0"))
        match c.operator:
            case "=":
                low, high = max(low, at_value), min(high, behind_value)
            case ">":
                low = max(low, behind_value)
            case ">=":
                low = max(low, at_value)
            case "<":
                high = min(high, at_value)
            case "<=":
                high = min(high, behind_value)
    if conditions and not any(c.operator == "=" and not c.value for c in conditions):
        low = max(low, bisect_left(entries, ("", "\0") if field == "sys_id" else ("\0",)))
    return low, max(low, high)


def _row_by_row(table: Table, query: Query, read: ReadRow) -> Selection:
    fields = tuple({*query.fields, *(field for field, _ in query.order)})
    rows = [(read(v, fields), v) for v in table.versions()]
    rows = [(row, v) for row, v in rows if query.test(row)]
    for field, is_downwards in reversed(query.order):
        rows.sort(key=lambda pair, f=field: _sort_key(str(pair[0].get(f, ""))), reverse=is_downwards)  # type: ignore[misc]
    found: list[Entry] = [("", "", v) for _, v in rows]
    return Selection(((found, 0, len(found)),))


def _sort_key(value: str) -> tuple[bool, int, str]:
    """Empty values first, numbers by size, texts by their letters."""
    return (bool(value), int(value) if value.isdecimal() else 0, value)
