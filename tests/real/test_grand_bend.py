"""Grand Bend, the Ed-Fi Alliance's sample district, through the Ed-Fi source and the models; every number is counted again from the XML.

The interchange files lie outside the repository; where they are absent every test here is skipped, saying so.
"""

import gzip
import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import psycopg
import pytest

from schoolward.dbt_adapter import build
from schoolward.district import District, load_district
from schoolward.ingest.run import ingest_stream
from schoolward.sample import grand_bend
from schoolward.sample.replay.client import start
from schoolward.sources.base import open_source

CREDENTIALS = {"REPLAY_CLIENT_ID": "schoolward", "REPLAY_CLIENT_SECRET": "not-a-secret"}
NOW = datetime(2022, 5, 24, 12, tzinfo=UTC)
"""A Tuesday of the last week of school, in the morning."""
ABSENCES = {"Excused Absence", "Unexcused Absence"}
ASKED = "+school_need_snapshot +school_attendance_day +school_day +school_calendar_day +dim_staff"
Element = ElementTree.Element


@pytest.fixture(scope="module")
def real_data() -> Path:
    folder = grand_bend.real_data()
    if folder is None:
        pytest.skip("Grand Bend is not here: ../shared/data is absent and SCHOOLWARD_REAL_DATA does not point at it.")
    return folder


class Files:
    """The interchange files, read without the converter: elements by kind, texts by the name of their element."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "edfi_grand_bend"

    def all(self, file: str, kind: str) -> list[Element]:
        with gzip.open(self._folder / f"{file}.xml.gz") as opened:
            root = ElementTree.parse(opened).getroot()  # noqa: S314 - the Alliance's own file
        return [element for element in root if element.tag.endswith(f"}}{kind}")]

    def rows(self, file: str, kind: str) -> list[dict[str, str]]:
        """Each element's texts, the first of a name."""
        found = []
        for element in self.all(file, kind):
            texts: dict[str, str] = {}
            for part in element.iter():
                texts.setdefault(part.tag.rpartition("}")[2], (part.text or "").strip())
            found.append(texts)
        return found

    def students(self, kind: str) -> set[str]:
        return {row["StudentUniqueId"] for row in self.rows("StudentProgram", kind)}


@pytest.fixture(scope="module")
def files(real_data: Path) -> Files:
    return Files(real_data)


@pytest.fixture(scope="module")
def events(files: Files) -> list[dict[str, str]]:
    return files.rows("StudentSchoolAttendance", "StudentSchoolAttendanceEvent")


class Warehouse:
    """A warehouse with Grand Bend landed and its models built."""

    def __init__(self, url: str) -> None:
        self._url = url

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self._url) as connection:
            return connection.execute(query.encode()).fetchall()


