"""Checks that the sources' options share; each finding is one sentence without its place."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from schoolward.sources.base import Stream


def unknown_mistakes(options: Mapping[str, Any], known: Sequence[str]) -> list[str]:
    """Options nobody reads, each with the known one it resembles."""
    mistakes = []
    for name in options:
        if name not in known:
            close = get_close_matches(name, known, 1)
            hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"
            mistakes.append(f"{name} is not an option; {hint}")
    return mistakes


def count_mistakes(options: Mapping[str, Any], name: str, least: int, most: int) -> list[str]:
    """A whole number within bounds, where it is given at all."""
    value = options.get(name, least)
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return []
    return [f"{name} must be a whole number from {least} to {most}, not {value!r}"]


def share_mistakes(options: Mapping[str, Any], name: str) -> list[str]:
    """A share between 0 and 1, where it is given at all."""
    value = options.get(name, 0)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return []
    return [f"{name} must be a share between 0 and 1, such as 0.2, not {value!r}"]


def stream_mistakes(options: Mapping[str, Any], streams: Sequence[Stream]) -> list[str]:
    """``streams``: a list of the system's streams, where only some are wanted."""
    wanted = options.get("streams")
    names = [s.name for s in streams]
    if wanted is None or (isinstance(wanted, list) and wanted and all(name in names for name in wanted)):
        return []
    return [f"streams must be a list of some of {', '.join(names)}, not {wanted!r}"]


def mapping_mistakes(options: Mapping[str, Any], name: str, columns: Sequence[str]) -> list[str]:
    """A table of our column = the vendor's field, where it is given at all."""
    mapping = options.get(name, {})
    if not isinstance(mapping, Mapping):
        return [f"{name} must be a table of our column = the vendor's metadata field"]
    mistakes = [
        f"{name}: {column} is not a column; known are {', '.join(columns)}"
        for column in mapping
        if column not in columns
    ]
    mistakes += [
        f"{name}: {column} must name a metadata field, not {field!r}"
        for column, field in mapping.items()
        if not isinstance(field, str) or not field
    ]
    return mistakes
