"""From stage to raw table: close what was superseded, insert what is new, entomb what vanished.

Nobody else writes the raw table meanwhile (the loader holds its lock), so statements may build on one another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from schoolward.ingest.raw_table import qualified, quoted
from schoolward.ingest.sql import Warehouse, row, run
from schoolward.ingest.stage import STAGE, Repeats
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


class AbsentKeys:
    """The live keys of a source that a whole pull did not show.

    Sets are compared, not looked up row by row: neither the stage nor a table just filled has statistics, and without them
    a planner takes a scan of the one for each row of the other.
    """

    def __init__(self, stream: Stream, is_live: str) -> None:
        key = ", ".join(quoted(name) for name in stream.key)
        self._live = f"from {qualified(stream)} where {is_live}"
        self.keys = f"select {key} {self._live} except select {key} from {STAGE}"
        """A query of one parameter, the source."""
        key_text = " || '|' || ".join(f"gone.{quoted(name)}::text" for name in stream.key)
        self._is_unspared = f"{key_text} <> all (%s)"
        same_key = " and ".join(f"c.{quoted(name)} = gone.{quoted(name)}" for name in stream.key)
        self.is_gone = f"{same_key} and {self._is_unspared}"
        """A condition on ``c`` (the table) and ``gone`` (the keys), of one parameter: the spared keys."""

    def count(self, warehouse: Warehouse, source: str, spared: Sequence[str]) -> Absent:
        """How many are absent, of how many live; ``spared`` keys (as quarantine writes them) count as present."""
        n_absent, n_live = row(
            warehouse,
            f"""
            select (select count(*) from ({self.keys}) as gone where {self._is_unspared}), (select count(*) {self._live})
            """,
            [source, list(spared), source],
        )
        return Absent(n_absent, n_live)


class HistoryMerge:
    """Merges into a table that keeps every version as ``[_seen_from, _seen_to)``.

    A version is seen from the source's clock at the pull. Where that clock stood still or ran backwards, the new version
    starts a microsecond after the one it closes, so that no interval is empty or overlaps another.
    """

    def __init__(self, warehouse: Warehouse, stream: Stream, source: str) -> None:
        self._warehouse, self._source = warehouse, source
        self._table = qualified(stream)
        self._columns = ", ".join(quoted(column.name) for column in stream.columns)
        self.source = source
        self.copy_statement = f"copy {self._table} ({self._columns}, _fingerprint, {_REST}) from stdin".encode()
        self._staged = ", ".join(f"s.{quoted(column.name)}" for column in stream.columns)
        self._same_key = " and ".join(f"c.{quoted(name)} = s.{quoted(name)}" for name in stream.key)
        sql_types = {column.name: column.sql_type for column in stream.columns}
        self._key_types = {name: sql_types[name] for name in stream.key}
        self._absent = AbsentKeys(stream, "_source = %s and _is_current and not _is_deleted")
        # One look-up by index for each staged row: "offset 0" keeps the planner from turning it into a join that reads the
        # whole table, so a pull costs what it brought, with or without statistics.
        self._held = f"""
            lateral (
                select c.ctid as tid, c._fingerprint, c._is_deleted, c._load_id
                from {self._table} as c
                where {self._same_key} and c._source = %s and c._is_current
                offset 0
            ) as held"""

    def holds_nothing(self) -> bool:
        """Whether the table has no row of this source yet."""
        statement = f"select not exists (select from {self._table} where _source = %s)"
        return bool(row(self._warehouse, statement, [self._source])[0])

    def land(self, load_id: int, seen_from: datetime) -> Merged:
        """Land the staged rows, whose keys are distinct: close what they supersede, insert what is new or changed."""
        n_superseded, n_reborn, n_landed = row(
            self._warehouse,
            f"""
            with moved as materialized (
                select s._ordinal, held.tid
                from {STAGE} as s left join {self._held} on true
                where held.tid is null or held._fingerprint <> s._fingerprint or held._is_deleted
            ),
            closed as (
                update {self._table} as c
                set _is_current = false, _seen_to = {_CLOSES}
                from moved
                where c.ctid = moved.tid
                returning moved._ordinal, c._seen_to, c._is_deleted
            ),
            landed as (
                insert into {self._table} ({self._columns}, {_HISTORY})
                select {self._staged}, %s, coalesce(closed._seen_to, %s), null, true, false, s._fingerprint, %s
                from moved left join closed using (_ordinal) join {STAGE} as s using (_ordinal)
            )
            select count(*), count(*) filter (where _is_deleted), (select count(*) from moved) from closed
            """,
            [self._source, seen_from, self._source, seen_from, load_id],
        )
        return Merged(n_landed - n_superseded + n_reborn, n_superseded - n_reborn)

    def take_back(self, load_id: int) -> Repeats:
        """Remove the versions this very load has written for staged keys: a later row of the pull is to win."""
        return Repeats(
            *row(
                self._warehouse,
                f"""
                with gone as (
                    delete from {self._table} as c
                    using (
                        select held.tid, held._fingerprint = s._fingerprint as is_same
                        from {STAGE} as s cross join {self._held} where held._load_id = %s
                    ) as again
                    where c.ctid = again.tid
                    returning again.is_same
                )
                select count(*), count(*) filter (where is_same) from gone
                """,
                [self._source, load_id],
            )
        )

    def absent(self, spared: Sequence[str]) -> Absent:
        """Count the live keys that are not staged; ``spared`` keys (as quarantine writes them) count as present."""
        return self._absent.count(self._warehouse, self._source, spared)

    def entomb(self, spared: Sequence[str], load_id: int, seen_from: datetime) -> int:
        """Close the live keys that are not staged and add a tombstone, holding the last values, for each."""
        return run(
            self._warehouse,
            f"""
            with gone as materialized ({self._absent.keys}),
            closed as (
                update {self._table} as c
                set _is_current = false, _seen_to = {_CLOSES}
                from gone
                where c._source = %s and c._is_current and {self._absent.is_gone}
                returning c.*
            )
            insert into {self._table} ({self._columns}, {_HISTORY})
            select {self._columns}, _source, _seen_to, null, true, true, _fingerprint, %s from closed
            """,
            [self._source, seen_from, self._source, list(spared), load_id],
        ).rowcount

    def bury(self, keys: Sequence[tuple[Any, ...]], load_id: int, seen_from: datetime) -> int:
        """Close the live keys that the source says are gone, unless they are staged, and add a tombstone for each."""
        told = [dict(zip(self._key_types, map(str, key), strict=True)) for key in keys]
        key = ", ".join(quoted(name) for name in self._key_types)
        types = ", ".join(f"{quoted(name)} {sql_type}" for name, sql_type in self._key_types.items())
        same_key = " and ".join(f"c.{quoted(name)} = gone.{quoted(name)}" for name in self._key_types)
        return run(
            self._warehouse,
            f"""
            with gone as materialized (
                select {key} from jsonb_to_recordset(%s::jsonb) as told ({types}) except select {key} from {STAGE}
            ),
            closed as (
                update {self._table} as c
                set _is_current = false, _seen_to = {_CLOSES}
                from gone
                where c._source = %s and c._is_current and not c._is_deleted and {same_key}
                returning c.*
            )
            insert into {self._table} ({self._columns}, {_HISTORY})
            select {self._columns}, _source, _seen_to, null, true, true, _fingerprint, %s from closed
            """,
            [msgspec.json.encode(told).decode(), seen_from, self._source, load_id],
        ).rowcount


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
        self._absent = AbsentKeys(stream, "_source = %s")

    def land(self, load_id: int, seen_from: datetime) -> Merged:
        """Write the staged rows over what is held; an unchanged row is marked as seen again."""
        n_held, n_changed = row(
            self._warehouse,
            f"""
            select count(*), count(*) filter (where held.is_changed)
            from {STAGE} as s cross join lateral (
                select row({self._held}) is distinct from row({self._staged}) as is_changed
                from {self._table} as c where {self._same_key} and c._source = %s
                offset 0  -- one look-up by index for each staged row, as in HistoryMerge
            ) as held
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
        return self._absent.count(self._warehouse, self._source, spared)

    def entomb(self, spared: Sequence[str], load_id: int, seen_from: datetime) -> int:
        """Delete the held keys that are not staged; a student who left leaves nothing behind."""
        return run(
            self._warehouse,
            f"""
            with gone as materialized ({self._absent.keys})
            delete from {self._table} as c using gone
            where c._source = %s and {self._absent.is_gone}
            """,
            [self._source, self._source, list(spared)],
        ).rowcount


Merge = HistoryMerge | StudentMerge


def merge_for(warehouse: Warehouse, stream: Stream, source: str) -> Merge:
    """The way this stream's rows are merged."""
    return (StudentMerge if stream.is_student else HistoryMerge)(warehouse, stream, source)


_REST = "_source, _seen_from, _seen_to, _is_current, _is_deleted, _load_id"
_HISTORY = "_source, _seen_from, _seen_to, _is_current, _is_deleted, _fingerprint, _load_id"
_CLOSES = "greatest(%s, c._seen_from + interval '1 microsecond')"