@pytest.fixture(scope="module")
def grand_bend_warehouse(
    real_data: Path,
    fresh_warehouse: Callable[[District], AbstractContextManager[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Warehouse]:
    folder = tmp_path_factory.mktemp("grand_bend")
    grand_bend.convert(real_data, folder)
    shutil.copy(Path(grand_bend.__file__).with_suffix(".toml"), folder / "district.toml")
    district = load_district(folder / "district.toml")
    with (
        fresh_warehouse(district) as url,
        start("edfi", folder, NOW, CREDENTIALS) as server,
        pytest.MonkeyPatch.context() as patch,
    ):
        fields = {
            "conn_type": "http", "schema": "http", "host": "127.0.0.1", "port": server.port,
            "login": CREDENTIALS["REPLAY_CLIENT_ID"], "password": CREDENTIALS["REPLAY_CLIENT_SECRET"],
        }  # fmt: skip
        patch.setenv("AIRFLOW_CONN_SIS", json.dumps(fields))
        with closing(open_source(district, "sis")) as source:
            streams = [stream.name for stream in source.streams()]
        for stream in streams:
            ingest_stream(district, "sis", stream)
        patch.setenv("DBT_INDIRECT_SELECTION", "cautious")  # tests of what is built, not of what else reads it
        build(ASKED)
        yield Warehouse(url)


def code(descriptor: str) -> str:
    return descriptor.rpartition("#")[2]


def test_schools_staff_and_assignments_are_all_there(grand_bend_warehouse: Warehouse, files: Files) -> None:
    schools = {row["SchoolId"]: row["NameOfInstitution"] for row in files.rows("EducationOrganization", "School")}
    found = grand_bend_warehouse.rows("select school_key, school_name from core.dim_school where is_active")
    assert dict(found) == schools
    assert len(schools) == 3
    staff = {row["StaffUniqueId"] for row in files.rows("StaffAssociation", "Staff")}
    assert {key for (key,) in grand_bend_warehouse.rows("select staff_id from core.dim_staff")} == staff
    assert len(staff) == 68
    assert grand_bend_warehouse.rows("select count(*) from staging.stg_edfi__staff_assignment") == [(69,)]


def test_each_school_is_led_by_whom_its_assignment_says(grand_bend_warehouse: Warehouse, files: Files) -> None:
    assignments = files.rows("StaffAssociation", "StaffEducationOrganizationAssignmentAssociation")
    principals = {
        row["EducationOrganizationId"]: row["StaffUniqueId"]
        for row in assignments
        if code(row["StaffClassification"]) == "Principal"
    }
    assert len(principals) == 3
    led = grand_bend_warehouse.rows(
        "select school_key, principal_staff_id from core.school_day where day = date '2022-05-23'"
    )
    assert dict(led) == principals


def test_the_elementary_school_had_no_principal_before_the_assignment_began(grand_bend_warehouse: Warehouse) -> None:
    first = "select min(day) from core.school_day where school_key = '255901107' and principal_staff_id is not null"
    assert grand_bend_warehouse.rows(first) == [(date(2021, 9, 2),)]


def test_school_days_are_the_dates_calendars_name_and_the_weekdays_of_sessions(
    grand_bend_warehouse: Warehouse, files: Files
) -> None:
    expected: set[tuple[str, date]] = set()
    for row in files.rows("EducationOrgCalendar", "Session"):
        first, last = date.fromisoformat(row["BeginDate"]), date.fromisoformat(row["EndDate"])
        span = (first + timedelta(days=n) for n in range((last - first).days + 1))
        expected |= {(row["SchoolId"], day) for day in span if day.weekday() < 5}
    named = {(r["SchoolId"], date.fromisoformat(r["Date"])) for r in files.rows("EducationOrgCalendar", "CalendarDate")}
    assert named <= expected
    assert len(named) == 2
    found = grand_bend_warehouse.rows("select school_key, day from core.school_calendar_day where is_instructional")
    assert set(found) == {(school, day) for school, day in expected if day <= date(2022, 6, 7)}
    by_date = grand_bend_warehouse.rows(
        "select school_key, day from core.school_calendar_day where calendar_method = 'calendar_dates'"
    )
    assert set(by_date) == named


def test_attendance_lasts_as_counts_that_equal_the_events(
    grand_bend_warehouse: Warehouse, events: list[dict[str, str]]
) -> None:
    n_events = Counter((row["SchoolId"], date.fromisoformat(row["EventDate"])) for row in events)
    absent: dict[tuple[str, date], set[str]] = defaultdict(set)
    days: Counter[tuple[str, date]] = Counter()
    for row in events:
        if code(row["AttendanceEventCategory"]) in ABSENCES:
            at = row["SchoolId"], date.fromisoformat(row["EventDate"])
            absent[at].add(row["StudentUniqueId"])
            days[at] += min(float(row.get("EventDuration") or 1), 1)  # type: ignore[assignment]
    found = grand_bend_warehouse.rows(
        "select school_key, day, n_events, n_absent_students, absent_days::float from core.school_attendance_day"
    )
    assert sum(row[2] for row in found) == len(events) == 1917
    assert {(s, d): n for s, d, n, _, _ in found if n} == n_events
    assert {(s, d): n for s, d, _, n, _ in found if n} == {at: len(who) for at, who in absent.items()}
    assert {(s, d): n for s, d, _, _, n in found if n} == pytest.approx(dict(days))


def test_needs_are_counted_as_the_programmes_say(
    grand_bend_warehouse: Warehouse, files: Files, events: list[dict[str, str]]
) -> None:
    """Who has an event at a school is enrolled there, and programmes stand for needs: our own linkage, see the converter."""
    enrolled: dict[str, set[str]] = defaultdict(set)
    for row in events:
        enrolled[row["SchoolId"]].add(row["StudentUniqueId"])
    limited = files.students("StudentLanguageInstructionProgramAssociation")
    disabled = files.students("StudentSpecialEducationProgramAssociation")
    poor = files.students("StudentSchoolFoodServiceProgramAssociation")
    found = grand_bend_warehouse.rows(
        "select school_key, n_enrolled, coalesce(n_low_income, 0), coalesce(n_english_learner, 0), coalesce(n_disability, 0) "
        "from core.school_need_snapshot"
    )
    assert {row[0]: row[1:] for row in found} == {
        school: (len(who), len(who & poor), len(who & limited), len(who & disabled)) for school, who in enrolled.items()
    }


def test_who_is_absent_a_tenth_of_the_days_counts_as_chronically_absent(
    grand_bend_warehouse: Warehouse, events: list[dict[str, str]]
) -> None:
    n_days = dict(
        grand_bend_warehouse.rows(
            "select school_key, count(*) from core.school_calendar_day where is_instructional and day <= date '2022-05-24' group by 1"
        )
    )
    absent: Counter[tuple[str, str, str]] = Counter()
    for row in events:
        if code(row["AttendanceEventCategory"]) in ABSENCES:
            absent[row["SchoolId"], row["StudentUniqueId"], row["EventDate"]] += float(row.get("EventDuration") or 1)  # type: ignore[assignment]
    days: Counter[tuple[str, str]] = Counter()
    for (school, student, _), duration in absent.items():
        days[school, student] += min(duration, 1)
    expected = Counter(school for (school, _), n in days.items() if n >= 0.1 * n_days[school])
    found = grand_bend_warehouse.rows("select school_key, coalesce(n_chronic_absent, 0) from core.school_need_snapshot")
    assert {school: n for school, n in found if n} == expected


def test_nobodys_name_or_birth_date_came_along(grand_bend_warehouse: Warehouse, files: Files) -> None:
    names = {row["LastSurname"] for row in files.rows("StaffAssociation", "Staff")}
    tables = grand_bend_warehouse.rows(
        "select schemaname || '.' || tablename from pg_tables where schemaname in ('raw_edfi', 'student', 'ops', 'core')"
    )
    assert tables
    for (table,) in tables:
        text = str(grand_bend_warehouse.rows(f"select t::text from {table} as t"))
        assert not {name for name in names if f"({name}," in text or f",{name}," in text or f",{name})" in text}, table
