"""Hand-made marts with the contract's columns: single weeks of one rule, or twelve weeks of a whole district."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg

from schoolward.dbt_adapter import project_path

WEEK = date(2026, 5, 4)
SCHOOLS = [f"s{i:02}" for i in range(12)]
CASE_MANAGER = "S10036"
"""Lakeside's recipient of that role, by HR number; at Facilities."""


def week(n: int) -> date:
    """The Monday n weeks after ``WEEK``."""
    return WEEK + timedelta(weeks=n)


MARTS_DDL = """
create table marts.school_underserved_reason_week (
    week_start_on date, school_key text, school_name text, rule_id text, flag_kind text, unit_id text, unit_name text,
    indicator_id text, value numeric, act_threshold numeric, n bigint, status text, is_breached boolean,
    n_breached_of_last_3_weeks int, is_flagged boolean, owner_role text, owner_staff_id text, informed_role text,
    reason_text text, since_on date, data_as_of timestamptz);
create table marts.unit_underserved_week (
    week_start_on date, unit_id text, unit_name text, rule_id text, flag_kind text, indicator_id text, value numeric,
    act_threshold numeric, n bigint, status text, is_breached boolean, is_flagged boolean, owner_role text, owner_staff_id text,
    informed_role text, reason_text text, since_on date, data_as_of timestamptz);
create table marts.underserved_rule_version (
    rule_id text, version_id text, valid_from date, valid_to date, is_in_force boolean, owner_role text, informed_role text,
    days_to_answer int, promise_text text);
create table marts.service_question_week (
    week_start_on date, school_key text, school_name text, unit_id text, unit_name text, case_manager_staff_id text,
    n_opened_four_weeks int, n_expected_four_weeks numeric, n_opened_four_weeks_by_school int,
    n_expected_four_weeks_by_school numeric, is_gone_quiet boolean, is_school_gone_quiet boolean, data_as_of timestamptz);
create table marts.school_service_comparison_week (
    week_start_on date, school_key text, clearest_clock text, window_starts_on date, times_as_long numeric,
    times_as_long_low numeric, times_as_long_high numeric, n_requests int, n_open int, oldest_open_on date,
    n_done_at_pace_elsewhere numeric, flagged_since_on date, n_clear_of_last_looks int, closes_after_looks int,
    any_priority_n_requests int, any_priority_n_done numeric, any_priority_n_done_at_pace_elsewhere numeric,
    any_priority_times_as_long numeric, same_priority_times_as_long numeric, data_as_of timestamptz);
create table marts.school_service_contribution_week (
    week_start_on date, school_key text, unit_id text, unit_name text, request_type text, n_requests int, n_open int,
    oldest_open_on date, observed numeric, expected numeric, difference numeric);
create table marts.school_underserved_week (
    week_start_on date, school_key text, school_name text, network_name text, need_quartile int,
    is_partnership_underserved boolean, is_service_underserved boolean, is_compounded boolean, n_reasons int,
    reasons_text text, n_open_requests bigint, instructional_days_since_contact int, log_coverage numeric, status text,
    data_as_of timestamptz);
create table marts.partnership_school_week (
    week_start_on date, school_key text, school_name text, network_name text, ild_staff_id text, principal_staff_id text,
    n_contacts int, n_substantive_contacts int, il_minutes_20_days int, instructional_days_since_contact int,
    n_windows_met int, n_windows_elapsed int, cadence_share numeric, n_unpaired_days int, n_exposure_days int,
    n_steps_due int, n_steps_reviewed int, log_coverage numeric, status text, data_as_of timestamptz);
create table marts.service_school_unit_week (
    week_start_on date, school_key text, school_name text, unit_id text, unit_name text, n_opened int, n_resolved int,
    n_open int, n_still_waiting_first_response int, first_response_business_minutes_median numeric,
    first_response_business_minutes_p90 numeric, resolution_business_minutes_median numeric,
    resolution_business_minutes_p90 numeric, n_promises_kept int, n_promises_due int, promise_kept_share numeric,
    n_ageing int, n_urgent_overdue int, has_case_manager boolean, n_uncovered_days int, status text, data_as_of timestamptz);
create table marts.record_pattern_month (
    month_start_on date, check_id text, keeper_type text, keeper_id text, check_name text, unit_name text, n_records bigint,
    n_matching bigint, matching_share numeric, n_elsewhere bigint, expected_share numeric, expected_from text, deviations numeric,
    status text, question_text text, data_as_of timestamptz);
create table marts.open_next_step (
    step_key text, school_key text, school_name text, agreed_on date, due_on date, review_before_on date, request_number text);
create table marts.case_manager_school_week (
    week_start_on date, staff_id text, unit_id text, unit_name text, school_key text, school_name text, n_open int,
    n_past_promise int, n_ageing int, oldest_request_number text, oldest_open_working_days int);
create table marts.open_request_week (
    week_start_on date, request_key text, request_number text, school_key text, school_name text, unit_id text, unit_name text,
    priority int, request_type text, opened_on date, open_working_days int, promise_left_business_minutes numeric,
    is_ageing boolean, is_urgent_overdue boolean);
create table marts.recurring_request_week (
    week_start_on date, school_key text, school_name text, unit_id text, unit_name text, request_type text, n_requests int,
    last_opened_on date, n_schools int);
"""


