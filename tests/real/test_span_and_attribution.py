"""Chicago through the models: span of control of the networks' supervisors, schools without one, what no school or unit answers for,
and the clocks, each against a count of the files themselves.
"""

import csv
import gzip
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from schoolward.dbt_adapter import build

# a real year takes minutes to land, and longer where other work shares the machine
pytestmark = pytest.mark.timeout(1800)

BEFORE, AFTER = datetime(2018, 7, 2, 11, tzinfo=UTC), datetime(2019, 7, 2, 11, tzinfo=UTC)
"""After the first roster, and on a Tuesday after the second."""
ZONE = ZoneInfo("America/Chicago")
HEADS = {"Principal", "Interim Principal", "Acting Principal"}
N_SAMPLED = 2_000


def table(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def schools(real_data: Path) -> list[dict[str, str]]:
    return table(real_data / "chicago/school_profile_SY1819.csv.gz")


@pytest.fixture(scope="module")
def roster(real_data: Path) -> list[dict[str, str]]:
    return table(real_data / "chicago/employee_roster_2019-06-30.csv.gz")


@pytest.fixture(scope="module")
def chicago(replay: Callable[..., AbstractContextManager[Any]]) -> Iterator[Any]:
    """Everything pulled after the first roster and again after the second, and the models built."""
    with replay(["sis", "helpdesk", "files"], BEFORE) as pulled:
        for at in (BEFORE, AFTER):
            for source in ("sis", "hr", "helpdesk"):
                pulled.pull(at, source, pulled.stream_names(source))
        build()
        yield pulled


@pytest.fixture(scope="module")
def has_head(schools: list[dict[str, str]], roster: list[dict[str, str]]) -> set[str]:
    """Schools that somebody leads, by the profile or by the roster."""
    codes = Counter(school["Finance_ID"] for school in schools)
    led = {row["Dept ID"] for row in roster if row["Job Title"] in HEADS and row["Name"]}
    return {
        s["School_ID"]
        for s in schools
        if s["Administrator"] or (s["Finance_ID"] in led and codes[s["Finance_ID"]] == 1)
    }


@pytest.fixture(scope="module")
def chiefs(roster: list[dict[str, str]]) -> dict[str, str]:
    """The supervisor of each network that has one."""
    found = {r["Department"]: r["Name"] for r in roster if r["Job Title"] == "Chief of Schools" and r["Name"]}
    return {department.replace("AUSL Program Support", "AUSL"): person for department, person in found.items()}


def test_the_span_of_each_network_chief_equals_a_count_of_the_files(
    chicago: Any, schools: list[dict[str, str]], has_head: set[str], chiefs: dict[str, str]
) -> None:
    expected = Counter(chiefs[s["Network"]] for s in schools if s["Network"] in chiefs and s["School_ID"] in has_head)
    spans = chicago.rows(
        "select ild_staff_id, n_schools from core.ild_week where week_start_on = (select max(week_start_on) from core.ild_week)"
    )
    assert dict(spans) == expected
    numbered = {network for network in chiefs if network.startswith("Network ")}
    assert numbered == {f"Network {n}" for n in range(1, 18)} - {"Network 10"}


def test_the_schools_without_a_supervisor_are_those_of_networks_without_a_chief(
    chicago: Any, schools: list[dict[str, str]], has_head: set[str], chiefs: dict[str, str]
) -> None:
    rows = chicago.rows(
        f"select school_key from core.school_day where day = '{AFTER:%Y-%m-%d}' and ild_staff_id is null"
    )
    expected = {s["School_ID"] for s in schools if s["Network"] not in chiefs or s["School_ID"] not in has_head}
    assert {key for (key,) in rows} == expected
    of_isp = {s["School_ID"] for s in schools if s["Network"] == "ISP"}
    assert len(of_isp) == 91
    assert of_isp <= expected


def test_requests_without_a_school_or_a_unit_stay_and_are_counted(chicago: Any, real_data: Path) -> None:
    newest: dict[str, dict[str, str]] = {}
    had_group: set[str] = set()
    for row in table(real_data / "servicenow/incident_event_log.csv.gz"):
        if utc(row["sys_updated_at"]) <= AFTER:
            held = newest.get(row["number"])
            if held is None or utc(held["sys_updated_at"]) <= utc(row["sys_updated_at"]):
                newest[row["number"]] = row
            if row["assignment_group"] != "?":
                had_group.add(row["number"])
    [(n, n_without_school, n_without_unit)] = chicago.rows(
        "select count(*), count(*) filter (where school_key is null), count(*) filter (where unit_id is null) from core.service_request"
    )
    assert n == len(newest)
    assert n_without_school == sum(row["caller_id"] == "?" for row in newest.values())
    assert n_without_unit == len(newest.keys() - had_group)
    assert n_without_unit > 0
    [(n_told,)] = chicago.rows("select sum(n_requests) from marts.attribution_gap_week where gap_kind = 'unit'")
    assert n_told == n_without_unit


def utc(stamp: str) -> datetime:
    """d/m/yyyy HH:MM of 2016, Chicago's local time, 156 weeks later."""
    local = datetime.strptime(stamp, "%d/%m/%Y %H:%M").replace(tzinfo=ZONE) + timedelta(weeks=156)
    return local.astimezone(UTC)


def test_the_clocks_of_sampled_requests_equal_a_count_minute_by_minute(chicago: Any) -> None:
    closed = {day for (day,) in chicago.rows("select closed_on from config.unit_closure where unit_id = 'it'")}
    rows = chicago.rows(
        "select request_key, created_at, first_response_at, resolved_at, first_response_business_minutes, "
        "resolution_business_minutes + requester_wait_business_minutes from core.request_clock where unit_id = 'it' order by request_key"
    )
    answered = [row for row in rows if row[2] is not None or row[3] is not None]
    sample = Random(20190702).sample(answered, N_SAMPLED)
    is_open = OpenMinutes(closed)
    for key, created_at, first_response_at, resolved_at, response_minutes, resolution_minutes in sample:
        if first_response_at is not None:
            assert is_open.between(created_at, first_response_at) == response_minutes, key
        if resolved_at is not None:
            assert is_open.between(created_at, resolved_at) == resolution_minutes, key


class OpenMinutes:
    """Weekdays from 7 to 17 in Chicago but for closures, asked minute by minute; every stamp of the log is a whole minute."""

    def __init__(self, closed: set[date]) -> None:
        self._closed = closed
        self._is_open: dict[int, bool] = {}

    def between(self, start: datetime, end: datetime) -> int:
        first, last = (int(at.timestamp()) // 60 for at in (start, end))
        return sum(self._at(minute) for minute in range(first, last))

    def _at(self, minute: int) -> bool:
        if minute not in self._is_open:
            local = datetime.fromtimestamp(minute * 60, ZONE)
            self._is_open[minute] = (
                local.isoweekday() <= 5 and 7 <= local.hour < 17 and local.date() not in self._closed
            )
        return self._is_open[minute]
