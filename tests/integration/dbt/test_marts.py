"""The marts of a district small enough to know every answer by hand, and clocks against a count minute by minute."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
import tiny_district
from psycopg.rows import dict_row
from raw_rows import land
from tiny_district import CLOSED, NORTH, NOW, SOUTH, ZONE, local

from schoolward import dbt_adapter
from schoolward.district import District, Unit
from schoolward.warehouse.connection import connect

THIS_WEEK = date(2025, 11, 3)
N_RANDOM = 120
RANDOM_GROUPS = {
    "Transportation Desk": "transport",
    "Staffing": "hr",
    "Food Services Desk": "food",
    "Procurement": "budget",
}


class RandomRequest(SimpleNamespace):
    """A request at whole minutes: created, answered?, waits for the requester [(from, to)…], ended?"""


@pytest.fixture(scope="module")
def random_requests(lakeside_district: District) -> list[RandomRequest]:
    """Requests at any hour from before Labor Day to after the autumn change of clocks (2 November), so across closures, too."""
    rng = random.Random(20251102)
    requests = []
    for number in range(N_RANDOM):
        created = local(date(2025, 8, 20), 0) + timedelta(minutes=rng.randrange(75 * 1440))
        moments = sorted(created + timedelta(minutes=rng.randrange(1, 20_000)) for _ in range(4))
        moments = [at for at in moments if at <= NOW]
        answered = moments[0] if moments and rng.random() < 0.8 else None
        waits = [(moments[1], moments[2])] if len(moments) > 2 and rng.random() < 0.5 else []
        ended = moments[3] if len(moments) > 3 and rng.random() < 0.7 else None
        group = rng.choice(list(RANDOM_GROUPS))
        requests.append(
            RandomRequest(
                key=f"random-{number}", created=created, answered=answered, waits=waits, ended=ended, group=group
            )
        )
    return requests


@pytest.fixture(scope="module")
def built(
    warehouse: SimpleNamespace, random_requests: list[RandomRequest]
) -> Iterator[tuple[psycopg.Connection[Any], dbt_adapter.BuildSummary]]:
    with connect("owner") as connection:
        tiny_district.fill(connection)
        _land_random(connection, random_requests)
    summary = dbt_adapter.build(with_unit_tests=True)
    with connect("reader", row_factory=dict_row) as connection:
        yield connection, summary


@pytest.fixture
def marts(built: tuple[psycopg.Connection[Any], dbt_adapter.BuildSummary]) -> psycopg.Connection[Any]:
    """The marts as BI sees them: through the read-only role."""
    return built[0]


def _land_random(connection: psycopg.Connection[Any], requests: list[RandomRequest]) -> None:
    groups = [{"sys_id": name, "name": name, "sys_updated_on": tiny_district.BEGIN} for name in RANDOM_GROUPS]
    land(connection, "sys_user_group", groups, seen_from=tiny_district.BEGIN)
    for r in requests:
        states = [change for start, end in r.waits for change in ((start, 3), (end, 2))]
        states += [(r.ended, 6)] if r.ended else []
        tiny_district.request(
            connection,
            r.key,
            created=r.created,
            location="l-south",
            caller="u-c",
            group=r.group,
            state=states[-1][1] if states else 1,
            states=states,
            replies=[("S-X", r.answered)] if r.answered else [],
        )
        reasons = [{"sys_id": f"{r.key}-h", "tablename": "incident", "documentkey": r.key, "fieldname": "hold_reason",
                    "newvalue": "1", "user": "S-X", "sys_created_on": start} for start, _ in r.waits]  # fmt: skip
        land(connection, "sys_audit", reasons, seen_from=NOW)


def one(connection: psycopg.Connection[Any], table: str, **where: object) -> dict[str, Any]:
    """The one row of a mart with these values."""
    wanted = " and ".join(f"{column} is not distinct from %({column})s" for column in where)
    rows = connection.execute(f"select * from {table} where {wanted}", where).fetchall()
    assert len(rows) == 1, (table, where, len(rows))
    return dict(rows[0])


def test_a_whole_build_passes_all_its_tests_and_says_so_in_one_line(
    built: tuple[psycopg.Connection[Any], dbt_adapter.BuildSummary],
) -> None:
    summary = built[1]
    assert summary.n_models >= 70
    assert summary.n_tests >= 70
    assert all(not node.has_failed for node in summary.nodes)
    assert "\n" not in str(summary)


def test_days_since_contact_count_instructional_days_after_the_last_substantive_one(
    marts: psycopg.Connection[Any],
) -> None:
    # After Monday 6 October: 4 days, then 4 (13 October is free), then three whole weeks; a short, a cancelled and a
    # stranger's visit do not count.
    row = one(marts, "marts.partnership_school_week", week_start_on=THIS_WEEK, school_key=NORTH)
    assert row["instructional_days_since_contact"] == 4 + 4 + 5 + 5 + 5
    assert (row["n_contacts"], row["n_substantive_contacts"]) == (1, 0)
    assert row["il_minutes_20_days"] == 20  # the twenty days begin on 10 October
    assert (row["ild_staff_id"], row["principal_staff_id"]) == ("ILD", "P-NORTH")
    assert (row["n_exposure_days"], row["n_unpaired_days"]) == (19, 0)
    assert row["network_name"] == "Network 1"


def test_log_coverage_is_logged_over_expected_hours_of_four_weeks(marts: psycopg.Connection[Any]) -> None:
    # 19 days of 360 minutes and one visit of 20, against 19 days of 480.
    row = one(marts, "marts.partnership_school_week", week_start_on=THIS_WEEK, school_key=NORTH)
    assert row["log_coverage"] == pytest.approx(Decimal(19 * 360 + 20) / Decimal(19 * 480), abs=Decimal("0.0001"))


def test_the_contact_gap_is_flagged_in_its_second_week(marts: psycopg.Connection[Any]) -> None:
    def reason(week: date) -> dict[str, Any]:
        return one(
            marts,
            "marts.school_underserved_reason_week",
            week_start_on=week,
            school_key=NORTH,
            rule_id="partnership_contact_gap",
        )

    assert (reason(date(2025, 10, 20))["status"], reason(date(2025, 10, 20))["value"]) == ("watch", 13)
    first, second = reason(date(2025, 10, 27)), reason(THIS_WEEK)
    assert (first["is_breached"], first["is_flagged"]) == (True, False)
    assert (second["is_breached"], second["is_flagged"], second["n_breached_of_last_3_weeks"]) == (True, True, 2)
    assert second["since_on"] == date(2025, 10, 27)
    assert (second["owner_role"], second["owner_staff_id"], second["informed_role"]) == (
        "ild_supervisor",
        "CHIEF",
        "ild",
    )
    assert second["reason_text"] == (
        "North Elementary School has gone 23 school days without a substantive contact on instructional leadership;"
        " the limit is 15."
    )


def test_a_principal_without_supervisor_makes_an_unpaired_school(marts: psycopg.Connection[Any]) -> None:
    row = one(
        marts,
        "marts.school_underserved_reason_week",
        week_start_on=THIS_WEEK,
        school_key=SOUTH,
        rule_id="partnership_unpaired",
    )
    assert (row["value"], row["is_flagged"]) == (19, True)
    assert row["reason_text"] == (
        "South Elementary School had no instructional leadership director in post on 19 of the last 19 school days;"
        " the limit is 5."
    )
    gap = one(
        marts,
        "marts.school_underserved_reason_week",
        week_start_on=THIS_WEEK,
        school_key=SOUTH,
        rule_id="partnership_contact_gap",
    )
    assert (gap["status"], gap["is_flagged"]) == ("insufficient_data", False)  # a vacancy is no absence of the ILD


def test_a_closed_school_drops_out(marts: psycopg.Connection[Any]) -> None:
    weeks = marts.execute(
        "select max(week_start_on) as last from marts.school_underserved_week where school_key = %s", (CLOSED,)
    ).fetchone()
    assert weeks is not None
    assert weeks["last"] == date(2025, 9, 22)


def test_promises_kept_count_both_clocks_of_four_weeks(marts: psycopg.Connection[Any]) -> None:
    row = one(marts, "marts.service_school_unit_week", week_start_on=THIS_WEEK, school_key=NORTH, unit_id="it")
    assert (row["n_promises_kept"], row["n_promises_due"], row["promise_kept_share"]) == (2, 6, Decimal("0.3333"))
    # Two answered after 60 minutes and four after 10 + 4 hours; solved after 2 hours, or 20 hours.
    assert (row["first_response_business_minutes_median"], row["first_response_business_minutes_p90"]) == (840, 840)
    assert (row["resolution_business_minutes_median"], row["resolution_business_minutes_p90"]) == (1200, 1200)
    assert (row["n_opened"], row["n_open"], row["status"]) == (0, 0, "act")
    reason = one(
        marts,
        "marts.school_underserved_reason_week",
        week_start_on=THIS_WEEK,
        school_key=NORTH,
        rule_id="service_promise_kept",
        unit_id="it",
    )
    assert (reason["is_flagged"], reason["owner_staff_id"]) == (True, "IT-CHIEF")
    assert reason["reason_text"] == (
        "Information Technology kept 2 of 6 promises to North Elementary School in the last four weeks;"
        " the promise is three in four."
    )


def test_an_urgent_request_past_its_promise_is_flagged_at_once(marts: psycopg.Connection[Any]) -> None:
    # Open since 08:00, closing time is 15:00; what the requester wrote is no answer.
    row = one(marts, "marts.service_school_unit_week", week_start_on=THIS_WEEK, school_key=SOUTH, unit_id="facilities")
    assert (row["n_urgent_overdue"], row["n_still_waiting_first_response"], row["n_open"]) == (1, 1, 1)
    reason = one(
        marts,
        "marts.school_underserved_reason_week",
        week_start_on=THIS_WEEK,
        school_key=SOUTH,
        rule_id="service_urgent_overdue",
        unit_id="facilities",
    )
    assert (reason["is_flagged"], reason["n_breached_of_last_3_weeks"]) == (True, 1)


def test_uncovered_days_are_working_days_of_the_unit(marts: psycopg.Connection[Any]) -> None:
    # From 1 October, when the unit's first case manager began, without Columbus Day: 3 + 5 + 4 + 5 + 5 + 5.
    without = one(marts, "marts.service_school_unit_week", week_start_on=THIS_WEEK, school_key=SOUTH, unit_id="it")
    covered = one(marts, "marts.service_school_unit_week", week_start_on=THIS_WEEK, school_key=NORTH, unit_id="it")
    undue = one(marts, "marts.service_school_unit_week", week_start_on=THIS_WEEK, school_key=SOUTH, unit_id="hr")
    assert (without["has_case_manager"], without["n_uncovered_days"]) == (False, 27)
    assert (covered["has_case_manager"], covered["n_uncovered_days"]) == (True, 0)
    assert (undue["has_case_manager"], undue["n_uncovered_days"]) == (None, None)


def test_a_school_has_two_flags_and_no_score(marts: psycopg.Connection[Any]) -> None:
    row = one(marts, "marts.school_underserved_week", week_start_on=THIS_WEEK, school_key=NORTH)
    assert (row["is_partnership_underserved"], row["is_service_underserved"], row["need_quartile"]) == (True, True, 2)
    assert (row["is_compounded"], row["n_reasons"], row["status"]) == (False, 3, "act")
    assert "kept 2 of 6 promises" in row["reasons_text"]
    assert "23 school days" in row["reasons_text"]


@pytest.mark.parametrize(
    ("key", "school", "method"),
    [
        ("slow-0", NORTH, "location_code"),  # a room of a place with a code
        ("urgent", SOUTH, "location_name"),
        ("paused", SOUTH, "requester_assignment"),  # headquarters is no school, but the clerk works at one
        ("nobody", None, None),
    ],
)
def test_a_request_goes_to_the_school_its_strongest_evidence_names(
    marts: psycopg.Connection[Any], key: str, school: str | None, method: str | None
) -> None:
    with connect("owner") as connection:
        found = connection.execute(
            "select school_key, attribution_method from core.service_request where request_key = %s",
            (f"helpdesk:{key}",),
        ).fetchone()
    assert found == (school, method)


def test_what_has_no_school_or_unit_is_counted_with_its_reason(marts: psycopg.Connection[Any]) -> None:
    rows = marts.execute(
        "select gap_kind, reason, n_requests from marts.attribution_gap_week where week_start_on = %s order by 1",
        (THIS_WEEK,),
    ).fetchall()
    assert [tuple(row.values()) for row in rows] == [
        ("requester", "requester is unknown to the help desk", 1),
        ("school", "location is no known school, requester is unknown", 1),
        ("unit", "assignment group belongs to no unit", 1),
    ]


def test_events_are_read_off_versions_where_there_is_no_audit(marts: psycopg.Connection[Any]) -> None:
    with connect("owner") as connection:
        events = connection.execute(
            "select event_type, occurred_at from core.request_event where request_key = 'helpdesk:unaudited'"
            " order by occurred_at, event_type"
        ).fetchall()
    assert events == [
        ("created", local(date(2025, 11, 3), 9)),
        ("group_changed", local(date(2025, 11, 3), 9)),
        ("solved", local(date(2025, 11, 4), 9)),
        ("closed", NOW),
    ]


def test_every_clock_equals_a_count_minute_by_minute(
    marts: psycopg.Connection[Any], random_requests: list[RandomRequest], lakeside_district: District
) -> None:
    units = {unit.id: unit for unit in lakeside_district.units}
    with connect("owner", row_factory=dict_row) as connection:
        rows = connection.execute(
            "select * from core.request_clock where request_key like 'helpdesk:random-%'"
        ).fetchall()
    clocks = {row["request_key"].removeprefix("helpdesk:"): row for row in rows}
    assert len(clocks) == N_RANDOM
    n_resolved = n_waited = 0
    for r in random_requests:
        clock, unit = clocks[r.key], units[RANDOM_GROUPS[r.group]]
        until = r.ended or NOW
        waits = [(start, min(end, until)) for start, end in r.waits]
        worked = open_minutes(unit, r.created, until) - sum(open_minutes(unit, *wait) for wait in waits)
        answer = open_minutes(unit, r.created, r.answered) if r.answered else None
        assert clock["first_response_business_minutes"] == answer, r
        assert clock["resolution_business_minutes"] == (worked if r.ended else None), r
        assert clock["waiting_so_far_business_minutes"] == (None if r.ended else worked), r
        n_resolved += bool(r.ended)
        n_waited += bool(waits)
    assert min(n_resolved, n_waited) > 20  # the draw reaches all branches


def open_minutes(unit: Unit, start: datetime, end: datetime) -> int:
    """Open minutes of a unit from an instant to another, counted one by one."""
    closed = frozenset(unit.closures)
    count = 0
    minute = start
    while minute < end:
        here = minute.astimezone(ZONE)
        day, clock = here.isoweekday(), here.time()
        is_open = any(span.iso_weekday == day and span.opens_at <= clock < span.closes_at for span in unit.hours)
        count += is_open and here.date() not in closed
        minute += timedelta(minutes=1)
    return count
