"""A small ODS with a history: schools that come, change, go and come again, staff, a calendar, students; its server and a source on it."""

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
import requests

from schoolward.connections import Connection
from schoolward.district import SourceConfig
from schoolward.ingest.http import Limits
from schoolward.sample.replay.client import RunningServer, start
from schoolward.sources.edfi import EdFi

CREDENTIALS = {"REPLAY_CLIENT_ID": "client", "REPLAY_CLIENT_SECRET": "s3cret+/="}
START, LATER = "2026-01-05T08:00:00Z", "2026-01-06T08:00:00Z"
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
NEXT_DAY = datetime(2026, 1, 6, 9, tzinfo=UTC)
DESCRIPTOR = "uri://ed-fi.org/"
QUICK = Limits(
    connect_seconds=2, read_seconds=2, answer_seconds=4, retries=2, backoff_factor=0, backoff_jitter_seconds=0
)
DEFAULTS: Mapping[str, Any] = {
    "version": "7.3", "token_seconds": 1800, "max_tokens": 15, "max_limit": 500, "default_limit": 25, "api_year": None,
    "has_change_queries": True, "forbidden": [], "seconds_a_page": 0,
}  # fmt: skip


def school(n: int, name: str = "", *, id: int | None = None) -> dict[str, Any]:
    return {
        "id": f"{n if id is None else id:032x}",
        "schoolId": 1000 + n,
        "nameOfInstitution": name or f"School {n}",
        "gradeLevels": [
            {"gradeLevelDescriptor": f"{DESCRIPTOR}GradeLevelDescriptor#{grade} grade"} for grade in ("Tenth", "Ninth")
        ],
        "identificationCodes": [
            {
                "educationOrganizationIdentificationSystemDescriptor": f"{DESCRIPTOR}X#SEA",
                "identificationCode": f"S{n}",
            },
            {
                "educationOrganizationIdentificationSystemDescriptor": f"{DESCRIPTOR}X#School",
                "identificationCode": f"{n:04}",
            },
        ],
        "localEducationAgencyReference": {
            "localEducationAgencyId": 1,
            "link": {"rel": "LocalEducationAgency", "href": f"/x/{n}"},
        },
    }


def staff(n: int) -> dict[str, Any]:
    mails = [("Home/Personal", f"ann{n}@home.example"), ("Work", f"Staff{n}@Lakeside.example")]
    return {
        "id": f"{n:032x}", "staffUniqueId": f"U{n}", "firstName": "Ann", "lastSurname": "Lee", "birthDate": "1980-01-02",
        "electronicMails": [
            {"electronicMailTypeDescriptor": f"{DESCRIPTOR}ElectronicMailTypeDescriptor#{kind}", "electronicMailAddress": address}
            for kind, address in mails
        ],
        "identificationCodes": [
            {"staffIdentificationSystemDescriptor": "uri://state.example/SIS#District", "identificationCode": f"E{n}"},
        ],
    }  # fmt: skip


def calendar_date(n: int, day: str, *events: str) -> dict[str, Any]:
    return {
        "id": f"{n:032x}",
        "calendarReference": {"calendarCode": "main", "schoolId": 1001, "schoolYear": 2026},
        "date": day,
        "calendarEvents": [
            {"calendarEventDescriptor": f"{DESCRIPTOR}CalendarEventDescriptor#{event}"} for event in events
        ],
    }


def session(n: int, name: str) -> dict[str, Any]:
    return {
        "id": f"{n:032x}", "sessionName": name, "beginDate": "2025-08-25", "endDate": "2025-12-19",
        "schoolReference": {"schoolId": 1001}, "schoolYearTypeReference": {"schoolYear": 2026},
        "termDescriptor": f"{DESCRIPTOR}TermDescriptor#Fall Semester", "totalInstructionalDays": 81,
    }  # fmt: skip


def need(n: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"{n:032x}", "studentReference": {"studentUniqueId": f"P{n}"},
        "educationOrganizationReference": {"educationOrganizationId": 1}, "sexDescriptor": "uri://ed-fi.org/X#Female", **more,
    }  # fmt: skip


def characteristic(name: str, *ends: str | None) -> dict[str, Any]:
    periods = [{"beginDate": "2025-08-01", **({"endDate": end} if end else {})} for end in ends]
    return {
        "studentCharacteristicDescriptor": f"{DESCRIPTOR}StudentCharacteristicDescriptor#{name}",
        "periods": periods,
    }


def line(at: str, record: Mapping[str, Any], *, deleted: bool = False) -> dict[str, Any]:
    return {"at": at, "record": record, "deleted": deleted}


HISTORY: Mapping[str, list[dict[str, Any]]] = {
    "schools": [
        *(line(START, school(n)) for n in range(60)),
        line(LATER, school(7, "School 7, renamed")),
        line(LATER, school(8), deleted=True),
        line(LATER, school(9), deleted=True),
        line(LATER, school(9, id=909)),
        line(LATER, school(60)),
    ],
    "staffs": [line(START, staff(n)) for n in range(4)],
    "calendarDates": [
        line(START, calendar_date(1, "2025-09-02", "Instructional day", "Student late arrival/early dismissal")),
        line(START, calendar_date(2, "2025-09-03", "Instructional day")),
        line(LATER, calendar_date(2, "2025-09-03", "Holiday")),
    ],
    "sessions": [line(START, session(1, "Fall")), line(LATER, session(1, "Autumn"))],
    "studentEducationOrganizationAssociations": [
        line(START, need(1, studentCharacteristics=[characteristic("Economic Disadvantaged", "2025-12-31", None)])),
        line(START, need(2, studentCharacteristics=[characteristic("Economic Disadvantaged", "2025-12-31")])),
        line(START, need(3, limitedEnglishProficiencyDescriptor="uri://ed-fi.org/X#Limited")),
        line(START, need(4, limitedEnglishProficiencyDescriptor="uri://ed-fi.org/X#NotLimited", disabilities=[{"disabilityDescriptor": "uri://s#D"}])),
    ],
}  # fmt: skip


@pytest.fixture(scope="session")
def ods_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("ods")
    (root / "edfi").mkdir()
    for resource, lines in HISTORY.items():
        with gzip.open(root / f"edfi/{resource}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(entry) + "\n" for entry in lines)
    return root


@pytest.fixture(scope="session")
def _running(ods_folder: Path) -> Iterator[RunningServer]:
    with start("edfi", ods_folder, NOW, CREDENTIALS) as server:
        yield server


@pytest.fixture
def ods(_running: RunningServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunningServer:
    """The server as new, and a state folder without a token in it."""
    monkeypatch.setenv("SCHOOLWARD_HOME", str(tmp_path))
    _running.set_faults({"kind": "unauthorized"})
    requests.get(_running.base_url, timeout=5)  # voids every token given out before
    _running.set_faults()
    _running.set_behaviour(**DEFAULTS)
    _running.set_clock(NOW)
    return _running


@pytest.fixture
def source(ods: RunningServer) -> Callable[..., EdFi]:
    """Makes an impatient source on the server."""

    def make(extra: Mapping[str, Any] | None = None, **options: Any) -> EdFi:
        connection = Connection("ods", "http", "127.0.0.1", ods.port, "client", "s3cret+/=", extra=extra or {})
        return EdFi(
            cast(Any, None),
            SourceConfig("sis2", "edfi", "ods", "0 4 * * *", options, 1440),
            connection,
            b"key",
            limits=QUICK,
        )

    return make
