"""Requests made up in SQL: the same number gives the same rows anywhere. See ``plan.sql`` for what happens to a request.

At every size the requests are spread over the same two years (July 2024 to June 2026: schedules, closures, four changes of clocks), and a
day brings the same 5,000: 2,500 new ones and 2,500 changes, where there are as many requests.
"""

from pathlib import Path

import psycopg

from schoolward.warehouse.connection import url

FOLDER = Path(__file__).parent
STARTS_ON = "2024-07-01"
N_WORKDAYS = 514
TOLD_UNTIL = "2026-06-18 17:30 America/Chicago"


def land_two_years(n_requests: int) -> None:
    """Fill the raw tables with everything that happened up to the evening of the last day."""
    with psycopg.connect(url("owner"), autocommit=True) as owner:
        _run(owner, "plan.sql", "books.sql")
        owner.execute(
            "insert into bench.setting values (%s, %s, %s, '-infinity', %s, 0)",
            (n_requests, STARTS_ON, N_WORKDAYS, TOLD_UNTIL),
        )
        _run(owner, "district.sql")
        owner.execute("select bench.plan(1, %s, 0)", (n_requests,))
        _run(owner, "desks.sql")
        owner.execute("create unique index on bench.request (i)")
        _settle(owner)


def land_one_day() -> int:
    """Land the next day; gives how many requests it touches."""
    with psycopg.connect(url("owner"), autocommit=True) as owner:
        _run(owner, "one_day.sql", "desks.sql")
        _settle(owner)
        row = owner.execute("select count(*) from bench.request inner join bench.setting using (batch)").fetchone()
    assert row is not None
    return int(row[0])


def _run(owner: psycopg.Connection[tuple[object, ...]], *names: str) -> None:
    for name in names:
        with owner.transaction():
            owner.execute((FOLDER / name).read_text().encode())


def _settle(owner: psycopg.Connection[tuple[object, ...]]) -> None:
    """Leave nothing for autovacuum and the checkpointer to do on the measured time."""
    owner.execute("vacuum analyze")
    owner.execute("checkpoint")
