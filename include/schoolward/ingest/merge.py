"""From stage to raw table: close what was superseded, insert what is new, entomb what vanished.

Nobody else writes the raw table meanwhile (the loader holds its lock), so statements may build on one another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from schoolward.ingest.raw_table import qualified, quoted
from schoolward.ingest.sql import Warehouse, row, run
from schoolward.ingest.stage import STAGE
from schoolward.sources.base import Stream


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge did, in keys."""

    n_new: int
    n_changed: int


@dataclass(frozen=True, slots=True)
class Absent:
    """Live keys of a source that a whole pull did not show."""

    n_absent: int
    n_live: int


class HistoryMerge:
    """Merges into a table that keeps every version as ``[_seen_from, _seen_to)``.

    A version is seen from the source's clock at the pull. Where that clock stood still or ran backwards, the new version
    starts a microsecond after the one it closes, so that no interval is empty or overlaps another.
    """

    def __init__(self, warehouse: Warehouse, stream: Stream, source: str) -> None:
        self._warehouse, self._source = warehouse, source
        self._table = qualified(stream)
        self._columns = ", ".join(quoted(column.name) for column in stream.columns)
        self._staged = ", ".join(f"s.{quoted(column.name)}" for column in stream.columns)
        self._same_key = " and ".join(f"c.{quoted(name)} = s.{quoted(name)}" for name in stream.key)
        self._key_text = " || '|' || ".join(f"c.{quoted(name)}::text" for name in stream.key)

    def holds_nothing(self) -> bool:
        """Whether the table has no row of this source yet."""
        statement = f"select not exists (select from {self._table} where _source = %s and _is_current)"
        return bool(row(self._warehouse, statement, [self._source])[0])

    def land(self, load_id: int, seen_from: datetime) -> Merged:
        """Land the staged rows, whose keys are distinct."""
        if self.holds_nothing():
            return Merged(self._insert_all(load_id, seen_from), 0)
        n_superseded, n_reborn = self._supersede(load_id, seen_from)
        n_new = run(
            self._warehouse,
            f"""
            insert into {self._table} ({self._columns}, {_HISTORY})
            select {self._staged}, %s, %s, null, true, false, s._fingerprint, %s
            from {STAGE} as s
            where not exists (select from {self._table} as c where c._source = %s and c._is_current and {self._same_key})
            """,
            [self._source, seen_from, load_id, self._source],
        ).rowcount
        return Merged(n_new + n_reborn, n_superseded - n_reborn)

    def absent(self, spared: Sequence[str]) -> Absent:
        """Count the live keys that are not staged; ``spared`` keys (as quarantine writes them) count as present."""
        n_absent, n_live = row(
            self._warehouse,
            f"""
            select count(*) filter (where not exists (select from {STAGE} as s where {self._same_key})
                                      and {self._key_text} <> all (%s)),
                   count(*)
            from {self._table} as c where c._source = %s and c._is_current and not c._is_deleted
            """,
            [list(spared), self._source],
        )
        return Absent(n_absent, n_live)

    def entomb(self, spared: Sequence[str], load_id: int, seen_from: datetime) -> int:
        """Close the live keys that are not staged and add a tombstone, holding the last values, for each."""
        return run(
            self._warehouse,
            f"""
            with closed as (
                update {self._table} as c
                set _is_current = false, _seen_to = {_CLOSES}
                where c._source = %s and c._is_current and not c._is_deleted
                  and not exists (select from {STAGE} as s where {self._same_key})
                  and {self._key_text} <> all (%s)
                returning c.*
            )
            insert into {self._table} ({self._columns}, {_HISTORY})
            select {self._columns}, _source, _seen_to, null, true, true, _fingerprint, %s from closed
            """,
            [seen_from, self._source, list(spared), load_id],
        ).rowcount

    def _insert_all(self, load_id: int, seen_from: datetime) -> int:
        return run(
            self._warehouse,
            f"""
            insert into {self._table} ({self._columns}, {_HISTORY})
            select {self._staged}, %s, %s, null, true, false, s._fingerprint, %s from {STAGE} as s
            """,
            [self._source, seen_from, load_id],
        ).rowcount

    def _supersede(self, load_id: int, seen_from: datetime) -> tuple[int, int]:
        """Close the current versions that differ and insert their successors: how many, and how many came back from the dead."""
        n_superseded, n_reborn = row(
            self._warehouse,
            f"""
            with closed as (
                update {self._table} as c
                set _is_current = false, _seen_to = {_CLOSES}
                from {STAGE} as s
                where c._source = %s and c._is_current and {self._same_key}
                  and (c._fingerprint <> s._fingerprint or c._is_deleted)
                returning s._ordinal, c._seen_to, c._is_deleted
            ),
            succeeded as (
                insert into {self._table} ({self._columns}, {_HISTORY})
                select {self._staged}, %s, closed._seen_to, null, true, false, s._fingerprint, %s
                from closed join {STAGE} as s using (_ordinal)
            )
            select count(*), count(*) filter (where _is_deleted) from closed
            """,
            [seen_from, self._source, self._source, load_id],
        )
        return n_superseded, n_reborn


