"""The converter of Chicago's records and the ServiceNow log, on a handful of made-up rows of the same shape."""

import csv
import gzip
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from schoolward.errors import SchoolwardError
from schoolward.sample import chicago
from schoolward.sample.chicago_log import LogReader, LogVersion, SchoolLinkage, audit_rows

ROW = {
    "number": "INC1",
    "incident_state": "New",
    "active": "true",
    "reassignment_count": "0",
    "reopen_count": "0",
    "sys_mod_count": "0",
    "made_sla": "true",
    "caller_id": "Caller 1",
    "opened_by": "Opened by  8",
    "opened_at": "29/2/2016 01:16",
    "sys_created_at": "?",
    "sys_updated_by": "Updated by 21",
    "sys_updated_at": "29/2/2016 01:23",
    "contact_type": "Phone",
    "category": "Category 55",
    "subcategory": "?",
    "impact": "2 - Medium",
    "urgency": "2 - Medium",
    "priority": "3 - Moderate",
    "assignment_group": "?",
    "assigned_to": "?",
    "closed_code": "code 5",
    "resolved_by": "Resolved by 149",
    "resolved_at": "29/2/2016 11:29",
    "closed_at": "5/3/2016 12:00",
}
LINKAGE = SchoolLinkage(["s0", "s1", "s2"], [0, 100, 300])


def versions(*changes: Mapping[str, str]) -> list[LogVersion]:
    reader = LogReader(ZoneInfo("America/Chicago"), LINKAGE)
    return reader.versions(list(enumerate({**ROW, **change} for change in changes)))


def test_stamps_are_local_time_156_weeks_later() -> None:
    [version] = versions({})
    assert version.record["opened_at"] == "2019-02-25 07:16:00"
    assert version.record["sys_updated_on"] == "2019-02-25 07:23:00"
    assert version.record["sys_created_on"] == ""


def test_an_end_is_shown_only_once_it_has_come() -> None:
    new, resolved, closed = versions(
        {},
        {"incident_state": "Resolved", "sys_updated_at": "29/2/2016 11:29", "sys_mod_count": "1"},
        {"incident_state": "Closed", "sys_updated_at": "5/3/2016 12:00", "sys_mod_count": "2"},
    )
    ends = ("state", "resolved_at", "closed_at", "close_code")
    assert [new.record[f] for f in ends] == ["1", "", "", ""]
    assert [resolved.record[f] for f in ends] == ["6", "2019-02-25 17:29:00", "", "code 5"]
    assert [closed.record[f] for f in ends] == ["7", "2019-02-25 17:29:00", "2019-03-02 18:00:00", "code 5"]


def test_a_resolution_that_was_undone_shows_its_own_time_not_that_of_the_last_one() -> None:
    early, still, _reopened, late = versions(
        {"incident_state": "Resolved", "sys_updated_at": "29/2/2016 09:00"},
        {"incident_state": "Resolved", "sys_updated_at": "29/2/2016 09:30"},
        {"incident_state": "Active", "sys_updated_at": "29/2/2016 10:00"},
        {"incident_state": "Resolved", "sys_updated_at": "29/2/2016 11:29"},
    )
    assert early.record["resolved_at"] == still.record["resolved_at"] == "2019-02-25 15:00:00"
    assert late.record["resolved_at"] == "2019-02-25 17:29:00"


def test_rows_are_put_in_the_order_of_their_stamps() -> None:
    first, second = versions({"sys_updated_at": "1/3/2016 11:10"}, {"sys_updated_at": "1/3/2016 09:52"})
    assert (first.line, second.line) == (1, 0)


def test_no_version_comes_before_the_one_in_front_of_it_when_the_clocks_go_forward() -> None:
    first, second = versions({"sys_updated_at": "13/3/2016 02:38"}, {"sys_updated_at": "13/3/2016 03:10"})
    assert first.at == second.at
    assert first.record["sys_updated_on"] == "2019-03-10 08:38:00"


def test_waiting_states_become_a_hold_with_its_reason_and_unknown_ones_are_passed_on() -> None:
    waiting, odd = versions({"incident_state": "Awaiting User Info"}, {"incident_state": "-100"})
    assert (waiting.record["state"], waiting.record["hold_reason"]) == ("3", "1")
    assert (odd.record["state"], odd.record["hold_reason"]) == ("-100", "")


