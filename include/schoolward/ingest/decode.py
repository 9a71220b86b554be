"""Typed decoding of one page: a whole page at once where all is well, record by record where one is malformed.

Only declared fields are decoded. A malformed record becomes a Reject with its key, the reason and those declared fields that do hold
what they are declared to hold; a value that does not could be anything, a name too, so it is left out.
"""

import hmac
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, Generic, TypeVar

import msgspec

from schoolward.errors import DriftError
from schoolward.ingest.wire import HashedEmail, Path, getter, is_plain, leaves_of, tidy, utc, values_at, wire_struct
from schoolward.sources.base import Hashed, Record, Reject

R = TypeVar("R", bound=Record)
_SAMPLED_ROWS = 8
_DRIFT_FROM_ROWS = 5
"""A page of at least so many rows, every one malformed, is a change of the source, not bad luck."""


@dataclass(frozen=True, slots=True)
class Decoded(Generic[R]):
    """One page: typed records, what was refused, and the raw rows, from which paging reads its own fields."""

    records: Sequence[R]
    rows: Sequence[msgspec.Raw]
    rejects: tuple[Reject, ...] = ()
    new_fields: frozenset[str] = frozenset()
    vanished_fields: frozenset[str] = frozenset()
    n_skipped: int = 0


@dataclass(frozen=True, slots=True)
class Only:
    """Keep a row when ``test`` holds for the values at ``path``; others are dropped before they become records.

    Where ``path`` passes through the list that is unrolled, each element is judged on its own too.
    """

    path: Path
    test: Callable[[Sequence[Any]], bool]


@dataclass(frozen=True, slots=True)
class Derived:
    """A column worked out from values that a record keeps elsewhere, such as the one element of a list that is wanted.

    ``of`` gets, for each of ``paths``, the value there in a list of its own; for a path whose first part is a list
    (``codes[].code``), such a list for each element. A ``Hashed`` column's result is hashed, as an e-mail address with ``is_email``.
    """

    column: str
    paths: tuple[Path, ...]
    of: Callable[..., Any]
    is_email: bool = False


