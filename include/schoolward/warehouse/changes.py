"""What has landed in raw, and what of it is new: what those further right ask of the loader's books."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from schoolward.warehouse.connection import connect

_NEWEST = """
select load_id, finished_at from ops.load
where (%(source)s::text is null or source = %(source)s) and n_new + n_changed + n_deleted > 0
order by load_id desc
limit 1
"""


@dataclass(frozen=True, slots=True)
class Change:
    """A load that moved rows. The time tells it from the load of the same number in a warehouse since made anew."""

    load_id: int
    finished_at: datetime


def newest_change(source: str | None = None) -> Change | None:
    """The newest load of a source (of any, by default) that added, changed or deleted rows; None when none ever did.

    Failed loads count too: a long first load lands in chunks, and those landed before it failed are there to be read.

    Raises:
        SchoolwardError: when the warehouse cannot be reached.
    """
    with connect("loader") as connection, connection.cursor(row_factory=class_row(Change)) as cursor:
        return cursor.execute(_NEWEST, {"source": source}).fetchone()


_LANDED = """
select source, stream from ops.watermark where is_complete
union
select source, stream from ops.load where status = 'skipped'
"""
_IS_BUILT = "select exists (select from pg_tables where schemaname = 'marts')"


def missing_from_first_picture(streams: Mapping[str, Sequence[str]]) -> list[str]:
    """The streams (as ``source.stream``) that have never landed, while no marts have ever been built; empty afterwards.

    Marts of a district whose sources are half loaded would tell leadership of schools that nobody visits and requests
    that nobody sends; a first load that has landed in part is not there yet. Once there are marts, a source that is down holds up nobody: they say how old its data is.

    Raises:
        SchoolwardError: when the warehouse cannot be reached.
    """
    with connect("loader") as connection:
        is_built = connection.execute(_IS_BUILT).fetchone() == (True,)
        landed = set(connection.execute(_LANDED).fetchall())
    wanted = [(source, stream) for source, names in streams.items() for stream in names]
    return [] if is_built else [f"{source}.{stream}" for source, stream in wanted if (source, stream) not in landed]