def digest_ddl() -> str:
    """What the page is written from: the model's own SQL as a view, and its published form, empty until a test publishes."""
    model = project_path() / "models" / "marts" / "digest" / "leadership_digest_week.sql"
    query = re.sub(r"\{\{ config\(.*?\) \}\}", "", model.read_text(), flags=re.DOTALL)
    query = re.sub(r"\{\{ ref\('(\w+)'\) \}\}", r"marts.\1", query)
    revision = "revision_no int, is_withdrawn boolean, published_at timestamptz, recorded_at timestamptz"
    return f"""
        create view marts.leadership_digest_week as {query};
        create table marts.leadership_digest_week_published (like marts.leadership_digest_week, {revision});
        create table marts.school_underserved_week_published (like marts.school_underserved_week, {revision});
    """


UNIT_NAMES = {
    "it": "Information Technology",
    "facilities": "Facilities and Maintenance",
    "hr": "Human Resources",
    "food": "Food Services",
}


def reason_row(
    school: str, rule: str = "service_ageing", unit: str | None = "it", *, week: date = WEEK, flagged: bool = True,
    breached: bool | None = None, status: str | None = None, as_of: datetime | None = None, **more: Any,
) -> dict[str, Any]:  # fmt: skip
    is_breached = flagged if breached is None else breached
    kind = rule.partition("_")[0]
    return {
        "week_start_on": week, "school_key": school, "school_name": f"{school.title()} School", "rule_id": rule,
        "flag_kind": kind, "unit_id": unit if kind == "service" else None,
        "unit_name": UNIT_NAMES.get(unit or "") if kind == "service" else None, "indicator_id": "D0", "value": 4,
        "act_threshold": 3, "n": 12, "status": status or ("act" if is_breached else "ok"), "is_breached": is_breached,
        "n_breached_of_last_3_weeks": 2 if flagged else 0, "is_flagged": flagged,
        "owner_role": "unit_chief" if kind == "service" else "ild_supervisor", "owner_staff_id": None,
        "informed_role": "case_manager" if kind == "service" else "ild", "since_on": week - timedelta(days=7),
        "reason_text": f"{rule} at {school}: 4 against a promise of 3, from 12 records.",
        "data_as_of": as_of or as_of_week(week),
    } | more  # fmt: skip


