"""Change versions of a records folder: one sequence over all resources, in the order things happened."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schoolward.sample.replay.edfi_model import KEYS, KEYS_CHANGE, Key, key_of
from schoolward.sample.replay.timeline import Timeline, read_timeline, timeline_of


@dataclass(frozen=True)
class Item:
    """A record as it stands: its version in the timeline, when it was made and when it last changed, as change versions."""

    version: int
    aggregate_id: int
    change_version: int
    id: str


@dataclass
class _Resource:
    timeline: Timeline
    change_versions: list[int]
    keys: list[Key]


class ChangeLog:
    """Everything that happens in a folder, told as an ODS tells it at an instant."""

    def __init__(self, folder: Path) -> None:
        timelines = {
            name: read_timeline(path, "id") if (path := folder / f"{name}.jsonl.gz").exists() else timeline_of((), "id")
            for name in KEYS
        }
        events = sorted((at, name, n) for name, timeline in timelines.items() for n, at in enumerate(timeline.at))
        self._at = [at for at, _, _ in events]
        numbers: dict[str, list[int]] = {name: [0] * len(timeline) for name, timeline in timelines.items()}
        for change_version, (_, name, n) in enumerate(events, 1):
            numbers[name][n] = change_version
        self._resources = {
            name: _Resource(timeline, numbers[name], [key_of(name, timeline.record(n)) for n in range(len(timeline))])
            for name, timeline in timelines.items()
        }

    def newest(self, at: str) -> int:
        """The newest change version at an instant."""
        return bisect_right(self._at, at)

    def record(self, resource: str, version: int) -> dict[str, Any]:
        return self._resources[resource].timeline.record(version)

    def stamp(self, resource: str, version: int) -> str:
        return self._resources[resource].timeline.at[version]

    def items(self, resource: str, at: str) -> list[Item]:
        """The records there are, in the order they were made."""
        timeline, numbers = self._resources[resource].timeline, self._resources[resource].change_versions
        made: dict[str, int] = {}
        current: dict[str, Item] = {}
        for n in self._until(timeline, at):
            key = timeline.keys[n]
            if timeline.is_deleted[n]:
                current.pop(key, None)
                made.pop(key, None)
            else:
                current[key] = Item(n, made.setdefault(key, numbers[n]), numbers[n], key)
        return sorted(current.values(), key=lambda item: item.aggregate_id)

    def deletes(self, resource: str, at: str) -> list[dict[str, Any]]:
        """Deletions in order, without those whose natural key exists again."""
        of = self._resources[resource]
        existing = {of.keys[item.version] for item in self.items(resource, at)}
        return [
            {"id": of.timeline.keys[n], "changeVersion": of.change_versions[n], "keyValues": dict(of.keys[n])}
            for n in self._until(of.timeline, at)
            if of.timeline.is_deleted[n] and of.keys[n] not in existing
        ]

    def key_changes(self, resource: str, at: str, window: tuple[int, int]) -> list[dict[str, Any]]:
        """One entry an item: its first old and its last new key within the window."""
        if resource not in KEYS_CHANGE:
            return []
        of = self._resources[resource]
        held: dict[str, Key] = {}
        found: dict[str, dict[str, Any]] = {}
        for n in self._until(of.timeline, at):
            id, key, number = of.timeline.keys[n], of.keys[n], of.change_versions[n]
            if id in held and held[id] != key and window[0] <= number <= window[1]:
                before = found.get(id, {}).get("oldKeyValues", dict(held[id]))
                found[id] = {"id": id, "changeVersion": number, "oldKeyValues": before, "newKeyValues": dict(key)}
            held[id] = key
        return sorted(found.values(), key=lambda entry: int(entry["changeVersion"]))

    @staticmethod
    def _until(timeline: Timeline, at: str) -> Iterator[int]:
        return iter(range(bisect_right(timeline.at, at)))


def by_query(record: Mapping[str, Any], key: Key, wanted: Mapping[str, str]) -> bool:
    """Whether a record has the values a query's free parameters ask for, at its root or as parts of its key."""
    parts = dict(key)
    return all(str(record.get(name, parts.get(name))) == value for name, value in wanted.items())
