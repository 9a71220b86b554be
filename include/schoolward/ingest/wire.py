"""The shape a record has on the wire, compiled from the record's declaration.

A vendor name is a path: ``parent.sourcedId`` looks into an object, ``roles[].role`` into each element of a list. Only what
lies on a declared path gets a place in the compiled types, so nothing else is ever decoded.
"""

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from schoolward.sources.base import Hashed, Record

Path = tuple[str, ...]
Getter = Callable[[Any], Any]
_EPOCH, _AWARE_EPOCH = datetime(1970, 1, 1), datetime(1970, 1, 1, tzinfo=UTC)  # noqa: DTZ001 - zoneless is the point
_FREE = str | int | float | bool | None


class HashedEmail(Hashed):
    """An address, hashed without regard to case or outer blanks, so that two systems' copies agree."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One declared column and where the vendor keeps it."""

    column: str
    path: Path
    type: Any
    is_required: bool


def leaves_of(record: type[Record], places: Mapping[str, Path | None]) -> tuple[Leaf, ...]:
    """The columns that are asked for, each with its place.

    Args:
        places: where the district's mapping puts a column; None leaves the column empty.
    """
    hints = typing.get_type_hints(record)
    leaves = []
    for field in msgspec.structs.fields(record):
        path = places.get(field.name, tuple(field.encode_name.split(".")))
        if path is not None:
            hint = _wire_type(hints[field.name], path, is_mapped=field.name in places)
            leaves.append(Leaf(field.name, path, hint, field.required))
    return tuple(leaves)


def _wire_type(hint: Any, path: Path, *, is_mapped: bool) -> Any:
    bare = [a for a in typing.get_args(hint) if a is not type(None)]
    is_optional = typing.get_origin(hint) in (typing.Union, types.UnionType)
    kind = bare[0] if is_optional else hint
    if kind is Hashed and path[-1] == "email":
        kind = HashedEmail
    if kind is str and is_mapped:  # a custom field may hold a code as a number
        return _FREE
    return kind | None if is_optional else kind


def is_plain(record: type[Record], leaves: tuple[Leaf, ...]) -> bool:
    """Whether the record itself is the wire's shape, and may be decoded into directly."""
    fields = {f.name: f for f in msgspec.structs.fields(record)}
    return len(leaves) == len(fields) and all(
        leaf.path == (fields[leaf.column].encode_name,) and leaf.type not in (HashedEmail, HashedEmail | None, _FREE)
        and not leaf.path[0].endswith("[]")
        for leaf in leaves
    )  # fmt: skip


def wire_struct(name: str, leaves: tuple[Leaf, ...], also: tuple[Path, ...] = ()) -> tuple[type, dict[Path, Path]]:
    """Compile nested structs for the leaves.

    Returns:
        The struct, and for every vendor path the attribute path that leads to its value.
    """
    wanted: dict[Path, tuple[Any, bool]] = {leaf.path: (leaf.type, leaf.is_required) for leaf in leaves}
    for path in also:
        wanted.setdefault(path, (_FREE, False))
    attributes: dict[Path, Path] = {}
    return _struct(name, wanted, (), (), attributes), attributes


def _struct(
    name: str, wanted: Mapping[Path, tuple[Any, bool]], at: Path, attributes_so_far: Path, attributes: dict[Path, Path]
) -> type:
    fields: list[Any] = []
    heads = dict.fromkeys(path[0] for path in wanted)
    for number, head in enumerate(heads):
        below = {path[1:]: told for path, told in wanted.items() if path[0] == head}
        is_list, attribute = head.endswith("[]"), f"f{number}{'_list' if head.endswith('[]') else ''}"
        here, here_attributes = (*at, head), (*attributes_so_far, attribute)
        if () in below:
            kind, is_required = below[()]
            attributes[here] = here_attributes
        else:
            kind = _struct(f"{name}_{number}", below, here, here_attributes, attributes)
            is_required = not is_list and any(required for _, required in below.values())
            kind = list[kind] if is_list else kind  # type: ignore[valid-type]
            kind = kind if is_required else kind | None
        vendor = head.removesuffix("[]")
        fields.append(
            (attribute, kind, msgspec.field(name=vendor) if is_required else msgspec.field(name=vendor, default=None))
        )
    return msgspec.defstruct(name, fields, kw_only=True, gc=False)


def getter(path: Path) -> Getter:
    """A function that follows attributes; None where one on the way is None."""
    if len(path) == 1:
        [only] = path
        return lambda row: getattr(row, only)

    def follow(row: Any) -> Any:
        for attribute in path:
            if row is None:
                return None
            row = getattr(row, attribute)
        return row

    return follow


def values_at(row: Any, path: Path) -> list[Any]:
    """Every value that an attribute path leads to; several where it passes through a list."""
    found = [row]
    for attribute in path:
        found = [getattr(item, attribute) for item in found if item is not None]
        if attribute.endswith("_list"):
            found = [element for items in found for element in items or ()]
    return found


def tidy(kind: Any) -> Callable[[Any], Any] | None:
    """What a decoded value of this type still needs: UTC for stamps, text for a code given as a number."""
    kinds = (kind, *typing.get_args(kind))
    if datetime in kinds:
        return utc
    return _text if kind == _FREE else None


def utc(stamp: datetime | None) -> datetime | None:
    """A stamp in UTC; one without a zone is in UTC already."""
    if stamp is None or stamp.tzinfo is UTC:
        return stamp
    # Adding the time since the epoch to an aware epoch is eight times faster than replace(tzinfo=…).
    return _AWARE_EPOCH + (stamp - _EPOCH) if stamp.tzinfo is None else stamp.astimezone(UTC)


def _text(value: str | float | bool | None) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)