@dataclass
class Marts:
    """Writes weeks into the marts as dbt would."""

    connection: psycopg.Connection[Any]

    def insert(self, table: str, **values: Any) -> None:
        self.copy(table, [values])

    def copy(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        columns = ", ".join(rows[0])
        with self.connection.cursor().copy(f"copy marts.{table} ({columns}) from stdin") as copy:
            for row in rows:
                copy.write_row(list(row.values()))

    def reason(self, school: str, rule: str = "service_ageing", unit: str | None = "it", **more: Any) -> None:
        self.copy("school_underserved_reason_week", [reason_row(school, rule, unit, **more)])

    def next_week(
        self, week: date, flagged: Sequence[str], schools: Sequence[str], rule: str = "service_ageing"
    ) -> None:
        """A whole week of one rule and unit."""
        rows = [reason_row(school, rule, week=week, flagged=school in flagged) for school in schools]
        self.copy("school_underserved_reason_week", rows)

    def correct(self, school: str, week: date, rule: str = "service_ageing", **values: Any) -> None:
        """A row of a past week, written anew by a later build."""
        columns = ", ".join(f"{name} = %({name})s" for name in values)
        self.connection.execute(
            f"update marts.school_underserved_reason_week set {columns}"
            " where school_key = %(school)s and week_start_on = %(week)s and rule_id = %(rule)s",
            values | {"school": school, "week": week, "rule": rule},
        )

    def asked_for(
        self, school: str, n: int, expected: float, unit: str = "it", *, week: date = WEEK, **more: Any
    ) -> None:
        """What a school asked a unit for in four weeks, and what was to be expected."""
        row = {
            "week_start_on": week, "school_key": school, "school_name": f"{school.title()} School", "unit_id": unit,
            "unit_name": UNIT_NAMES[unit], "case_manager_staff_id": "S7", "n_opened_four_weeks": n,
            "n_expected_four_weeks": expected, "n_opened_four_weeks_by_school": n, "n_expected_four_weeks_by_school": expected,
            "is_gone_quiet": expected >= 12 and n < expected / 2, "is_school_gone_quiet": False, "data_as_of": as_of_week(week),
        }  # fmt: skip
        self.insert("service_question_week", **(row | more))

    def clear(self) -> None:
        for table in (
            "school_underserved_reason_week",
            "unit_underserved_week",
            "underserved_rule_version",
            "service_question_week",
            "school_service_comparison_week",
            "school_service_contribution_week",
            "school_underserved_week",
            "partnership_school_week",
            "service_school_unit_week",
            "record_pattern_month",
            "open_next_step",
            "case_manager_school_week",
            "open_request_week",
            "recurring_request_week",
            "leadership_digest_week_published",
            "school_underserved_week_published",
        ):
            self.connection.execute(f"delete from marts.{table}")


def as_of_week(week: date) -> datetime:
    """Friday afternoon of a week, as the source clocks tell it."""
    return datetime(week.year, week.month, week.day, 20, 0, tzinfo=UTC) + timedelta(days=4)


def live_twelve_weeks(marts: Marts) -> Callable[[], None]:
    """Twelve weeks of sixty schools in six networks and four units, flags in the last; calling it adds the week ``WEEK``."""
    for back in range(12, 0, -1):
        _live_week(marts, back)
    return lambda: _live_week(marts, 0)


def _name(i: int) -> str:
    first = ["Maple", "Harbor", "Lincoln", "Prairie", "Cedar", "Union", "Riverside", "Oak", "Summit", "Jefferson"][
        i % 10
    ]
    return f"{first} {['Elementary', 'Middle School', 'High School', 'Academy', 'Primary', 'Prep'][i // 10]}"


def _live_week(marts: Marts, back: int) -> None:
    week = WEEK - timedelta(weeks=back)
    schools = list(enumerate(f"school-{i:02}" for i in range(60)))
    marts.copy("partnership_school_week", [_contact_row(week, school, i, back) for i, school in schools])
    marts.copy("school_underserved_week", [_school_row(week, school, i, back) for i, school in schools])
    units = list(enumerate(UNIT_NAMES))
    marts.copy(
        "service_school_unit_week", [_unit_row(week, s, i, u, unit, back) for i, s in schools for u, unit in units]
    )
    marts.copy("case_manager_school_week", [r for i, s in schools if (r := _case_row(week, s, i))])
    marts.copy("open_request_week", [_request_row(week, s, i, n) for i, s in schools for n in range(1 + i % 4)])
    marts.copy("recurring_request_week", [_recurring_row(week, s, i) for i, s in schools if i % 20 == 13])
    if back == 0:
        marts.copy("open_next_step", [_step_row(s, i, n) for i, s in schools for n in range(i // 6 % 3)])
    if back < 2:
        marts.copy(
            "school_underserved_reason_week", [row for i, s in schools for row in _reason_rows(week, s, i, back)]
        )


def _contact_row(week: date, school: str, i: int, back: int) -> dict[str, Any]:
    days = 28 if i in (4, 17) else (i * 5 + back * 3) % 16 + (i == 9) * 4
    is_unknown = i % 29 == 11
    return {
        "week_start_on": week, "school_key": school, "school_name": _name(i), "network_name": f"Network {i % 6 + 1}",
        "status": "insufficient_data" if is_unknown else "ok", "ild_staff_id": f"S1000{i % 6 + 1}",
        "instructional_days_since_contact": None if is_unknown else days, "data_as_of": as_of_week(week),
    }  # fmt: skip


def _school_row(week: date, school: str, i: int, back: int) -> dict[str, Any]:
    return {
        "week_start_on": week, "school_key": school, "school_name": _name(i), "network_name": f"Network {i % 6 + 1}", "need_quartile": i % 4 + 1,
        "is_partnership_underserved": i in (4, 17), "is_service_underserved": i in (0, 13, 17, 26, 31),
        "is_compounded": i == 17 and back < 2, "status": "ok", "data_as_of": as_of_week(week),
    }  # fmt: skip


def _unit_row(week: date, school: str, i: int, u: int, unit: str, back: int) -> dict[str, Any]:
    n_due = 2 + (i * 7 + back * 3 + u) % 5 if u < 3 else int(i == 0)
    n_missed = int((i + 2 * back + back % 5) % (3 if u == 1 else 8 - back % 4) == 0) * min(n_due, 1 + u)
    return {
        "week_start_on": week, "school_key": school, "school_name": _name(i), "unit_id": unit,
        "unit_name": UNIT_NAMES[unit], "n_promises_kept": n_due - n_missed, "n_promises_due": n_due, "n_open": (i + u) % 4,
        "n_ageing": int(u == 1 and i % 13 == 0), "status": "ok", "data_as_of": as_of_week(week),
    }  # fmt: skip


def _reason_rows(week: date, school: str, i: int, back: int) -> list[dict[str, Any]]:
    def row(rule: str, unit: str | None, flagged: bool, text: str, value: float, limit: float) -> dict[str, Any]:
        more = {"school_name": _name(i), "value": value, "act_threshold": limit, "reason_text": text}
        return reason_row(school, rule, unit, week=week, flagged=flagged, **more)

    contact = "28 instructional days since the last substantive contact; the promise is at most 15."
    ageing = "4 requests to Facilities and Maintenance are open past twice their promised time; the limit is 2."
    kept = "7 of 12 requests to Information Technology were resolved as promised (58 %); the promise is 75 %."
    urgent = "1 urgent request to Information Technology is past its promised time."
    unmanaged = "Human Resources has had no case manager here for 9 working days; at most 5 were promised."
    return [
        row("partnership_contact_gap", None, i in (4, 17), contact, 28, 15),
        row("service_ageing", "facilities", i in (0, 13, 17, 26 + back), ageing, 4, 2),
        row("service_promise_kept", "it", i == 31 and back == 0, kept, 0.58, 0.75),
        row("service_urgent_overdue", "it", i == 45 and back == 0, urgent, 1, 0),
        row("service_no_case_manager", "hr", i >= 20, unmanaged, 9, 5),
    ]


def _case_row(week: date, school: str, i: int) -> dict[str, Any] | None:
    """Every thirteenth and every tenth school is one case manager's at Facilities, one of them another's."""
    if i % 13 and i % 10 != 3:
        return None
    n = 1 + i % 4
    return {
        "week_start_on": week, "staff_id": "S10037" if i == 39 else CASE_MANAGER, "unit_id": "facilities",
        "unit_name": UNIT_NAMES["facilities"], "school_key": school, "school_name": _name(i), "n_open": n, "n_past_promise": n // 2,
        "n_ageing": n // 4, "oldest_request_number": _number(i, n - 1), "oldest_open_working_days": 1 + 4 * (n - 1),
    }  # fmt: skip


def _number(i: int, n: int) -> str:
    return f"{48000 + 10 * i + n}"


def _request_row(week: date, school: str, i: int, n: int) -> dict[str, Any]:
    """The more a school has open, the older it is; its first is urgent at every ninth school, and the food unit's at every second."""
    unit = "food" if i % 2 and not n and i % 10 != 3 else "facilities"
    left = 400 - 500 * n - 7 * i
    return {
        "week_start_on": week, "request_key": f"facilities_desk:{_number(i, n)}", "request_number": _number(i, n), "school_key": school,
        "school_name": _name(i), "unit_id": unit, "unit_name": UNIT_NAMES[unit], "priority": 1 if i % 9 == 0 and not n else 2 + n % 3,
        "request_type": ["heating", "plumbing", "grounds"][(i + n) % 3], "opened_on": week + timedelta(days=4 - n),
        "open_working_days": 1 + 4 * n, "promise_left_business_minutes": left, "is_ageing": n > 2, "is_urgent_overdue": False,
    }  # fmt: skip


def _recurring_row(week: date, school: str, i: int) -> dict[str, Any]:
    return {
        "week_start_on": week, "school_key": school, "school_name": _name(i), "unit_id": "facilities", "unit_name": UNIT_NAMES["facilities"],
        "request_type": "plumbing", "n_requests": 3 + i % 3, "last_opened_on": week + timedelta(days=2), "n_schools": 6,
    }  # fmt: skip


def _step_row(school: str, i: int, n: int) -> dict[str, Any]:
    agreed = WEEK - timedelta(days=20 + 13 * (i % 7) + n)
    return {
        "step_key": f"registers:{i}-{n}", "school_key": school, "school_name": _name(i), "agreed_on": agreed, "due_on": agreed + timedelta(days=14),
        "review_before_on": agreed + timedelta(days=43), "request_number": f"INC00{1000 + i}" if n else None,
    }  # fmt: skip
