"""The loader's books in schema ``ops``: loads, watermarks, quarantine and drift."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec
from psycopg.types.json import Jsonb

from schoolward.ingest.sql import Warehouse, row, run
from schoolward.sources.base import Reject

Mode = Literal["incremental", "full", "backfill", "reconcile"]
Status = Literal["done", "failed", "skipped"]
MESSAGE_LENGTH = 1000


@dataclass(frozen=True, slots=True)
class StreamOfSource:
    """Which stream of which configured source: what every book is kept by."""

    source: str
    system: str
    stream: str

    def __str__(self) -> str:
        return f"{self.source} {self.stream}"


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far a stream has been landed; ``is_complete`` is false while a first load is under way in chunks."""

    cursor: Mapping[str, Any] | None
    source_at: datetime | None
    is_complete: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """What a load saw and did; ``n_seen`` are rows as the source sent them, the others keys."""

    n_seen: int = 0
    n_new: int = 0
    n_changed: int = 0
    n_unchanged: int = 0
    n_deleted: int = 0
    n_quarantined: int = 0
    n_told: int | None = None


def open_load(
    warehouse: Warehouse,
    of: StreamOfSource,
    mode: Mode,
    *,
    status: Status = "done",
    started_at: datetime,
    source_at: datetime | None,
    window_from: datetime | None = None,
    message: str | None = None,
) -> int:
    """Write a load's row and return its id; within a table's lock, ids commit in order."""
    return int(
        row(
            warehouse,
            """
            insert into ops.load (source, system, stream, mode, status, started_at, finished_at, source_at, window_from, message)
            values (%s, %s, %s, %s, %s, %s, clock_timestamp(), %s, %s, %s) returning load_id
            """,
            [of.source, of.system, of.stream, mode, status, started_at, source_at, window_from, _one_line(message)],
        )[0]
    )


def close_load(warehouse: Warehouse, load_id: int, counts: Counts, message: str | None) -> None:
    """Add what the load did, in the transaction that did it."""
    run(
        warehouse,
        """
        update ops.load
        set n_seen = %s, n_new = %s, n_changed = %s, n_unchanged = %s, n_deleted = %s, n_quarantined = %s, n_told = %s,
            message = %s, finished_at = clock_timestamp()
        where load_id = %s
        """,
        [
            counts.n_seen, counts.n_new, counts.n_changed, counts.n_unchanged, counts.n_deleted, counts.n_quarantined,
            counts.n_told, _one_line(message), load_id,
        ],
    )  # fmt: skip


def watermark(warehouse: Warehouse, of: StreamOfSource) -> Watermark | None:
    """The stream's watermark; None before its first load."""
    found = run(
        warehouse,
        "select cursor, source_at, is_complete from ops.watermark where source = %s and stream = %s",
        [of.source, of.stream],
    ).fetchone()
    return Watermark(*found) if found else None


def move_watermark(warehouse: Warehouse, of: StreamOfSource, mark: Watermark, load_id: int) -> None:
    """Keep how far this load came."""
    run(
        warehouse,
        """
        insert into ops.watermark (source, stream, cursor, source_at, load_id, is_complete)
        values (%s, %s, %s, %s, %s, %s)
        on conflict (source, stream) do update
        set cursor = excluded.cursor, source_at = excluded.source_at, load_id = excluded.load_id,
            is_complete = excluded.is_complete
        """,
        [
            of.source,
            of.stream,
            None if mark.cursor is None else _jsonb(mark.cursor),
            mark.source_at,
            load_id,
            mark.is_complete,
        ],
    )


def start_over(warehouse: Warehouse, of: StreamOfSource) -> None:
    """Let an unfinished first load begin again from its first row; what has landed stays and will be found unchanged."""
    run(
        warehouse,
        "update ops.watermark set cursor = null where source = %s and stream = %s and not is_complete",
        [of.source, of.stream],
    )


def quarantine(
    warehouse: Warehouse, of: StreamOfSource, rejects: Sequence[Reject], load_id: int, seen_at: datetime
) -> None:
    """Keep rejected records; one already there, unchanged, is not repeated by every overlapping pull."""
    with warehouse.cursor() as cursor:
        cursor.executemany(
            """
            insert into ops.quarantine (source, stream, load_id, seen_at, record_key, reason, fields)
            select source, stream, %s, %s, record_key, reason, fields
            from (values (%s, %s, %s::text, %s, %s::jsonb)) as r (source, stream, record_key, reason, fields)
            where not exists (
                select from ops.quarantine as q
                where q.source = r.source and q.stream = r.stream and q.record_key is not distinct from r.record_key
                  and q.reason = r.reason and q.fields = r.fields
            )
            """,
            [
                (
                    load_id,
                    seen_at,
                    of.source,
                    of.stream,
                    _storable(reject.key),
                    _storable(reject.reason),
                    _json(reject.fields),
                )
                for reject in rejects
            ],
        )


def drift(
    warehouse: Warehouse,
    of: StreamOfSource,
    kind: Literal["new", "vanished"],
    fields: Iterable[str],
    load_id: int,
    at: datetime,
) -> None:
    """Keep fields that appeared or vanished, by name."""
    run(
        warehouse,
        """
        insert into ops.drift (source, stream, field, kind, first_seen_at, last_seen_at, load_id)
        select %s, %s, field, %s, %s, %s, %s from unnest(%s::text[]) as field
        on conflict (source, stream, field, kind) do update
        set last_seen_at = greatest(ops.drift.last_seen_at, excluded.last_seen_at), load_id = excluded.load_id
        """,
        [of.source, of.stream, kind, at, at, load_id, sorted(name.replace("\0", "") for name in fields)],
    )


def _one_line(message: str | None) -> str | None:
    return None if message is None else " ".join(message.replace("\0", "").split())[:MESSAGE_LENGTH]


def _storable(text: str | None) -> str | None:
    return None if text is None else text.replace("\0", "")


def _json(fields: Mapping[str, Any]) -> Jsonb:
    return _jsonb({name: _storable(value) if isinstance(value, str) else value for name, value in fields.items()})


def _jsonb(value: Any) -> Jsonb:
    return Jsonb(value, dumps=lambda v: msgspec.json.encode(v).decode())
