"""Chicago Public Schools' public records and a real ServiceNow log as a records folder that replay servers serve.

Reads, and never copies into the repository, the files described in the data folder's own README: 654 schools with their networks, heads
and counts (School Profile SY2018-19), two employee position rosters a year apart, and an incident log of a company moved to 2019
(:mod:`schoolward.sample.chicago_log` says how, and that the link between its callers and these schools is **our own**).

It shows that pulls, history, joins, span of control and clocks work on real data. It cannot show that any school was
really underserved.
"""

import argparse
import csv
import gzip
import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from schoolward.errors import SchoolwardError
from schoolward.sample.chicago_log import NULL, LogReader, LogVersion, SchoolLinkage, audit_rows, read_log, sys_id
from schoolward.sample.generate.calendars import iso_text, utc_text
from schoolward.sample.generate.folder import Version, write_csv, write_json, write_versions

ZONE = ZoneInfo("America/Chicago")
DISTRICT_ID = "cps"
ROSTERS = (date(2018, 6, 30), date(2019, 6, 30))
"""The days of the two employee position rosters; each is delivered that evening."""
SCHOOL_YEAR = (date(2018, 9, 4), date(2019, 6, 19))
"""First day of SY2018-19, and the day behind its last."""
CHECKPOINTS = (
    datetime(2019, 6, 10, 6, 0, tzinfo=ZONE),
    datetime(2019, 7, 1, 6, 0, tzinfo=ZONE),
    datetime(2020, 2, 24, 6, 0, tzinfo=ZONE),
)
"""A Monday in term; the one with the second roster; one behind the log's last event."""

_STARTS_AT = int(datetime(2018, 6, 30, tzinfo=UTC).timestamp())
_LOG = Path("servicenow/incident_event_log.csv.gz")
_PROFILE = Path("chicago/school_profile_SY1819.csv.gz")
_COUNTS = {
    "studentCountTotal": "Student_Count_Total",
    "studentCountLowIncome": "Student_Count_Low_Income",
    "studentCountSpecialEd": "Student_Count_Special_Ed",
    "studentCountEnglishLearners": "Student_Count_English_Learners",
}


def real_data() -> Path | None:
    """The folder of real records: $SCHOOLWARD_REAL_DATA, else ``../shared/data`` beside the repository; None where there is none."""
    given = os.environ.get("SCHOOLWARD_REAL_DATA")
    folder = Path(given) if given else Path(__file__).resolve().parents[4] / "shared" / "data"
    return folder if (folder / _PROFILE).is_file() and (folder / _LOG).is_file() else None


def convert(data: Path, folder: Path) -> None:
    """Write the records folder (see :mod:`schoolward.sample.replay`) and, beside its records, ``chicago_crosswalk.csv``.

    Raises:
        SchoolwardError: when a file of the real records is missing.
    """
    for needed in (_LOG, _PROFILE, *map(_roster, ROSTERS)):
        if not (data / needed).is_file():
            raise SchoolwardError(
                f"{data / needed} is not there; point SCHOOLWARD_REAL_DATA at the folder of real records."
            )
    schools = _read(data / _PROFILE)
    write_versions(folder / "oneroster/orgs.jsonl.gz", _always(_orgs(schools)))
    write_versions(folder / "oneroster/academicSessions.jsonl.gz", _always([_school_year()]))
    write_versions(folder / "oneroster/users.jsonl.gz", _always(_heads(schools)))
    for day in ROSTERS:
        delivered = datetime(day.year, day.month, day.day, 18, 0, tzinfo=ZONE).astimezone(UTC)
        path = folder / "files" / f"{delivered:%Y%m%dT%H%M%SZ}" / "hr" / f"positions_{day:%Y%m%d}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.decompress((data / _roster(day)).read_bytes()))
    _write_helpdesk(data / _LOG, folder / "servicenow", schools)
    write_csv(folder / "chicago_crosswalk.csv", ("school_id", "system", "kind", "alias"), _crosswalk(schools))
    write_json(
        folder / "folder.json",
        {
            "district": "chicago",
            "starts_at": iso_text(_STARTS_AT),
            "ends_at": iso_text(int(CHECKPOINTS[-1].timestamp())),
            "timezone": str(ZONE),
            "checkpoints": [iso_text(int(at.timestamp())) for at in CHECKPOINTS],
        },
    )


def _roster(day: date) -> Path:
    return Path(f"chicago/employee_roster_{day}.csv.gz")


