"""What has changed in raw: the one question those further right ask of the loader's books."""

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from schoolward.warehouse.connection import connect

_NEWEST = """
select load_id, finished_at from ops.load
where source = %s and n_new + n_changed + n_deleted > 0
order by load_id desc
limit 1
"""


@dataclass(frozen=True, slots=True)
class Change:
    """A load that moved rows. The time tells it from the load of the same number in a warehouse since made anew."""

    load_id: int
    finished_at: datetime


def newest_change(source: str) -> Change | None:
    """The newest load of a source that added, changed or deleted rows; None when none ever did.

    Failed loads count too: a long first load lands in chunks, and those landed before it failed are there to be read.

    Raises:
        SchoolwardError: when the warehouse cannot be reached.
    """
    with connect("loader") as connection, connection.cursor(row_factory=class_row(Change)) as cursor:
        return cursor.execute(_NEWEST, (source,)).fetchone()
