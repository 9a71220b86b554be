"""Faults on demand: what a vendor's server does on its bad days.

``POST /_replay/faults`` takes one fault, a list of them, or ``{"faults": […]}`` and replaces those before it; ``DELETE`` clears
them; ``GET`` lists them with how often each has struck. A fault::

    {"kind": "truncated", "path": "/table/incident", "times": 2, "after": 1}

strikes the answers of requests whose path and query match the regular expression ``path``, at most ``times`` times (null = always),
letting the first ``after`` of them through. Kinds:

=================  ==========================================================================================================
unauthorized       401; every token given out is void, as after its expiry (``path`` decides which request finds out)
forbidden          403 in the vendor's envelope
rate_limited       429 in the vendor's envelope; ``seconds`` gives Retry-After (null = the header is missing)
error              the HTTP ``status`` (default 500; 503 with ``seconds`` sends Retry-After) in the vendor's envelope
truncated          the body ends in the middle, with a Content-Length that agrees
cut                the connection is closed in the middle of the body
cancelled          ServiceNow's 60 s quota: status 200, part of the rows, then an error object behind them
not_json           status 200 and an HTML page, as a hibernating instance or a captive portal sends
malformed_record   row ``row`` of the page (default the middle one) carries ``value`` in ``field``
vanished_field     no row carries ``field``
new_field          every row carries ``field`` with ``value``
repeated_page      the body and headers of the previous undisturbed answer of the same path
shrinking_count    the count in the header, or else beside the rows, is less by ``n`` (default 1)
missing_row        row ``row`` of the page is not there, though it was counted
slow               the answer waits ``seconds`` (default 5)
=================  ==========================================================================================================
"""

import re
from collections.abc import Callable
from typing import Any, Literal, get_args

import msgspec

Kind = Literal[
    "unauthorized",
    "forbidden",
    "rate_limited",
    "error",
    "truncated",
    "cut",
    "cancelled",
    "not_json",
    "malformed_record",
    "vanished_field",
    "new_field",
    "repeated_page",
    "shrinking_count",
    "missing_row",
    "slow",
]
KINDS: tuple[str, ...] = get_args(Kind)

HIBERNATION_PAGE = (
    b"<!DOCTYPE html><html><head><title>Instance Hibernating page</title></head><body><h1>Your instance is hibernating.</h1>"
    b"<p>Sign in to wake it up.</p></body></html>"
)


class Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A fault and how often it still strikes; see the module's text for the kinds."""

    kind: Kind
    path: str = ".*"
    times: int | None = 1
    after: int = 0
    status: int = 500
    seconds: float | None = None
    field: str = ""
    value: Any = None
    row: int | None = None
    n: int = 1
    struck: int = 0
    seen: int = 0

    def strikes(self, target: str) -> bool:
        """Whether this request meets the fault; counts it."""
        if re.search(self.path, target) is None:
            return False
        self.seen += 1
        if self.seen <= self.after or (self.times is not None and self.struck >= self.times):
            return False
        self.struck += 1
        return True


class FaultPlan:
    """The faults in force."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def replace(self, body: bytes) -> None:
        """Take the faults of a request's body.

        Raises:
            ValueError: when it is no list of faults.
        """
        given = msgspec.json.decode(body)
        if isinstance(given, dict):
            given = given.get("faults", [given])
        faults = msgspec.convert(given, list[Fault])
        for fault in faults:
            try:
                re.compile(fault.path)
            except re.error as e:
                raise ValueError(f"path {fault.path!r} is no regular expression: {e}") from None
        self.faults = faults

    def clear(self) -> None:
        self.faults = []

    def strike(self, target: str) -> list[Fault]:
        """The faults this request meets, in the order they were given."""
        return [fault for fault in self.faults if fault.strikes(target)]


def spoil_rows(body: bytes, fault: Fault) -> bytes:
    """The body of a list answer after a fault that changes its rows; other bodies stay as they are."""
    answer = msgspec.json.decode(body)
    rows = next((v for v in answer.values() if isinstance(v, list)), None) if isinstance(answer, dict) else answer
    if not isinstance(rows, list) or not rows:
        return body
    _SPOILERS[fault.kind](rows, fault)
    return msgspec.json.encode(answer)


def shrink_count(body: bytes, by: int) -> bytes:
    """A list answer that tells fewer rows than it has, where it tells a count beside them."""
    answer = msgspec.json.decode(body)
    if not isinstance(answer, dict) or not isinstance(answer.get("count"), int):
        return body
    return msgspec.json.encode({**answer, "count": answer["count"] - by})


def _malform(rows: list[Any], fault: Fault) -> None:
    rows[_row(rows, fault)][fault.field] = fault.value


def _vanish(rows: list[Any], fault: Fault) -> None:
    for row in rows:
        row.pop(fault.field, None)


def _add(rows: list[Any], fault: Fault) -> None:
    for row in rows:
        row[fault.field] = fault.value


def _miss(rows: list[Any], fault: Fault) -> None:
    del rows[_row(rows, fault)]


def _row(rows: list[Any], fault: Fault) -> int:
    return min(fault.row if fault.row is not None else len(rows) // 2, len(rows) - 1)


_SPOILERS: dict[str, Callable[[list[Any], Fault], None]] = {
    "malformed_record": _malform,
    "vanished_field": _vanish,
    "new_field": _add,
    "missing_row": _miss,
}
ROW_KINDS = frozenset(_SPOILERS)


def cancel_in_the_middle(body: bytes) -> bytes:
    """A list answer as ServiceNow leaves it when the transaction's time is up: half of the rows, then the error."""
    answer = msgspec.json.decode(body)
    [(name, rows)] = answer.items()
    answer = {
        name: rows[: len(rows) // 2],
        "error": {
            "message": "Transaction cancelled: maximum execution time exceeded",
            "detail": "maximum execution time exceeded Check logs for error trace or enable glide.rest.debug property to verify REST "
            "request processing",
        },
        "status": "failure",
    }
    return msgspec.json.encode(answer)