class StudentMerge:
    """Merges into a table that keeps only what was last seen, and when."""

    def __init__(self, warehouse: Warehouse, stream: Stream, source: str) -> None:
        self._warehouse, self._source = warehouse, source
        self._table = qualified(stream)
        names = [quoted(column.name) for column in stream.columns]
        self._columns = ", ".join(names)
        self._staged = ", ".join(f"s.{name}" for name in names)
        self._held = ", ".join(f"c.{name}" for name in names)
        self._key = ", ".join(quoted(name) for name in stream.key)
        self._overwrite = ", ".join(f"{name} = excluded.{name}" for name in names)
        self._same_key = " and ".join(f"c.{quoted(name)} = s.{quoted(name)}" for name in stream.key)
        self._key_text = " || '|' || ".join(f"c.{quoted(name)}::text" for name in stream.key)

    def land(self, load_id: int, seen_from: datetime) -> Merged:
        """Write the staged rows over what is held; an unchanged row is marked as seen again."""
        n_held, n_changed = row(
            self._warehouse,
            f"""
            select count(*), count(*) filter (where row({self._held}) is distinct from row({self._staged}))
            from {STAGE} as s join {self._table} as c on c._source = %s and {self._same_key}
            """,
            [self._source],
        )
        n_staged = run(
            self._warehouse,
            f"""
            insert into {self._table} ({self._columns}, _source, _seen_from, _load_id)
            select {self._staged}, %s, %s, %s from {STAGE} as s
            on conflict (_source, {self._key}) do update
            set {self._overwrite}, _seen_from = excluded._seen_from, _load_id = excluded._load_id
            """,
            [self._source, seen_from, load_id],
        ).rowcount
        return Merged(n_staged - n_held, n_changed)

    def absent(self, spared: Sequence[str]) -> Absent:
        """Count the held keys that are not staged."""
        n_absent, n_live = row(
            self._warehouse,
            f"""
            select count(*) filter (where not exists (select from {STAGE} as s where {self._same_key})
                                      and {self._key_text} <> all (%s)),
                   count(*)
            from {self._table} as c where c._source = %s
            """,
            [list(spared), self._source],
        )
        return Absent(n_absent, n_live)

    def entomb(self, spared: Sequence[str], load_id: int, seen_from: datetime) -> int:
        """Delete the held keys that are not staged; a student who left leaves nothing behind."""
        return run(
            self._warehouse,
            f"""
            delete from {self._table} as c
            where c._source = %s and {self._key_text} <> all (%s)
              and not exists (select from {STAGE} as s where {self._same_key})
            """,
            [self._source, list(spared)],
        ).rowcount


Merge = HistoryMerge | StudentMerge


def merge_for(warehouse: Warehouse, stream: Stream, source: str) -> Merge:
    """The way this stream's rows are merged."""
    return (StudentMerge if stream.is_student else HistoryMerge)(warehouse, stream, source)


_HISTORY = "_source, _seen_from, _seen_to, _is_current, _is_deleted, _fingerprint, _load_id"
_CLOSES = "greatest(%s, c._seen_from + interval '1 microsecond')"