def _read(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _always(records: Iterable[Mapping[str, Any]]) -> list[Version]:
    """Records that were true before anything else happened."""
    return [Version(_STARTS_AT, dict(record)) for record in records]


def _orgs(schools: Sequence[Mapping[str, str]]) -> Iterable[dict[str, Any]]:
    yield _org(DISTRICT_ID, "Chicago Public Schools", "district", None)
    for network in sorted({school["Network"] for school in schools} - {""}):
        yield _org(_network_id(network), network, "local", DISTRICT_ID)
    for school in schools:
        parent = _network_id(school["Network"]) if school["Network"] else DISTRICT_ID
        counts = {ours: int(school[theirs]) for ours, theirs in _COUNTS.items()}
        metadata = {**counts, "primaryCategory": school["Primary_Category"], "financeId": school["Finance_ID"]}
        yield {**_org(school["School_ID"], school["Long_Name"], "school", parent), "metadata": metadata}


def _org(sourced_id: str, name: str, kind: str, parent: str | None) -> dict[str, Any]:
    reference = {} if parent is None else {"parent": {"href": f"orgs/{parent}", "sourcedId": parent, "type": "org"}}
    return {**_entity(sourced_id), "name": name, "type": kind, "identifier": "", **reference}


def _entity(sourced_id: str) -> dict[str, Any]:
    return {"sourcedId": sourced_id, "status": "active", "dateLastModified": iso_text(_STARTS_AT).replace("Z", ".000Z")}


def _network_id(network: str) -> str:
    return f"{DISTRICT_ID}-{network.lower().replace(' ', '-')}"


def _school_year() -> dict[str, Any]:
    first, end = SCHOOL_YEAR
    dates = {"startDate": first.isoformat(), "endDate": end.isoformat(), "schoolYear": str(end.year)}
    return {**_entity("sy2018-19"), "title": "School Year 2018-2019", "type": "schoolYear", **dates}


def _heads(schools: Sequence[Mapping[str, str]]) -> Iterable[dict[str, Any]]:
    """The heads of schools, under the pseudonym that the rosters use too; some lead two schools."""
    led: dict[str, list[str]] = {}
    for school in schools:
        if school["Administrator"]:
            led.setdefault(school["Administrator"], []).append(school["School_ID"])
    for pseudonym, school_ids in led.items():
        orgs = [{"href": f"orgs/{i}", "sourcedId": i, "type": "org"} for i in school_ids]
        kinds = ("primary", *("secondary" for _ in orgs[1:]))
        yield {
            **_entity(f"staff-{pseudonym}"),
            "enabledUser": "true",
            "givenName": "",
            "familyName": "",
            "identifier": pseudonym,
            "roles": [
                {"roleType": kind, "role": "principal", "org": org} for kind, org in zip(kinds, orgs, strict=True)
            ],
            "primaryOrg": orgs[0],
        }


def _crosswalk(schools: Sequence[Mapping[str, str]]) -> Iterable[tuple[str, str, str, str]]:
    """The roster's department of each school; ``0`` stands for none, and one that two schools share identifies neither."""
    shared = {code for code, n in Counter(school["Finance_ID"] for school in schools).items() if n > 1}
    for school in schools:
        if school["Finance_ID"] not in shared | {"", "0"}:
            yield school["School_ID"], "csv_drop", "hr_code", school["Finance_ID"]


def _write_helpdesk(log: Path, folder: Path, schools: Sequence[Mapping[str, str]]) -> None:
    linkage = SchoolLinkage([s["School_ID"] for s in schools], [int(s["Student_Count_Total"]) for s in schools])
    reader = LogReader(ZONE, linkage)
    incidents: list[Version] = []
    audit: list[Version] = []
    users: dict[str, str] = {}
    groups: set[str] = set()
    for rows in read_log(log):
        versions: list[LogVersion] = reader.versions(rows)
        incidents += [Version(version.at, version.record) for version in versions]
        audit += [Version(at, record) for at, record in audit_rows(versions)]
        for _, row in rows:
            groups.add(row["assignment_group"])
            for column in ("caller_id", "opened_by", "assigned_to", "resolved_by"):
                users[row[column]] = reader.location_of(row[column]) if column == "caller_id" else ""
    write_versions(folder / "incident.jsonl.gz", incidents)
    write_versions(folder / "sys_audit.jsonl.gz", audit)
    write_versions(
        folder / "sys_user.jsonl.gz", _always(_user(label, at) for label, at in users.items() if label != NULL)
    )
    write_versions(folder / "sys_user_group.jsonl.gz", _always(_group(label) for label in sorted(groups - {NULL})))
    write_versions(folder / "cmn_location.jsonl.gz", _always(_location(school) for school in schools))


def _stamped(kind: str, label: str) -> dict[str, str]:
    return {"sys_id": sys_id(kind, label), "sys_updated_on": utc_text(_STARTS_AT), "sys_mod_count": "0"}


def _user(label: str, location: str) -> dict[str, str]:
    blank = {"employee_number": "", "email": "", "department": ""}
    return {**_stamped("user", label), **blank, "location": location, "active": "true"}


def _group(label: str) -> dict[str, str]:
    return {**_stamped("group", label), "name": label, "active": "true", "manager": ""}


def _location(school: Mapping[str, str]) -> dict[str, str]:
    names = {"name": school["Short_Name"], "parent": "", "u_school_code": school["School_ID"]}
    return {**_stamped("location", school["School_ID"]), **names}


def main(argv: Sequence[str] | None = None) -> int:
    """``python -m schoolward.sample.chicago --folder F [--data D]``; 2 with one sentence when it cannot."""
    parser = argparse.ArgumentParser(
        prog="python -m schoolward.sample.chicago", description="Write Chicago's records folder."
    )
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument(
        "--data", type=Path, default=None, help="the real records (default: found beside the repository)"
    )
    arguments = parser.parse_args(argv)
    data = arguments.data or real_data()
    try:
        if data is None:
            raise SchoolwardError("There are no real records here; point SCHOOLWARD_REAL_DATA at their folder.")
        convert(data, arguments.folder)
    except SchoolwardError as e:
        print(e, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
