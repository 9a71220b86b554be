"""Which week's digest is due, by what the marts hold."""

from collections.abc import Iterator
from datetime import date
from types import SimpleNamespace

import psycopg
import pytest

from schoolward.alerts.due import week_due


@pytest.fixture
def marts(warehouse: SimpleNamespace) -> Iterator[psycopg.Connection]:
    """An empty week mart that the alerter may read."""
    with psycopg.connect(warehouse.url, autocommit=True) as connection:
        connection.execute("create table marts.school_underserved_week (week_start_on date, data_as_of timestamptz)")
        connection.execute("grant usage on schema marts to schoolward_alerter")
        connection.execute("grant select on marts.school_underserved_week to schoolward_alerter")
        yield connection
        connection.execute("drop table marts.school_underserved_week")


def hold(marts: psycopg.Connection, as_of: str, *weeks: str) -> None:
    for week in weeks:
        marts.execute("insert into marts.school_underserved_week values (%s, %s)", (week, as_of))


def test_no_digest_is_due_from_empty_marts(marts: psycopg.Connection, warehouse: SimpleNamespace) -> None:
    assert week_due(warehouse.district, is_scheduled=True) is None


def test_no_digest_is_due_in_a_districts_first_week(marts: psycopg.Connection, warehouse: SimpleNamespace) -> None:
    hold(marts, "2026-03-13T18:30-05:00", "2026-03-09")
    assert week_due(warehouse.district, is_scheduled=True) is None


def test_the_digest_due_is_of_the_last_week_over_by_the_datas_own_clock(
    marts: psycopg.Connection, warehouse: SimpleNamespace
) -> None:
    hold(marts, "2026-03-16T05:30-05:00", "2026-03-02", "2026-03-09", "2026-03-16")
    assert week_due(warehouse.district, is_scheduled=True) == date(2026, 3, 9)
    assert week_due(warehouse.district, is_scheduled=False) == date(2026, 3, 2)
