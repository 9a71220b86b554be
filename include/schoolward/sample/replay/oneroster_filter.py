"""OneRoster's filter grammar: ``field OP 'value'``, at most two of them joined by one AND or OR."""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_TERM = r"(?P<field{n}>[A-Za-z_][\w.:-]*)\s*(?P<op{n}>!=|>=|<=|=|>|<|~)\s*'(?P<value{n}>(?:[^']|'')*)'"
_FILTER = re.compile(rf"\s*{_TERM.format(n=1)}(?:\s+(?P<logic>AND|OR)\s+{_TERM.format(n=2)})?\s*")
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


class FilterError(ValueError):
    """The filter is none, or names a field that the collection does not have."""


@dataclass(frozen=True)
class Term:
    field: str
    operator: str
    value: str

    def test(self, record: Mapping[str, Any]) -> bool:
        """Whether the record satisfies it: case does not count; a list must hold every one of the comma-separated values."""
        values = list(walk(record, self.field))
        if not values:
            return self.operator == "!="
        if len(values) == 1:
            return _compare(values[0], self.operator, self.value)
        wanted = self.value.split(",")
        if self.operator in ("=", "!="):
            holds_all = all(any(_compare(v, "=", w) for v in values) for w in wanted)
            return holds_all == (self.operator == "=")
        return any(_compare(v, self.operator, self.value) for v in values)


@dataclass(frozen=True)
class Filter:
    """One or two terms."""

    terms: tuple[Term, ...]
    is_or: bool

    def test(self, record: Mapping[str, Any]) -> bool:
        return (any if self.is_or else all)(t.test(record) for t in self.terms)

    @property
    def fields(self) -> tuple[str, ...]:
        """The top-level fields it looks into."""
        return tuple({t.field.partition(".")[0]: None for t in self.terms})


def parse(text: str, is_known: Callable[[str], bool]) -> Filter:
    """Read a filter.

    Raises:
        FilterError: naming what is wrong.
    """
    found = _FILTER.fullmatch(text)
    if found is None:
        raise FilterError(f"{text!r} is no filter")
    terms = [Term(found["field1"], found["op1"], found["value1"])]
    if found["logic"]:
        terms.append(Term(found["field2"], found["op2"], found["value2"]))
    for term in terms:
        if not is_known(term.field):
            raise FilterError(f"{term.field!r} is not a field of this collection")
    return Filter(tuple(terms), found["logic"] == "OR")


def walk(value: Any, path: str) -> list[Any]:
    """The values at a dotted path; lists on the way are walked into."""
    if isinstance(value, list):
        return [found for item in value for found in walk(item, path)]
    if not path:
        return [] if value is None else [value]
    if not isinstance(value, Mapping):
        return []
    first, _, rest = path.partition(".")
    return walk(value.get(first), rest)


def _compare(given: Any, comparison: str, wanted: str) -> bool:
    text = str(given).lower() if not isinstance(given, bool) else ("true" if given else "false")
    if comparison == "~":
        return wanted.lower() in text
    left, right = _comparable(text), _comparable(wanted.lower())
    if type(left) is not type(right):
        left, right = text, wanted.lower()
    return _COMPARISONS[comparison](left, right)


def _comparable(text: str) -> datetime | float | str:
    """Dates and instants compare as time, whether or not a time of day is given; numbers as numbers."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d([t ].*)?", text):
        try:
            at = datetime.fromisoformat(text.upper())
        except ValueError:
            return text
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    return text
