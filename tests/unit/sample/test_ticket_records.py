"""The second help desk's records are what a Zendesk account could have written."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from typing import Any

from tests.unit.sample.lakeside_records import CHICAGO, Folder, Rulebook, utc

LEGAL_MOVES = {
    ("new", "open"), ("open", "pending"), ("pending", "open"), ("open", "hold"), ("hold", "open"), ("open", "solved"), ("solved", "open"),
    ("solved", "closed"), ("new", "deleted"), ("new", "closed"),
}  # fmt: skip
AUDITED = ("status", "group_id", "assignee_id", "priority", "organization_id", "requester_id", "type")


def test_only_facilities_keep_their_requests_here(lakeside: Folder, rulebook: Rulebook) -> None:
    here = {rulebook.unit_of_group[g["name"]] for g in lakeside.current("zendesk/groups", "id").values()}
    there = {
        rulebook.unit_of_group[g["name"]] for g in lakeside.current("servicenow/sys_user_group", "sys_id").values()
    }
    assert here == {"facilities"}
    assert there == rulebook.units.keys() - here


def test_statuses_move_only_as_zendesk_lets_them(lakeside: Folder) -> None:
    seen = set()
    for versions in lakeside.ticket_versions.values():
        statuses = [v["status"] for v in versions]
        assert statuses[0] == "new"
        seen |= {move for move in pairwise(statuses) if move[0] != move[1]}
    assert seen == LEGAL_MOVES


def test_each_save_moves_the_generated_timestamp_on(lakeside: Folder) -> None:
    for versions in lakeside.ticket_versions.values():
        stamps = [v["generated_timestamp"] for v in versions]
        assert stamps == sorted(set(stamps))


def test_the_audits_retell_every_version(lakeside: Folder) -> None:
    for key, versions in lakeside.ticket_versions.items():
        told: dict[str, Any] = dict.fromkeys(AUDITED)
        audits = {a["created_at"]: a for a in lakeside.ticket_audits[key] if "merged_ticket_ids" not in a}
        for version in versions:
            audit = audits.pop(version["updated_at"], None)
            for child in audit["child_events"] if audit else ():
                for name in AUDITED:
                    if name in child:
                        assert child.get("previous_value") == told[name] or child["event_type"] == "Create"
                        told[name] = child[name]
            shown = {name: version.get(name) for name in AUDITED}
            assert told == shown or version["status"] == "deleted" == told["status"]
        assert audits == {}


def test_deleted_tickets_are_scrubbed_and_merged_ones_are_named_by_another(lakeside: Folder) -> None:
    last = {key: versions[-1] for key, versions in lakeside.ticket_versions.items()}
    deleted = [v for v in last.values() if v["status"] == "deleted"]
    merged = {key for key, v in last.items() if "closed_by_merge" in v["tags"]}
    named = {
        (key, other)
        for key, audits in lakeside.ticket_audits.items()
        for a in audits
        for other in a.get("merged_ticket_ids", ())
    }
    assert 20 < len(deleted) < 100
    assert all(v["subject"] == "SCRUBBED" and not v["custom_fields"] for v in deleted)
    assert 20 < len(merged) < 120
    assert {other for _, other in named} == merged
    assert all(last[key]["status"] != "deleted" and key < other for key, other in named)


def test_tickets_wait_for_requesters_and_for_parts_and_are_reopened(lakeside: Folder) -> None:
    seen: Counter[str] = Counter()
    for versions in lakeside.ticket_versions.values():
        statuses = [v["status"] for v in versions]
        seen.update({"pending", "hold"} & set(statuses))
        seen["reopened"] += ("solved", "open") in pairwise(statuses)
    n = len(lakeside.ticket_versions)
    assert 0.1 < seen["pending"] / n < 0.2
    assert 0.02 < seen["hold"] / n < 0.12
    assert 0.01 < seen["reopened"] / n < 0.05


def test_every_reference_of_a_ticket_leads_somewhere(lakeside: Folder) -> None:
    users = lakeside.current("zendesk/users", "id")
    groups = lakeside.current("zendesk/groups", "id")
    organizations = lakeside.current("zendesk/organizations", "id")
    assert {u["organization_id"] for u in users.values()} - {None} <= organizations.keys()
    for versions in lakeside.ticket_versions.values():
        for version in versions:
            assert version["requester_id"] in users
            assert version["group_id"] in groups
            assert version["organization_id"] in {None, *organizations}
            assert version.get("assignee_id") in {None, *users}
            assert set(version.get("follower_ids", ())) <= users.keys()


def test_metric_events_end_where_the_ticket_does(lakeside: Folder) -> None:
    """A first reply is fulfilled by the first public comment of somebody else; the wait by the last solution."""
    fulfilled: dict[tuple[int, str], list[Any]] = {}
    for line in lakeside.lines("zendesk/ticket_metric_events"):
        event = line["record"]
        if event["type"] == "fulfill":
            fulfilled.setdefault((event["ticket_id"], event["metric"]), []).append(event["time"])
    for key, versions in lakeside.ticket_versions.items():
        requester = versions[0]["requester_id"]
        replies = [
            a["created_at"]
            for a in lakeside.ticket_audits[key]
            for child in a["child_events"]
            if child["event_type"] == "Comment" and child["public"] and child["author_id"] != requester
        ]
        assert fulfilled.get((key, "reply_time"), []) == replies[:1]
        if versions[-1]["status"] in ("solved", "closed"):
            ends = [
                b["updated_at"]
                for a, b in pairwise(versions)
                if b["status"] in ("solved", "closed") and a["status"] not in ("solved", "closed")
            ]
            assert fulfilled[key, "requester_wait_time"] == ends


def test_the_schedule_and_its_holidays_are_the_units_hours(lakeside: Folder, rulebook: Rulebook) -> None:
    [schedule] = lakeside.current("zendesk/schedules", "id").values()
    hours = rulebook.units["facilities"]
    assert [i["start_time"] % 1440 for i in schedule["intervals"]] == [hours.opens.hour * 60] * 5
    assert [i["end_time"] % 1440 for i in schedule["intervals"]] == [hours.closes.hour * 60] * 5
    assert [i["start_time"] // 1440 for i in schedule["intervals"]] == [1, 2, 3, 4, 5]
    closed = set()
    for holiday in lakeside.current("zendesk/holidays", "id").values():
        day, last = utc(holiday["start_date"]).date(), utc(holiday["end_date"]).date()
        closed |= {day + timedelta(days=n) for n in range((last - day).days + 1)}
    in_year = {d for d in hours.closed if "2025-08-01" <= d.isoformat() < "2026-06-13"}
    assert closed == in_year


def test_the_tickets_of_no_school_are_those_the_truth_names(lakeside: Folder) -> None:
    """Neither the form nor the requester's organization tells, and the requester works at no school."""
    organizations = lakeside.current("zendesk/organizations", "id")
    aliases = {
        row["alias"] for row in lakeside.rows(lakeside.path / "lakeside_crosswalk.csv") if row["system"] == "zendesk"
    }
    telling = {key for key, o in organizations.items() if o["external_id"] or o["name"] in aliases}
    at_school = {
        row["Employee"]
        for _, path in lakeside.delivered("hr/positions")
        for row in lakeside.rows(path, "cp1252")
        if row["Employee"] and row["Dept"].startswith("D4")
    }
    users = lakeside.current("zendesk/users", "id")
    untold = []
    for key, versions in lakeside.ticket_versions.items():
        last = next((v for v in reversed(versions) if v["status"] != "deleted"), versions[-1])
        code = {f["id"]: f["value"] for f in last["custom_fields"]}[360003]
        if (
            not code
            and last["organization_id"] not in telling
            and users[last["requester_id"]]["external_id"] not in at_school
        ):
            untold.append(str(key))
    assert sorted(untold) == sorted(lakeside.truth["unattributable_requests"]["facilities_desk"])
    assert len(untold) >= 20


def test_tickets_are_made_in_the_daylight_of_chicago(lakeside: Folder) -> None:
    opened = [utc(versions[0]["created_at"]).astimezone(CHICAGO) for versions in lakeside.ticket_versions.values()]
    assert 0.9 < sum(6 <= at.hour < 17 for at in opened) / len(opened) < 0.99
    assert {at.utcoffset() for at in opened} == {timedelta(hours=-5), timedelta(hours=-6)}
