"""Three schools, one ILD and a dozen requests, small enough to know every answer by hand.

Friday 2025-11-07, 17:30 in Chicago, is "now". Units, hours, promises and days without school are Lakeside's.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from raw_rows import book_loads, land

ZONE = ZoneInfo("America/Chicago")
NOW = datetime(2025, 11, 7, 23, 30, tzinfo=UTC)
BEGIN = datetime(2025, 8, 1, 5, tzinfo=UTC)
NO_SCHOOL = {date(2025, 9, 1), date(2025, 10, 13)}
NORTH, SOUTH, CLOSED = "sch-north", "sch-south", "sch-closed"


def local(day: date, hour: int, minute: int = 0) -> datetime:
    """A local wall-clock time in Chicago as an instant."""
    return datetime.combine(day, time(hour, minute), ZONE).astimezone(UTC)


def school_days() -> list[date]:
    days = [date(2025, 8, 11) + timedelta(days=n) for n in range((date(2025, 11, 8) - date(2025, 8, 11)).days)]
    return [day for day in days if day.isoweekday() <= 5 and day not in NO_SCHOOL]


def fill(connection: psycopg.Connection[Any]) -> None:
    """Land the whole district."""
    _sis(connection)
    _hr(connection)
    _registers(connection)
    _helpdesk(connection)
    book_loads(connection, NOW)


def _sis(connection: psycopg.Connection[Any]) -> None:
    def school(key: str, name: str, code: str, **more: Any) -> dict[str, Any]:
        counts = {"n_enrolled": 100, "n_low_income": 10, **more}
        return {
            "sourced_id": key, "name": name, "type": "school", "identifier": code, "parent_sourced_id": "net-1", **counts,
        }  # fmt: skip

    land(
        connection,
        "orgs",
        [
            {"sourced_id": "district", "name": "Tiny", "type": "district"},
            {"sourced_id": "net-1", "name": "Network 1", "type": "local", "parent_sourced_id": "district"},
            school(NORTH, "North Elementary School", "0101", n_low_income=90),
            school(SOUTH, "South Elementary School", "0102"),
            school(
                CLOSED, "Old Mill School", "0103",
                status="tobedeleted", date_last_modified=local(date(2025, 10, 1), 12), n_low_income=50,
            ),
        ],
        seen_from=BEGIN,
    )  # fmt: skip
    land(
        connection,
        "academic_sessions",
        [
            {"sourced_id": "year", "title": "2025-26", "type": "schoolYear", "start_on": date(2025, 8, 11), "end_on": date(2026, 6, 13)},
            {"sourced_id": "fall", "title": "Fall", "type": "term", "start_on": date(2025, 8, 11), "end_on": date(2025, 12, 20)},
        ],
        seen_from=BEGIN,
    )  # fmt: skip


def _hr(connection: psycopg.Connection[Any]) -> None:
    def assignment(key: str, staff: str, role: str, org: str, supervisor: str | None = None) -> dict[str, Any]:
        return {
            "assignment_id": key, "staff_id": staff, "role": role, "org_id": org, "fte": 1.0,
            "starts_on": date(2024, 7, 1), "supervisor_staff_id": supervisor, "is_acting": False,
        }  # fmt: skip

    land(
        connection,
        "hr_assignment",
        [
            assignment("a1", "CHIEF", "ild_supervisor", "HQ"),
            assignment("a2", "ILD", "ild", "Network 1", "CHIEF"),
            assignment("a3", "P-NORTH", "principal", "101", "ILD"),  # HR's spreadsheet ate the leading zero
            assignment("a4", "P-SOUTH", "principal", "102"),
            assignment("a5", "P-CLOSED", "principal", "103", "ILD"),
            assignment("a6", "IT-CHIEF", "unit_chief", "it"),
            assignment("a7", "CLERK", "unit_staff", "102"),
        ],
        seen_from=BEGIN,
    )


def _registers(connection: psycopg.Connection[Any]) -> None:
    """The ILD logs six hours a day in the office, and one visit: to North on Monday 6 October."""
    days = [
        {
            "touchpoint_id": f"office-{day}", "staff_id": "ILD", "occurred_at": local(day, 9), "minutes": 360,
            "setting": "office", "focus": "operations",
        }
        for day in school_days()
    ]  # fmt: skip
    visit = {
        "touchpoint_id": "visit", "staff_id": "ILD", "school_id": NORTH, "principal_staff_id": "P-NORTH",
        "occurred_at": local(date(2025, 10, 6), 13), "minutes": 60, "setting": "school", "focus": "instructional_leadership",
    }  # fmt: skip
    others = [
        {**visit, "touchpoint_id": "too short", "minutes": 20, "occurred_at": local(date(2025, 11, 4), 13)},
        {**visit, "touchpoint_id": "cancelled", "occurred_at": local(date(2025, 11, 5), 13), "cancelled_at": NOW},
        {**visit, "touchpoint_id": "not an ILD", "staff_id": "CLERK", "occurred_at": local(date(2025, 11, 6), 13)},
    ]
    land(connection, "touchpoint", [*days, visit, *others], seen_from=NOW)
    land(
        connection,
        "case_manager",
        [
            {
                "assignment_id": "cm1",
                "school_id": NORTH,
                "unit_id": "it",
                "staff_id": "CM",
                "valid_from": date(2025, 10, 1),
            }
        ],
        seen_from=NOW,
    )


def _helpdesk(connection: psycopg.Connection[Any]) -> None:
    land(
        connection,
        "sys_user_group",
        [
            {"sys_id": "g-it", "name": "IT Service Desk", "sys_updated_on": BEGIN},
            {"sys_id": "g-fac", "name": "Facilities Dispatch", "sys_updated_on": BEGIN},
            {"sys_id": "g-odd", "name": "Nobody's Group", "sys_updated_on": BEGIN},
        ],
        seen_from=BEGIN,
    )
    land(
        connection,
        "cmn_location",
        [
            {"sys_id": "l-north", "name": "N. Elem", "school_code": "0101", "sys_updated_on": BEGIN},
            {"sys_id": "l-room", "name": "Room 7", "parent": "l-north", "sys_updated_on": BEGIN},
            {"sys_id": "l-south", "name": "South Elementary School", "sys_updated_on": BEGIN},
            {"sys_id": "l-hq", "name": "Headquarters", "sys_updated_on": BEGIN},
        ],
        seen_from=BEGIN,
    )
    land(
        connection,
        "sys_user",
        [
            {"sys_id": "u-p", "employee_number": "P-NORTH", "sys_updated_on": BEGIN},
            {"sys_id": "u-c", "employee_number": "CLERK", "location": "l-hq", "sys_updated_on": BEGIN},
        ],
        seen_from=BEGIN,
    )
    monday = date(2025, 10, 20)
    for number in range(6):  # two kept; four answered after 14 open hours, past the promise of ten
        is_kept = number < 2
        solved = local(monday, 11) if is_kept else local(date(2025, 10, 22), 9)
        answered = local(monday, 10) if is_kept else local(date(2025, 10, 21), 13)
        request(
            connection, f"slow-{number}", created=local(monday, 9), location="l-room", caller="u-p",
            states=[(solved, 6)], replies=[("S-IT", answered)], resolved_at=solved,
        )  # fmt: skip
    request(
        connection, "urgent", created=local(date(2025, 11, 7), 8), group="g-fac", location="l-south", caller="u-c",
        priority=1, state=2, states=[(local(date(2025, 11, 7), 8, 30), 2)], replies=[("CLERK", local(date(2025, 11, 7), 9))],
    )  # fmt: skip
    request(
        connection, "paused", created=local(date(2025, 11, 3), 9), location="l-hq", caller="u-c", state=3, hold_reason="1",
        states=[(local(date(2025, 11, 3), 10), 3)], replies=[("S-IT", local(date(2025, 11, 3), 10))],
    )  # fmt: skip
    request(
        connection, "nobody", created=local(date(2025, 11, 4), 9), location="l-hq", caller="u-unknown", group="g-odd"
    )
    audit_free = {"created": local(date(2025, 11, 3), 9), "location": "l-south", "caller": "u-c"}
    solved = local(date(2025, 11, 4), 9)
    request(
        connection,
        "unaudited",
        **audit_free,
        state=1,
        is_audited=False,
        seen_to=local(date(2025, 11, 3), 18),
        version=0,
    )
    request(
        connection, "unaudited", **audit_free, state=7, is_audited=False, version=4, resolved_at=solved, closed_at=NOW
    )


def request(
    connection: psycopg.Connection[Any],
    key: str,
    *,
    created: datetime,
    location: str,
    caller: str,
    group: str = "g-it",
    priority: int = 3,
    state: int = 6,
    states: list[tuple[datetime, int]] | None = None,
    replies: list[tuple[str, datetime]] | None = None,
    resolved_at: datetime | None = None,
    closed_at: datetime | None = None,
    hold_reason: str | None = None,
    is_audited: bool = True,
    seen_to: datetime | None = None,
    version: int = 1,
) -> None:
    """Land an incident with the audit rows of its states and of its comments (by user name)."""
    changed = max([created, *(at for at, _ in states or [])])
    land(
        connection,
        "incident",
        [
            {
                "sys_id": key, "number": key, "state": state if states or not is_audited else 1, "priority": priority,
                "caller_id": caller, "opened_at": created, "sys_created_on": created, "sys_updated_on": closed_at or changed,
                "sys_mod_count": version, "assignment_group": group, "location": location, "hold_reason": hold_reason,
                "resolved_at": resolved_at, "closed_at": closed_at,
            }
        ],
        seen_from=created if seen_to else NOW,
        seen_to=seen_to,
    )  # fmt: skip
    audit = {"tablename": "incident", "documentkey": key}
    before = None
    for number, (at, value) in enumerate([(created, 1), *(states or [])] if is_audited else []):
        land(
            connection,
            "sys_audit",
            [
                {
                    **audit, "sys_id": f"{key}-s{number}", "fieldname": "state", "oldvalue": before, "newvalue": str(value),
                    "user": "S-IT", "record_checkpoint": number, "sys_created_on": at,
                }
            ],
            seen_from=NOW,
        )  # fmt: skip
        before = str(value)
    for number, (user, at) in enumerate(replies or []):
        land(
            connection,
            "sys_audit_journal",
            [{**audit, "sys_id": f"{key}-c{number}", "fieldname": "comments", "user": user, "sys_created_on": at}],
            seen_from=NOW,
        )
