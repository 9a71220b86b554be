"""A table as it stands at the clock: rows by key, and sorted indexes that move along with it."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schoolward.sample.replay.timeline import Timeline

Entry = tuple[str, str, int]
"""A row in a sorted index: value of the order field, key, version."""

_INDEXES_KEPT = 16
_ENCODED_BYTES_KEPT = 512 * 1024 * 1024


@dataclass(frozen=True)
class Predicate:
    """A condition on rows; equal names mean equal conditions."""

    name: str
    fields: tuple[str, ...]
    test: Callable[[Mapping[str, Any]], bool]


class Table:
    """Rows at the clock. A version never changes, so what was sorted, tested or encoded once stays so as the clock moves on."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self._at = ""
        self._position = 0
        self._current: dict[str, int] = {}
        self._indexes: OrderedDict[tuple[str, str], tuple[Predicate | None, list[Entry]]] = OrderedDict()
        self._encoded: dict[Any, dict[int, bytes]] = {}
        self._encoded_bytes = 0

    def move_to(self, at: str) -> None:
        """Show the rows of that instant (as :func:`~schoolward.sample.replay.clock.stamp` writes it)."""
        if at == self._at:
            return
        if at < self._at:
            self._position, self._current = 0, {}
            self._indexes.clear()
        self._at = at
        timeline, current = self.timeline, self._current
        superseded: set[int] = set()
        fresh: dict[str, int] = {}
        position, ats, keys, is_deleted = self._position, timeline.at, timeline.keys, timeline.is_deleted
        while position < len(ats) and ats[position] <= at:
            key = keys[position]
            if is_deleted[position]:
                fresh.pop(key, None)
                if (old := current.pop(key, None)) is not None:
                    superseded.add(old)
            else:
                if (old := current.get(key)) is not None:
                    superseded.add(old)
                fresh[key] = current[key] = position
            position += 1
        self._position = position
        for (field, _), (predicate, entries) in self._indexes.items():
            if superseded:
                entries[:] = [e for e in entries if e[2] not in superseded]
            entries.extend(self._entries(field, predicate, list(fresh.values())))
            entries.sort()

    def add(self, key: str, record: Mapping[str, Any]) -> None:
        """A new row, made by a client at the clock. What was planned for later keeps its place behind it."""
        version = self._position
        self.timeline.insert(version, self._at, key, record)
        self._position += 1
        self._current[key] = version
        self._encoded, self._encoded_bytes = {}, 0  # versions still to come have moved up by one
        for (field, _), (predicate, entries) in self._indexes.items():
            entries.extend(self._entries(field, predicate, [version]))
            entries.sort()

    def __len__(self) -> int:
        return len(self._current)

    def versions(self) -> list[int]:
        """The rows' versions, in the order the rows first appeared."""
        return list(self._current.values())

    def version(self, key: str) -> int | None:
        return self._current.get(key)

    def record(self, key: str) -> dict[str, Any] | None:
        version = self._current.get(key)
        return None if version is None else self.timeline.record(version)

    def index(self, field: str, predicate: Predicate | None = None) -> list[Entry]:
        """The rows that satisfy the predicate, sorted by the field's text and then the key. Not to be changed."""
        name = (field, predicate.name if predicate else "")
        if name in self._indexes:
            self._indexes.move_to_end(name)
        else:
            self._indexes[name] = (predicate, sorted(self._entries(field, predicate, self.versions())))
            if len(self._indexes) > _INDEXES_KEPT:
                self._indexes.popitem(last=False)
        return self._indexes[name][1]

    def _entries(self, field: str, predicate: Predicate | None, versions: Sequence[int]) -> list[Entry]:
        keys = self.timeline.keys
        if predicate:
            read = self.timeline.reader(predicate.fields)
            versions = [v for v in versions if predicate.test(read(v))]
        if not field:
            return [("", keys[v], v) for v in versions]
        value = self.timeline.reader((field,)).first
        return [(str(value(v)), keys[v], v) for v in versions]

    def encoded(self, version: int, rendering: Any, encode: Callable[[Mapping[str, Any]], bytes]) -> bytes:
        """The row as a rendering (a hashable name) writes it, kept for the next time it is asked for."""
        kept = self._encoded.setdefault(rendering, {})
        row = kept.get(version)
        if row is None:
            row = encode(self.timeline.record(version))
            if self._encoded_bytes < _ENCODED_BYTES_KEPT:
                kept[version] = row
                self._encoded_bytes += len(row)
        return row
