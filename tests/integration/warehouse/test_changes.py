"""What counts as a change of a source."""

from types import SimpleNamespace

import psycopg

from schoolward.warehouse.changes import newest_change

LOAD = """
insert into ops.load (source, system, stream, mode, status, started_at, finished_at, n_new, n_deleted)
values (%s, 'servicenow', 'incident', 'incremental', %s, now(), now(), %s, %s) returning load_id
"""


def test_the_newest_change_of_a_source_is_its_last_load_that_moved_rows(warehouse: SimpleNamespace) -> None:
    def newest() -> int | None:
        change = newest_change("quiet")
        return change.load_id if change else None

    def add(source: str = "quiet", status: str = "done", n_new: int = 0, n_deleted: int = 0) -> int:
        with psycopg.connect(warehouse.url) as connection:
            row = connection.execute(LOAD, (source, status, n_new, n_deleted)).fetchone()
        assert row is not None
        return int(row[0])

    assert newest() is None
    add()
    assert newest() is None
    deleted = add(n_deleted=1)
    add()
    add("another", n_new=5)
    assert newest() == deleted
    landed_before_it_failed = add(status="failed", n_new=3)
    assert newest() == landed_before_it_failed
