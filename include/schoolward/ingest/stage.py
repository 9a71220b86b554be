"""The temporary table a pull is copied into before anything of the warehouse is touched."""

from collections.abc import Sequence
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

    n_dropped: int = 0
    n_across_pages: int = 0
    """Keys that came with the very same content on two pages: the sign of a page boundary that moved."""


class Stage:
    """Rows as pulled, in order, in a table of this session alone: gone with the connection, never in the write-ahead log."""

    copy_statement = f"copy {STAGE} from stdin".encode()

    def __init__(self, warehouse: Warehouse, stream: Stream) -> None:
        self._warehouse, self._stream = warehouse, stream
        self._key = ", ".join(quoted(name) for name in stream.key)
        columns = "".join(f"{quoted(column.name)} {column.sql_type}, " for column in stream.columns)
        run(warehouse, f"drop table if exists {STAGE}")
        run(
            warehouse,
            f"create temporary table landing_stage ({columns} _fingerprint uuid not null, _ordinal bigint not null)"
            " on commit delete rows",
        )

    def drop_repeats(self) -> Repeats:
        """Keep the last of each key's rows."""
        repeated = (
            f"select {self._key}, max(_ordinal) as last_ordinal from {STAGE} group by {self._key} having count(*) > 1"
        )
        if not row(self._warehouse, f"select exists ({repeated})")[0]:
            return Repeats()
        n_across_pages = row(
            self._warehouse,
            f"""
            select count(*) from (
                select from {STAGE} group by {self._key}, _fingerprint
                having max(_ordinal >> {PAGE_BITS}) > min(_ordinal >> {PAGE_BITS})
            ) as same
            """,
        )[0]
        same_key = " and ".join(f"s.{quoted(name)} = r.{quoted(name)}" for name in self._stream.key)
        n_dropped = run(
            self._warehouse,
            f"delete from {STAGE} as s using ({repeated}) as r where {same_key} and s._ordinal < r.last_ordinal",
        ).rowcount
        return Repeats(n_dropped, n_across_pages)

    def gather_statistics(self) -> None:
        """Tell the planner how many keys there are; temporary tables are out of autovacuum's sight."""
        run(self._warehouse, f"analyze {STAGE} ({self._key}, _ordinal)")


def numbered(lines: Sequence[str], page_number: int) -> bytes:
    """Encoded lines as rows of the stage."""
    return "".join(f"{line}\t{ordinal}\n" for ordinal, line in enumerate(lines, page_number << PAGE_BITS)).encode()