class Decoder(Generic[R]):
    """Decodes pages of one stream's records."""

    def __init__(
        self,
        record: type[R],
        key: Sequence[str],
        rows_key: str,
        hash_key: bytes,
        *,
        places: Mapping[str, Path | None] | None = None,
        only: Sequence[Only] = (),
        derived: Sequence[Derived] = (),
        known_fields: frozenset[str] = frozenset(),
    ) -> None:
        """
        Args:
            key: the record's key columns.
            rows_key: the page's member that holds the rows.
            hash_key: key of the HMAC that replaces ``Hashed`` values.
            places: where the district's mapping puts a column (None: nowhere).
            only: which rows to keep: those all of these hold for. A malformed row that cannot be judged is not repeated.
            derived: columns that are worked out instead of read from a place of their own.
            known_fields: vendor fields left out on purpose, so that they are not news.
        """
        self._record, self._key, self._hash_key, self._only = record, tuple(key), hash_key, tuple(only)
        self._derived = tuple(derived)
        nowhere = dict.fromkeys(column.column for column in self._derived)
        self._leaves = leaves_of(record, {**(places or {}), **nowhere})
        also = [condition.path for condition in self._only]
        also += [path for column in self._derived for path in column.paths]
        paths = [leaf.path for leaf in self._leaves] + also
        self._vendor_fields = tuple(dict.fromkeys(path[0].removesuffix("[]") for path in paths))
        self._known = known_fields | set(self._vendor_fields)
        self._needles = {
            ".".join(leaf.path): msgspec.json.encode(leaf.path[-1]) for leaf in self._leaves if not leaf.is_required
        }
        self._is_plain = not self._only and not self._derived and is_plain(record, self._leaves)
        if self._is_plain:
            wire: Any = record
        else:
            wire, attributes = wire_struct(record.__name__, self._leaves, tuple(also))
            self._plan(attributes)
        self._stamps = tuple(
            leaf.column for leaf in self._leaves if datetime in (leaf.type, *typing.get_args(leaf.type))
        )
        envelope = msgspec.defstruct("Envelope", [("rows", list[wire], msgspec.field(name=rows_key))])
        raw_envelope = msgspec.defstruct("RawEnvelope", [("rows", list[msgspec.Raw], msgspec.field(name=rows_key))])
        self._page = msgspec.json.Decoder(envelope, strict=False, dec_hook=self._hash)
        self._raw_page = msgspec.json.Decoder(raw_envelope)
        self._one = msgspec.json.Decoder(wire, strict=False, dec_hook=self._hash)

    @property
    def vendor_fields(self) -> tuple[str, ...]:
        """The record's members that we read: what to ask the source for."""
        return self._vendor_fields

    def decode(self, body: bytes, *, skip_first: Callable[[msgspec.Raw], bool] | None = None) -> Decoded[R]:
        """Decode a page.

        Args:
            skip_first: whether the first row was received before, and is to be left out.

        Raises:
            msgspec.DecodeError: when the body is not JSON, or holds no list of rows.
            DriftError: when no row carries a required field, or no row at all is as declared.
        """
        body = nulled(body)
        rows: list[msgspec.Raw] = typing.cast(Any, self._raw_page.decode(body)).rows
        n_skipped = int(skip_first is not None and bool(rows) and skip_first(rows[0]))
        rows = rows[n_skipped:]
        rejects: tuple[Reject, ...] = ()
        try:
            wires = typing.cast(Any, self._page.decode(body)).rows[n_skipped:]
        except msgspec.DecodeError:
            wires, rejects = self._one_by_one(rows)
        new_fields, vanished_fields = self._new_fields(rows), self._vanished_fields(body, rows)
        return Decoded(self._records(wires), rows, rejects, new_fields, vanished_fields, n_skipped)

    def _hash(self, kind: type, value: Any) -> Any:
        if not issubclass(kind, Hashed):
            raise NotImplementedError(kind)
        if not isinstance(value, str):
            raise ValueError("expected text")  # which msgspec turns into a ValidationError
        if kind is HashedEmail:
            value = value.strip().casefold()
        return kind(hmac.digest(self._hash_key, value.encode(), "sha256").hex())

    def _plan(self, attributes: Mapping[Path, Path]) -> None:
        """Sort columns into those read once per row and those read once per element of the list that is unrolled."""
        lists = {path[0] for path in (leaf.path for leaf in self._leaves) if path[0].endswith("[]")}
        self._unrolled = attributes_head(attributes, lists.pop()) if lists else None
        self._once, self._each = [], []
        for leaf in self._leaves:
            path = attributes[leaf.path]
            if leaf.path[0].endswith("[]"):
                self._each.append((leaf.column, getter(path[1:]), tidy(leaf.type)))
            else:
                self._once.append((leaf.column, getter(path), tidy(leaf.type)))
        self._row_tests = [(attributes[condition.path], condition.test) for condition in self._only]
        self._element_tests = [(path[1:], test) for path, test in self._row_tests if path[0] == self._unrolled]
        hints = typing.get_type_hints(self._record)
        self._worked_out = [
            (column, tuple(attributes[path] for path in column.paths), _hash_kind(hints[column.column], column))
            for column in self._derived
        ]

    def _work_out(self, wire: Any) -> dict[str, Any]:
        found = {}
        for column, paths, hash_kind in self._worked_out:
            value = column.of(*(_gathered(wire, path) for path in paths))
            found[column.column] = value if hash_kind is None or value is None else self._hash(hash_kind, value)
        return found

    def _records(self, wires: list[Any]) -> list[R]:
        if self._is_plain:
            set_stamps_utc(wires, self._stamps)
            return wires
        for path, test in self._row_tests:
            wires = [wire for wire in wires if test(values_at(wire, path))]
        records = []
        for wire in wires:
            once = {column: _tidied(get(wire), mend) for column, get, mend in self._once}
            once |= self._work_out(wire)
            if self._unrolled is None:
                records.append(self._record(**once))
                continue
            for element in getattr(wire, self._unrolled) or ():
                if not all(test(values_at(element, path)) for path, test in self._element_tests):
                    continue
                each = {column: _tidied(get(element), mend) for column, get, mend in self._each}
                records.append(self._record(**once, **each))
        return records

    def _one_by_one(self, rows: list[msgspec.Raw]) -> tuple[list[Any], tuple[Reject, ...]]:
        wires, rejects, reasons = [], [], []
        for row in rows:
            try:
                wires.append(self._one.decode(row))
            except msgspec.DecodeError as error:
                reasons.append(_reason(error))
                reject = self._reject(row, reasons[-1])
                if reject:
                    rejects.append(reject)
        if len(rows) > 1 and not wires:
            self._tell_drift(rows, reasons)
        return wires, tuple(rejects)

    def _tell_drift(self, rows: list[msgspec.Raw], reasons: list[str]) -> None:
        fields = [found for found in map(_members, rows) if found]
        gone = [
            ".".join(leaf.path)
            for leaf in self._leaves
            if leaf.is_required and fields and not any(leaf.path[0].removesuffix("[]") in found for found in fields)
        ]
        if gone:
            names = ", ".join(f"`{name}`" for name in gone)
            raise DriftError(
                f"{self._record.__name__}: none of the {len(rows)} records of a page has the field {names}, which we cannot do without. "
                "Ask the owner of the source whether it was renamed or access to it was taken away."
            )
        if len(rows) >= _DRIFT_FROM_ROWS and len(set(reasons)) == 1:
            raise DriftError(
                f"{self._record.__name__}: all {len(rows)} records of a page are malformed in the same way ({reasons[0]}). "
                "Ask the owner of the source what changed."
            )

    def _reject(self, row: msgspec.Raw, reason: str) -> Reject | None:
        """What may be said of a malformed row; None when it is one of those that are not wanted anyway."""
        members = _members(row)
        fields: dict[str, Any] = {}
        for leaf in self._leaves:
            if leaf.path[0].endswith("[]"):
                continue
            try:
                value = _follow(members, leaf.path)
                fields[leaf.column] = _tidied(
                    msgspec.json.decode(value, type=leaf.type, strict=False, dec_hook=self._hash), tidy(leaf.type)
                )
            except (LookupError, msgspec.DecodeError):
                continue
        keys = [fields.get(column) for column in self._key]
        key = None if None in keys else "|".join(map(str, keys))
        judged = [self._judge(members, condition) for condition in self._only]
        if False in judged:
            return None
        if None in judged:  # it may be a student: keep nothing that tells who
            return Reject(None, reason, {})
        return Reject(key, reason, fields)

    @staticmethod
    def _judge(members: Mapping[str, msgspec.Raw], only: Only) -> bool | None:
        """Whether a malformed row would have been wanted; None when its fields do not say."""
        head, *rest = only.path
        try:
            if head.endswith("[]"):
                elements = msgspec.json.decode(members[head.removesuffix("[]")], type=list[dict[str, msgspec.Raw]])
                values = [_follow(element, tuple(rest)) for element in elements]
            else:
                values = [_follow(members, only.path)] if head in members else []
            return only.test([msgspec.json.decode(value, type=str) for value in values])
        except (LookupError, msgspec.DecodeError):
            return None

    def _new_fields(self, rows: list[msgspec.Raw]) -> frozenset[str]:
        step = max(1, len(rows) // _SAMPLED_ROWS)
        sampled = [*rows[::step], *rows[-1:]]
        return frozenset(name for row in sampled for name in _members(row) if name not in self._known)

    def _vanished_fields(self, body: bytes, rows: list[msgspec.Raw]) -> frozenset[str]:
        if not rows:
            return frozenset()
        return frozenset(name for name, needle in self._needles.items() if needle not in body)


def set_stamps_utc(records: Sequence[Any], columns: Sequence[str]) -> None:
    """Give fresh, frozen records' zoneless stamps their zone in place: nobody else has seen the records yet."""
    set_field = msgspec.structs.force_setattr
    for column in columns:
        for record, stamp in zip(records, map(attrgetter(column), records), strict=True):
            if stamp is not None:
                set_field(record, column, utc(stamp))


def nulled(body: bytes) -> bytes:
    """The same JSON with every empty text that is a member's value made null.

    Without blanks between tokens ``:""`` can only be an empty value: inside a string it cannot stand, because an inner quote is
    escaped. Where any ``""`` is left, the blanks are taken out first; vendors send none, so that costs one search.
    """
    replaced = body.replace(b':""', b":null")
    if b'""' not in replaced:
        return replaced
    return msgspec.json.encode(msgspec.json.decode(body)).replace(b':""', b":null")


def attributes_head(attributes: Mapping[Path, Path], head: str) -> str:
    """The attribute that holds the list named ``head``."""
    return next(found[0] for path, found in attributes.items() if path[0] == head)


def _gathered(wire: Any, path: Path) -> list[Any]:
    """What is at a path; for each element of a list apart where the path begins with one."""
    if not path[0].endswith("_list"):
        return values_at(wire, path)
    return [values_at(element, path[1:]) for element in getattr(wire, path[0]) or ()]


def _hash_kind(hint: Any, column: Derived) -> type[Hashed] | None:
    if Hashed not in (hint, *typing.get_args(hint)):
        return None
    return HashedEmail if column.is_email else Hashed


def _tidied(value: Any, mend: Callable[[Any], Any] | None) -> Any:
    return mend(value) if mend is not None else value


def _reason(error: msgspec.DecodeError) -> str:
    """msgspec's reason: types and the place, never a value."""
    return str(error).rstrip(".")


def _members(row: msgspec.Raw) -> dict[str, msgspec.Raw]:
    try:
        return msgspec.json.decode(row, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError:
        return {}


def _follow(members: Mapping[str, msgspec.Raw], path: Path) -> msgspec.Raw:
    """The raw value at a path of plain names.

    Raises:
        LookupError, msgspec.DecodeError: when there is none.
    """
    value = members[path[0]]
    for name in path[1:]:
        value = msgspec.json.decode(value, type=dict[str, msgspec.Raw])[name]
    return value
