"""What the warehouse lets go of: students' rows after 30 days, and books nobody will open again."""

from collections.abc import Sequence
from dataclasses import dataclass

from schoolward.ingest.raw_table import qualified
from schoolward.ingest.sql import Warehouse, run
from schoolward.sources.base import Stream

STUDENT_DAYS = 30
BOOK_DAYS = 90
"""Quarantined records, and loads that changed nothing; loads that raw rows point to stay."""


@dataclass(frozen=True, slots=True)
class MaintainSummary:
    """What one maintenance removed, in rows, and how many tables were vacuumed."""

    n_student_rows: int
    n_quarantined: int
    n_loads: int
    n_tables: int

    def __str__(self) -> str:
        return (
            f"maintained: {self.n_student_rows:,} student rows older than {STUDENT_DAYS} days, {self.n_quarantined:,} quarantined "
            f"records and {self.n_loads:,} loads older than {BOOK_DAYS} days removed; {self.n_tables} tables vacuumed"
        )


def forget(warehouse: Warehouse, streams: Sequence[Stream]) -> tuple[int, int, int]:
    """Remove what is too old, in one transaction: student rows, quarantined records, loads."""
    with warehouse.transaction():
        n_student_rows = sum(_forget_students(warehouse, stream) for stream in streams if stream.is_student)
        return n_student_rows, _forget_quarantine(warehouse), _forget_loads(warehouse)


def _forget_students(warehouse: Warehouse, stream: Stream) -> int:
    """Remove rows not seen for 30 days, by the source's clock or by ours, whichever says so first.

    A stream that lost rows starts over, or a later pull of changes alone would leave holes.
    """
    gone = run(
        warehouse,
        f"""
        with gone as (
            delete from {qualified(stream)} as r
            where not exists (
                    select from ops.load as l
                    where l.load_id = r._load_id and l.finished_at > now() - interval '{STUDENT_DAYS} days'
                )
                or r._seen_from < (
                    select max(l.source_at) from ops.load as l where l.source = r._source and l.status = 'done'
                ) - interval '{STUDENT_DAYS} days'
            returning r._source
        )
        select _source, count(*) from gone group by _source
        """,
    ).fetchall()
    run(
        warehouse,
        "delete from ops.watermark where stream = %s and source = any(%s)",
        [stream.name, [source for source, _ in gone]],
    )
    return sum(n for _, n in gone)


def _forget_quarantine(warehouse: Warehouse) -> int:
    return run(
        warehouse,
        f"""
        delete from ops.quarantine as q
        where not exists (
            select from ops.load as l
            where l.load_id = q.load_id and l.finished_at > now() - interval '{BOOK_DAYS} days'
        )
        """,
    ).rowcount


def _forget_loads(warehouse: Warehouse) -> int:
    """Loads that landed nothing; the latest of each stream and status stays, for it tells how fresh the stream is."""
    return run(
        warehouse,
        f"""
        delete from ops.load as l
        where l.finished_at < now() - interval '{BOOK_DAYS} days'
          and l.n_new + l.n_changed + l.n_deleted = 0
          and exists (
              select from ops.load as later
              where later.source = l.source and later.stream = l.stream and later.status = l.status
                and later.load_id > l.load_id
          )
          and not exists (select from ops.watermark as w where w.load_id = l.load_id)
        """,
    ).rowcount


def vacuum(warehouse: Warehouse, streams: Sequence[Stream]) -> int:
    """Vacuum and analyse the tables landing writes; how many."""
    tables = [qualified(stream) for stream in streams] + ["ops.load", "ops.watermark", "ops.quarantine", "ops.drift"]
    for table in tables:
        run(warehouse, f"vacuum (analyze) {table}")
    return len(tables)