def test_every_version_is_in_the_audit_feed_also_one_that_changed_nothing_audited() -> None:
    rows = [
        record
        for _, record in audit_rows(
            versions(
                {"assignment_group": "Group 2"},
                {
                    "sys_mod_count": "1",
                    "sys_updated_at": "29/2/2016 02:00",
                    "made_sla": "false",
                    "assignment_group": "Group 2",
                },
                {"sys_mod_count": "2", "sys_updated_at": "29/2/2016 03:00", "incident_state": "Active"},
            )
        )
    ]
    told = [(r["record_checkpoint"], r["fieldname"], bool(r["oldvalue"]), bool(r["newvalue"])) for r in rows]
    assert told == [
        ("0", "state", False, True),
        ("0", "assignment_group", False, True),
        ("0", "priority", False, True),
        ("1", "work_notes", False, False),
        ("2", "state", True, True),
        ("2", "assignment_group", True, False),
    ]
    assert len({r["sys_id"] for r in rows}) == len(rows)


def test_callers_are_linked_to_schools_by_enrolment_always_the_same_and_unknown_ones_to_none() -> None:
    drawn = Counter(LINKAGE.school_of(f"Caller {n}") for n in range(4_000))
    assert drawn["s0"] == 0
    assert 2.7 < drawn["s2"] / drawn["s1"] < 3.3
    assert LINKAGE.school_of("Caller 7") == SchoolLinkage(["s0", "s1", "s2"], [0, 100, 300]).school_of("Caller 7")
    assert LINKAGE.school_of("") == ""
    [unknown] = versions({"caller_id": "?"})
    assert (unknown.record["caller_id"], unknown.record["location"]) == ("", "")


def school(number: str, network: str, finance_id: str, head: str) -> dict[str, str]:
    counts = dict.fromkeys(("Total", "Low_Income", "Special_Ed", "English_Learners"), "10")
    names = {"School_ID": number, "Long_Name": f"School {number}", "Short_Name": f"S{number}", "Primary_Category": "ES"}
    return {**names, "Network": network, "Finance_ID": finance_id, "Administrator": head} | {
        f"Student_Count_{what}": n for what, n in counts.items()
    }


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    schools = [school("1", "Network 1", "100", "Pa"), school("2", "Network 1", "200", "Pa"), school("3", "", "200", "")]
    _write(folder / "chicago/school_profile_SY1819.csv.gz", schools)
    _write(folder / "servicenow/incident_event_log.csv.gz", [ROW])
    for day in chicago.ROSTERS:
        _write(folder / f"chicago/employee_roster_{day}.csv.gz", [{"Pos #": "1", "Name": "Pa"}])
    return folder


def _write(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def records(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt") as file:
        return [json.loads(line)["record"] for line in file]


def test_schools_stand_under_their_network_and_heads_lead_all_their_schools(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "records"
    chicago.convert(data, folder)
    orgs = {org["sourcedId"]: org for org in records(folder / "oneroster/orgs.jsonl.gz")}
    assert {key: org.get("parent", {}).get("sourcedId") for key, org in orgs.items()} == {
        "cps": None,
        "cps-network-1": "cps",
        "1": "cps-network-1",
        "2": "cps-network-1",
        "3": "cps",
    }
    assert orgs["1"]["metadata"]["studentCountTotal"] == 10
    [head] = records(folder / "oneroster/users.jsonl.gz")
    assert [role["org"]["sourcedId"] for role in head["roles"]] == ["1", "2"]
    assert head["identifier"] == "Pa"


def test_a_department_that_two_schools_share_identifies_neither(data: Path, tmp_path: Path) -> None:
    chicago.convert(data, tmp_path / "records")
    crosswalk = (tmp_path / "records/chicago_crosswalk.csv").read_text().split()
    assert crosswalk == ["school_id,system,kind,alias", "1,csv_drop,hr_code,100"]


def test_rosters_are_delivered_as_they_are_on_the_evening_of_their_day(data: Path, tmp_path: Path) -> None:
    chicago.convert(data, tmp_path / "records")
    files = sorted(
        p.relative_to(tmp_path / "records/files").as_posix() for p in (tmp_path / "records/files").rglob("*.csv")
    )
    assert files == ["20180630T230000Z/hr/positions_20180630.csv", "20190630T230000Z/hr/positions_20190630.csv"]
    assert (tmp_path / "records/files" / files[0]).read_bytes() == b"Pos #,Name\r\n1,Pa\r\n"


def test_the_same_data_make_the_same_folder_byte_for_byte(data: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        chicago.convert(data, tmp_path / name)
    made = [
        {p.relative_to(tmp_path / n): p.read_bytes() for p in (tmp_path / n).rglob("*") if p.is_file()}
        for n in ("a", "b")
    ]
    assert made[0] == made[1]


def test_missing_records_are_told_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SchoolwardError, match="point SCHOOLWARD_REAL_DATA"):
        chicago.convert(tmp_path, tmp_path / "records")
    assert chicago.main(["--folder", str(tmp_path / "records"), "--data", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
