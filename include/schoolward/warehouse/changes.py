"""What has changed in raw: the one question those further right ask of the loader's books."""

from schoolward.warehouse.connection import connect

_NEWEST = """
select max(load_id) from ops.load
where source = %s and n_new + n_changed + n_deleted > 0
"""


def newest_change(source: str) -> int | None:
    """Id of the newest load of a source that added, changed or deleted rows; None when none ever did.

    Failed loads count too: a long first load lands in chunks, and those landed before it failed are there to be read.

    Raises:
        SchoolwardError: when the warehouse cannot be reached.
    """
    with connect("loader") as connection:
        row = connection.execute(_NEWEST, (source,)).fetchone()
    return None if row is None else row[0]
