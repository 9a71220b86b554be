"""The helpdesk's records are what a ServiceNow instance could have written."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from tests.unit.sample.lakeside_records import CHICAGO, Folder, Rulebook, utc

LEGAL_MOVES = {
    ("1", "2"),
    ("1", "8"),
    ("2", "3"),
    ("3", "2"),
    ("2", "6"),
    ("6", "2"),
    ("6", "7"),
}
"""From state to state: new, in progress, on hold, resolved, closed, cancelled."""
AUDITED = ("state", "assignment_group", "assigned_to", "priority", "hold_reason", "reopen_count", "location", "active")
AT_FIRST = {"assigned_to": "", "hold_reason": "", "reopen_count": "0", "location": "", "active": "true"}


def test_there_are_twenty_thousand_requests_of_at_least_sixty_schools(lakeside: Folder) -> None:
    assert len(lakeside.incident_versions) + len(lakeside.ticket_versions) >= 20_000
    assert len(lakeside.ticket_versions) == lakeside.summary.n_tickets
    assert len(lakeside.truth["schools"]) >= 60


def test_priorities_follow_their_mix(lakeside: Folder) -> None:
    counts = Counter(versions[-1]["priority"] for versions in lakeside.incident_versions.values())
    shares = {priority: n / counts.total() for priority, n in counts.items()}
    assert shares == pytest.approx({"1": 0.02, "2": 0.13, "3": 0.53, "4": 0.31}, abs=0.025)


def test_each_save_counts_up_by_one_and_moves_time_on(lakeside: Folder) -> None:
    for versions in lakeside.incident_versions.values():
        assert [int(v["sys_mod_count"]) for v in versions] == list(range(len(versions)))
        stamps = [v["sys_updated_on"] for v in versions]
        assert stamps == sorted(set(stamps))
        assert len({v["opened_at"] for v in versions}) == 1


def test_states_move_only_as_the_helpdesk_lets_them(lakeside: Folder) -> None:
    seen = set()
    for versions in lakeside.incident_versions.values():
        states = [v["state"] for v in versions]
        assert states[0] == "1"
        seen |= {move for move in pairwise(states) if move[0] != move[1]}
    assert seen == LEGAL_MOVES


def test_a_record_says_resolved_and_closed_only_while_it_is(lakeside: Folder) -> None:
    for versions in lakeside.incident_versions.values():
        for version in versions:
            assert bool(version["resolved_at"]) == (version["state"] in ("6", "7"))
            assert bool(version["closed_at"]) == (version["state"] in ("7", "8")) == (version["active"] == "false")
            assert bool(version["hold_reason"]) == (version["state"] == "3")


def test_the_audit_retells_every_version(lakeside: Folder) -> None:
    for key, versions in lakeside.incident_versions.items():
        told = dict(AT_FIRST)
        rows = iter(lakeside.audits[key])
        row = next(rows, None)
        for version in versions:
            while row is not None and row["record_checkpoint"] == version["sys_mod_count"]:
                assert row["sys_created_on"] == version["sys_updated_on"]
                if row["fieldname"] in AUDITED:
                    if version["sys_mod_count"] != "0":
                        assert row["oldvalue"] == told[row["fieldname"]]
                    told[row["fieldname"]] = row["newvalue"]
                row = next(rows, None)
            assert told == {name: version[name] for name in AUDITED}
        assert row is None


def test_the_audit_holds_no_text_of_replies_and_notes(lakeside: Folder) -> None:
    journal = [r for rows in lakeside.audits.values() for r in rows if r["fieldname"] in ("comments", "work_notes")]
    assert len(journal) > 30_000
    assert {(r["oldvalue"], r["newvalue"]) for r in journal} == {("", "")}


def test_requests_are_reopened_handed_on_held_and_withdrawn(lakeside: Folder) -> None:
    last = [versions[-1] for versions in lakeside.incident_versions.values()]
    n = len(last)
    assert 0.02 < sum(v["reopen_count"] != "0" for v in last) / n < 0.05
    assert 0.01 < sum(v["state"] == "8" for v in last) / n < 0.03
    assert {v["reassignment_count"] for v in last} == {"0", "1", "2"}
    held = sum(any(v["state"] == "3" for v in versions) for versions in lakeside.incident_versions.values())
    assert 0.1 < held / n < 0.2


def test_every_reference_leads_somewhere_and_only_the_deliberate_ones_are_empty(lakeside: Folder) -> None:
    users = lakeside.current("servicenow/sys_user", "sys_id")
    groups = lakeside.current("servicenow/sys_user_group", "sys_id")
    places = lakeside.current("servicenow/cmn_location", "sys_id")
    assert {g["manager"] for g in groups.values()} <= users.keys()
    assert {u["location"] for u in users.values()} - {""} <= places.keys()
    assert [u["user_name"] for u in users.values() if not u["employee_number"]] == ["guest"]
    for versions in lakeside.incident_versions.values():
        for version in versions:
            assert version["caller_id"] in users
            assert version["assignment_group"] in groups
            assert not version["assigned_to"] or version["assigned_to"] in users
            assert not version["location"] or version["location"] in places


def test_the_requests_of_no_school_are_those_the_truth_names(lakeside: Folder) -> None:
    """Central staff for themselves, and a guest from nowhere; a place without code and alias tells as little as none."""
    users = lakeside.current("servicenow/sys_user", "sys_id")
    places = lakeside.current("servicenow/cmn_location", "sys_id")
    aliases = {
        row["alias"] for row in lakeside.rows(lakeside.path / "lakeside_crosswalk.csv") if row["kind"] == "location"
    }
    telling = {key for key, place in places.items() if place["u_school_code"] or place["name"] in aliases}
    at_school = {
        row["Employee"]
        for _, path in lakeside.delivered("hr/positions")
        for row in lakeside.rows(path, "cp1252")
        if row["Employee"] and row["Dept"].startswith("D4")
    }
    untold = [
        key
        for key, versions in lakeside.incident_versions.items()
        if versions[-1]["location"] not in telling
        and users[versions[-1]["caller_id"]]["employee_number"] not in at_school
    ]
    assert sorted(untold) == sorted(lakeside.truth["unattributable_requests"]["helpdesk"])
    assert len(untold) >= 200


def test_helpdesk_names_and_codes_of_schools_differ_from_the_sis(lakeside: Folder) -> None:
    names = {o["name"] for o in lakeside.current("oneroster/orgs", "sourcedId").values() if o["type"] == "school"}
    places = [p for p in lakeside.current("servicenow/cmn_location", "sys_id").values() if p["parent"]]
    schools = [p for p in places if p["name"] != "Central Office"]
    assert len(schools) == 64
    assert sum(p["name"] in names for p in schools) <= 3
    assert sum(not p["u_school_code"] for p in schools) == 6
    assert [name for name, n in Counter(p["name"] for p in schools).items() if n > 1] == ["Oak Grove El."]


def test_promises_of_a_request_are_broken_in_task_sla_when_they_are_by_the_clock(
    lakeside: Folder, rulebook: Rulebook
) -> None:
    slas = lakeside.current("servicenow/task_sla", "sys_id")
    assert len(slas) == 2 * len(lakeside.incident_versions)
    assert {s["task"] for s in slas.values()} == lakeside.incident_versions.keys()
    now = lakeside.checkpoints[-1] + timedelta(hours=5)
    for sla in slas.values():
        if sla["stage"] in ("completed", "in_progress"):
            ended = utc(sla["end_time"]) if sla["end_time"] else now
            assert (sla["has_breached"] == "true") == (utc(sla["planned_end_time"]) < ended)
        assert (sla["active"] == "true") == (sla["end_time"] == "")


def test_requests_are_made_in_the_daylight_of_chicago_in_summer_and_winter_time(lakeside: Folder) -> None:
    opened = [utc(versions[0]["opened_at"]).astimezone(CHICAGO) for versions in lakeside.incident_versions.values()]
    for month in (10, 12, 3, 4):
        hours = [at.hour for at in opened if at.month == month]
        assert min(hours) >= 6
        assert 0.9 < sum(6 <= hour < 17 for hour in hours) / len(hours) < 0.99
    offsets = {at.utcoffset() for at in opened}
    assert offsets == {timedelta(hours=-5), timedelta(hours=-6)}


def test_versions_stand_in_the_order_of_time_within_the_year(lakeside: Folder) -> None:
    frame = lakeside.json("folder.json")
    for name in ("incident", "sys_audit", "task_sla", "sys_user", "sys_user_group", "cmn_location"):
        instants = [line["at"] for line in lakeside.lines(f"servicenow/{name}")]
        assert instants == sorted(instants)
        assert frame["starts_at"] <= instants[0]
        assert instants[-1] <= frame["ends_at"]


def test_checkpoints_are_friday_evenings_from_the_thirteenth_of_march_to_june(lakeside: Folder) -> None:
    local = [at.astimezone(CHICAGO) for at in lakeside.checkpoints]
    assert {(at.isoweekday(), at.hour, at.minute) for at in local} == {(5, 18, 30)}
    assert (str(local[0].date()), str(local[-1].date()), len(local)) == ("2026-03-13", "2026-06-12", 14)
    assert lakeside.checkpoints[0] == datetime(2026, 3, 13, 23, 30, tzinfo=UTC)
