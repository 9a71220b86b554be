"""ServiceNow's encoded queries: ``active=true^stateIN1,2^ORpriority=1^NQ…^ORDERBYsys_updated_on``.

``^OR`` joins with the condition before it and binds tighter than ``^``; ``^NQ`` starts a whole new query, joined by OR.
A condition with an unknown field or operator is dropped without a word, as the product does.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_CONDITION = re.compile(
    r"(?P<field>[a-z_][a-z0-9_.]*)"
    r"(?P<operator>!=|>=|<=|=|>|<|NOT LIKE|NOT IN|LIKE|STARTSWITH|ENDSWITH|IN|BETWEEN|ISEMPTY|ISNOTEMPTY)"
    r"(?P<value>.*)",
    re.DOTALL,
)
_INTEGER = re.compile(r"-?\d+")
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


@dataclass(frozen=True)
class Condition:
    """One comparison of a field's stored text."""

    field: str
    operator: str
    value: str

    def __str__(self) -> str:
        return f"{self.field}{self.operator}{self.value.replace('^', '^^')}"

    def test(self, row: Mapping[str, Any]) -> bool:
        """Whether a row satisfies it; empty values satisfy no comparison, as SQL nulls do not."""
        given, wanted = str(row.get(self.field, "")), self.value
        match self.operator:
            case "=":
                return given == wanted
            case "!=":
                return given != wanted
            case "LIKE":
                return wanted in given
            case "NOT LIKE":
                return wanted not in given
            case "STARTSWITH":
                return given.startswith(wanted)
            case "ENDSWITH":
                return given.endswith(wanted)
            case "IN":
                return given in _choices(wanted)
            case "NOT IN":
                return given not in _choices(wanted)
            case "ISEMPTY":
                return not given
            case "ISNOTEMPTY":
                return bool(given)
            case "BETWEEN":
                low, _, high = wanted.partition("@")
                return _compare(given, ">=", low) and _compare(given, "<=", high)
            case comparison:
                return _compare(given, comparison, wanted)


@lru_cache(maxsize=64)
def _choices(wanted: str) -> frozenset[str]:
    return frozenset(wanted.split(","))


def _compare(given: str, comparison: str, wanted: str) -> bool:
    if not given:
        return False
    if _INTEGER.fullmatch(given) and _INTEGER.fullmatch(wanted):
        return _COMPARISONS[comparison](int(given), int(wanted))
    return _COMPARISONS[comparison](given, wanted)


Alternatives = tuple[Condition, ...]
"""Conditions of which one must hold."""


@dataclass(frozen=True)
class Query:
    """Groups of which one must hold; in a group all alternatives must hold. No group: no row is asked for."""

    groups: tuple[tuple[Alternatives, ...], ...]
    order: tuple[tuple[str, bool], ...]
    """Fields to sort by, each with whether it goes downwards."""
    dropped: tuple[str, ...]
    """What was not understood."""

    def test(self, row: Mapping[str, Any]) -> bool:
        return any(all(any(c.test(row) for c in one_of) for one_of in group) for group in self.groups)

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple({c.field: None for group in self.groups for one_of in group for c in one_of})


def parse(text: str, is_known: Callable[[str], bool]) -> Query:
    """Read an encoded query; ``is_known`` says whether the table has a field (a dot-walk included)."""
    groups: list[list[list[Condition]]] = [[]]
    order: list[tuple[str, bool]] = []
    dropped: list[str] = []
    for part in (p.replace("\0", "^") for p in text.replace("^^", "\0").split("^")):
        if not part or part == "EQ":
            continue
        if part.startswith("ORDERBY"):
            is_downwards = part.startswith("ORDERBYDESC")
            field = part.removeprefix("ORDERBYDESC" if is_downwards else "ORDERBY")
            if is_known(field):
                order.append((field, is_downwards))
            else:
                dropped.append(part)
            continue
        is_or = False
        if part.startswith("NQ"):
            groups.append([])
            part = part.removeprefix("NQ")
        elif part.startswith("OR"):
            is_or = True
            part = part.removeprefix("OR")
        condition = _condition(part, is_known)
        if condition is None:
            dropped.append(part)
        elif is_or and groups[-1]:
            groups[-1][-1].append(condition)
        else:
            groups[-1].append([condition])
    return Query(tuple(tuple(tuple(one_of) for one_of in group) for group in groups), tuple(order), tuple(dropped))


def _condition(text: str, is_known: Callable[[str], bool]) -> Condition | None:
    found = _CONDITION.fullmatch(text)
    if found is None or not is_known(found["field"]) or found["value"].startswith("javascript:"):
        return None
    return Condition(found["field"], found["operator"], found["value"])
