"""Open hours counted minute by minute on the wall clock equal the look-up: clock changes both ways, nights, closures, seasons, years."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import psycopg
import pytest

from schoolward.dbt_adapter import build
from schoolward.district import load_district
from schoolward.warehouse.setup import prepare

FIRST, LAST = datetime(2024, 12, 30, tzinfo=UTC), datetime(2026, 12, 30, tzinfo=UTC)
N_MINUTES = int((LAST - FIRST).total_seconds() // 60)
N_SPANS = 2_000
CHICAGO, NEW_YORK = ZoneInfo("America/Chicago"), ZoneInfo("America/New_York")
DISTRICT = """
[district]
id = "odd_hours"
name = "Odd Hours"
timezone = "America/Chicago"
[[source]]
name = "desk"
system = "zendesk"
connection = "desk"
schedule = "*/30 * * * *"
[calendar]
closures = ["2025-12-24/2026-01-02"]
[[unit]]
id = "day"
name = "By day"
groups = ["A"]
hours = "Mon-Thu 07:00-17:00, Fri 07:00-12:00, Fri 13:00-15:30"
closures = ["2025-07-04"]
open_on = ["2025-12-29"]
special_hours = { "2025-12-31" = "08:00-10:00, 11:00-12:00", "2025-11-26" = "07:00-12:00" }
[[unit.hours_change]]
valid_from = "2025-06-09"
hours = "Mon-Thu 06:30-17:30"
[[unit.hours_change]]
valid_from = "2025-08-11"
hours = "Mon-Fri 07:00-17:00"
[[unit]]
id = "always"
name = "Always"
groups = ["B"]
hours = "Mon-Sun 00:00-24:00"
open_on = ["2025-12-24/2026-01-02"]
[[unit]]
id = "night"
name = "By night"
groups = ["C"]
hours = "Sat 20:00-32:00, Tue 22:00-30:00, Sun 20:00-24:00"
[[unit]]
id = "schedule"
name = "By schedule"
groups = ["D"]
hours = "Mon 00:00-01:00"
hours_from = "desk/Trades"
"""
LANDED = "'desk', '2024-01-01', null, true, false, gen_random_uuid(), 1"


@pytest.fixture(scope="module")
def odd_hours(warehouse: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A warehouse whose business hours were built from the district above; gives its owner's URL."""
    path: Path = tmp_path_factory.mktemp("odd") / "district.toml"
    path.write_text(DISTRICT, encoding="utf-8")
    prepare(load_district(path))
    with psycopg.connect(warehouse.url) as connection:
        connection.execute(
            "insert into ops.load (source, system, stream, mode, status, started_at, finished_at, source_at) "
            "values ('desk', 'zendesk', 'tickets', 'incremental', 'done', now(), now(), '2026-12-30')"
        )
        for starts, ends in ((1980, 2460), (10020, 10140), (3 * 1440, 4 * 1440)):
            connection.execute(
                "insert into raw_zendesk.schedules (schedule_id, starts_minute, name, time_zone, ends_minute, _source, _seen_from, "
                "_seen_to, _is_current, _is_deleted, _fingerprint, _load_id) "
                f"values (1, {starts}, 'Trades', 'Eastern Time (US & Canada)', {ends}, {LANDED})"
            )
        connection.execute(
            "insert into raw_zendesk.holidays (id, schedule_id, name, starts_on, ends_on, _source, _seen_from, _seen_to, _is_current, "
            f"_is_deleted, _fingerprint, _load_id) values (5, 1, 'Winter', '2026-02-09', '2026-02-14', {LANDED})"
        )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DBT_INDIRECT_SELECTION", "cautious")
        build("+dim_business_hours")
    return warehouse.url


def hour(local: datetime) -> float:
    return local.hour + local.minute / 60


def in_break(day: date) -> bool:
    return date(2025, 12, 24) <= day <= date(2026, 1, 2)


def by_day(local: datetime) -> bool:
    day, now = local.date(), hour(local)
    if day == date(2025, 12, 31):
        return 8 <= now < 10 or 11 <= now < 12
    if day == date(2025, 11, 26):
        return 7 <= now < 12
    if day == date(2025, 7, 4) or (in_break(day) and day != date(2025, 12, 29)):
        return False
    if day < date(2025, 6, 9):
        return (day.weekday() < 4 and 7 <= now < 17) or (day.weekday() == 4 and (7 <= now < 12 or 13 <= now < 15.5))
    if day < date(2025, 8, 11):
        return day.weekday() < 4 and 6.5 <= now < 17.5
    return day.weekday() < 5 and 7 <= now < 17


def always(local: datetime) -> bool:
    return True


def by_night(local: datetime) -> bool:
    """A shift is closed with the day it began on."""
    day, now = local.date(), hour(local)
    before = day - timedelta(days=1)
    tonight = not in_break(day) and ((day.weekday() in (5, 6) and now >= 20) or (day.weekday() == 1 and now >= 22))
    last_night = not in_break(before) and ((before.weekday() == 5 and now < 8) or (before.weekday() == 1 and now < 6))
    return tonight or last_night


def by_schedule(local: datetime) -> bool:
    """A holiday closes its own day and no other."""
    day, now = local.date(), hour(local)
    if in_break(day) or date(2026, 2, 9) <= day <= date(2026, 2, 14):
        return False
    weekday = day.weekday()
    return (
        (weekday == 0 and 9 <= now < 17) or (weekday == 5 and now >= 23) or (weekday == 6 and now < 1) or weekday == 2
    )


UNITS: dict[str, tuple[ZoneInfo, Callable[[datetime], bool]]] = {
    "day": (CHICAGO, by_day),
    "always": (CHICAGO, always),
    "night": (CHICAGO, by_night),
    "schedule": (NEW_YORK, by_schedule),
}


@pytest.mark.parametrize("unit", UNITS)
def test_every_span_is_as_long_as_its_open_minutes(odd_hours: str, unit: str) -> None:
    zone, is_open = UNITS[unit]
    flags = (is_open((FIRST + timedelta(minutes=n)).astimezone(zone)) for n in range(N_MINUTES))
    open_before = [0, *accumulate(map(int, flags))]
    random = Random(unit)
    spans = [sorted(random.randrange(N_MINUTES) for _ in range(2)) for _ in range(N_SPANS)]
    minutes = sorted({minute for span in spans for minute in span})
    with psycopg.connect(odd_hours) as connection:
        found = connection.execute(
            """
            select asked.minute, (
                select hours.open_seconds_before + extract(epoch from least(asked.at, hours.ends_at) - hours.starts_at)
                from core.dim_business_hours as hours
                where hours.unit_id = %(unit)s and hours.starts_at <= asked.at
                order by hours.starts_at desc limit 1
            )
            from unnest(%(minutes)s::int[]) as minutes (minute)
            cross join lateral (select %(first)s::timestamptz + make_interval(mins => minutes.minute) as at, minutes.minute) as asked
            """,
            {"unit": unit, "minutes": minutes, "first": FIRST},
        ).fetchall()
    seconds = {minute: int(value) for minute, value in found}
    wrong = [s for s in spans if seconds[s[1]] - seconds[s[0]] != 60 * (open_before[s[1]] - open_before[s[0]])]
    assert wrong == []
    assert open_before[-1] > 0
