"""Every clock of 20,000 requests, half of each help desk, equals a count minute by minute that knows nothing of the models."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from helpdesk_rows import book_load, land_directory, land_servicenow, land_zendesk
from histories import BEGIN, Request, made_up
from minute_count import Count, Hours, count, open_minutes
from psycopg.rows import dict_row

from schoolward import dbt_adapter
from schoolward.district import District
from schoolward.warehouse.connection import connect

N_EACH = 10_000
BEGIN_COUNT = BEGIN - timedelta(days=1)
CLOCKS = ("first_response", "resolution", "requester_wait", "on_hold")


def every(days: str, *stretches: tuple[int, int]) -> dict[int, list[tuple[int, int]]]:
    return {int(day): list(stretches) for day in days}


def doors(district: District) -> dict[str, Hours]:
    """The units' hours, written out again by hand; the days they are closed, holidays among them, are the district's."""
    closed = {unit.id: frozenset[date](unit.closures) for unit in district.units}
    lunch = every("1234", (480, 720), (780, 990)) | every("5", (480, 720))
    return {
        "office": Hours(every("12345", (420, 1020)), closed["office"]),
        "lunch": Hours(lunch, closed["lunch"]),
        "night": Hours(every("1234567", (1320, 1800)), closed["night"]),
        "always": Hours(every("1234567", (0, 1440)), closed["always"]),
        "moving": Hours(every("12345", (540, 900)), closed["moving"], (date(2025, 8, 4), every("123456", (390, 1095)))),
    }


@pytest.fixture(scope="module")
def requests() -> dict[str, list[Request]]:
    return {"servicenow": list(made_up(N_EACH, seed=1)), "zendesk": list(made_up(N_EACH, seed=2))}


@pytest.fixture(scope="module")
def shown(warehouse: SimpleNamespace, requests: dict[str, list[Request]]) -> Iterator[dict[str, dict[str, Any]]]:
    with connect("owner") as connection:
        land_directory(connection)
        land_servicenow(connection, requests["servicenow"])
        land_zendesk(connection, requests["zendesk"])
        book_load(connection)
        connection.execute("analyze")  # as autovacuum leaves the tables a minute after a first load
    dbt_adapter.build("+request_clock +request_promise +request_vendor_sla")
    with connect("transformer", row_factory=dict_row) as connection:
        yield {row["request_key"]: row for row in _clocks(connection)}


def _clocks(connection: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    return connection.execute("select * from core.request_clock").fetchall()


@pytest.fixture(scope="module")
def counted(warehouse: SimpleNamespace, requests: dict[str, list[Request]]) -> dict[str, Count]:
    is_open: Mapping[str | None, bytes] = dict(open_minutes(doors(warehouse.district), BEGIN_COUNT))
    found = {}
    for request in requests["servicenow"]:
        found[f"helpdesk:i{request.number}"] = count(request, is_open.get(request.unit), BEGIN_COUNT)
    for request in requests["zendesk"]:
        if request.status != "withdrawn":
            found[f"facilities_desk:{request.number}"] = count(request, is_open.get(request.unit), BEGIN_COUNT)
    return found


def test_no_request_is_lost_and_a_deleted_ticket_is_gone(shown: dict[str, Any], counted: dict[str, Count]) -> None:
    assert shown.keys() == counted.keys()
    assert len(shown) > 1.9 * N_EACH


@pytest.mark.parametrize("clock", CLOCKS)
def test_a_clock_shows_what_a_count_by_the_minute_gives(
    clock: str, shown: dict[str, Any], counted: dict[str, Count]
) -> None:
    wrong = {
        key: (told, should)
        for key, found in counted.items()
        if (told := _told(shown[key], clock)) != (should := getattr(found, clock) or (None, None))
    }
    assert not wrong, f"{len(wrong)} of {len(counted)} differ, such as {dict(list(wrong.items())[:5])}"


def test_an_open_or_withdrawn_request_shows_how_long_it_has_waited(
    shown: dict[str, Any], counted: dict[str, Count]
) -> None:
    wrong = {
        key: (_told(shown[key], "waiting_so_far"), found.so_far)
        for key, found in counted.items()
        if _told(shown[key], "waiting_so_far") != (found.so_far or (None, None))
    }
    assert not wrong, f"{len(wrong)} of {len(counted)} differ, such as {dict(list(wrong.items())[:5])}"


def test_every_reopening_is_counted(shown: dict[str, Any], counted: dict[str, Count]) -> None:
    wrong = {
        key: (shown[key]["n_reopens"], c.n_reopens)
        for key, c in counted.items()
        if shown[key]["n_reopens"] != c.n_reopens
    }
    assert not wrong


def test_the_made_up_requests_hold_what_they_are_to_prove(
    counted: dict[str, Count], requests: dict[str, list[Request]]
) -> None:
    assert sum(c.resolution is not None and c.resolution[1] > 366 * 1440 for c in counted.values()) > 20
    assert sum(c.n_reopens > 0 for c in counted.values()) > 1000
    assert sum(c.on_hold[1] > 0 for c in counted.values()) > 3000
    assert sum(c.first_response is None for c in counted.values()) > 1000
    assert {r.unit for r in requests["zendesk"]} == {None, "office", "lunch", "night", "always", "moving"}


def _told(row: dict[str, Any], clock: str) -> tuple[int | None, int | None]:
    return tuple(_whole(row[f"{clock}_{kind}_minutes"]) for kind in ("business", "calendar"))  # type: ignore[return-value]


def _whole(minutes: Decimal | None) -> int | None:
    assert minutes is None or minutes == int(minutes)
    return None if minutes is None else int(minutes)
