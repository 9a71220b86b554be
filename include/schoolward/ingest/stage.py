"""The temporary table a pull is copied into before anything of the warehouse is touched."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from schoolward.ingest.raw_table import quoted
from schoolward.ingest.sql import Warehouse, row, run
from schoolward.sources.base import Stream

PAGE_BITS = 24
"""A row's ordinal is its page's number, shifted, plus its place in the page: 16 million rows a page are enough."""
STAGE = "pg_temp.landing_stage"


@dataclass(frozen=True, slots=True)
class Repeats:
    """Rows whose key came again later in the pull."""

    n_dropped: int
    n_across_pages: int
    """Keys that came with the very same content on two pages: the sign of a page boundary that moved."""


class Stage:
    """Rows as pulled, in order, in a table of this session alone: gone with the connection, never in the write-ahead log."""

    def __init__(self, warehouse: Warehouse, stream: Stream) -> None:
        self._warehouse, self._stream = warehouse, stream
        columns = [f"{quoted(column.name)} {column.sql_type}" for column in stream.columns]
        run(warehouse, f"drop table if exists {STAGE}")
        run(
            warehouse,
            f"create temporary table landing_stage ({', '.join(columns)}, _fingerprint uuid not null, _ordinal bigint not null)",
        )

    @contextmanager
    def filling(self) -> Iterator[Callable[[bytes], None]]:
        """Copy rows in; one COPY for as many pages as come, so that the server parses while the next page is read."""
        with self._warehouse.cursor() as cursor, cursor.copy(f"copy {STAGE} from stdin".encode()) as copy:
            yield copy.write

    def drop_repeats(self) -> "Repeats":
        """Keep the last of each key's rows."""
        key = ", ".join(quoted(name) for name in self._stream.key)
        repeated = f"select {key}, max(_ordinal) as last_ordinal from {STAGE} group by {key} having count(*) > 1"
        if not row(self._warehouse, f"select exists ({repeated})")[0]:
            return Repeats(0, 0)
        n_across_pages = row(
            self._warehouse,
            f"""
            select count(*) from (
                select from {STAGE} group by {key}, _fingerprint having max(_ordinal >> {PAGE_BITS}) > min(_ordinal >> {PAGE_BITS})
            ) as same
            """,
        )[0]
        same_key = " and ".join(f"s.{quoted(name)} = r.{quoted(name)}" for name in self._stream.key)
        n_dropped = run(
            self._warehouse,
            f"delete from {STAGE} as s using ({repeated}) as r where {same_key} and s._ordinal < r.last_ordinal",
        ).rowcount
        return Repeats(n_dropped, n_across_pages)

    def n_rows(self) -> int:
        """Rows staged now."""
        return int(row(self._warehouse, f"select count(*) from {STAGE}")[0])

    def gather_statistics(self) -> None:
        """Tell the planner how many keys there are; temporary tables are out of autovacuum's sight."""
        key = ", ".join(quoted(name) for name in self._stream.key)
        run(self._warehouse, f"analyze {STAGE} ({key}, _ordinal)")

    def empty(self) -> None:
        """Make room for the next chunk."""
        run(self._warehouse, f"truncate {STAGE}")
