"""The Ed-Fi Alliance's sample district, Grand Bend, from its XML (Data Standard 5.2) to a records folder that a replay server serves.

Reads, and never copies into the repository, the interchange files described in the data folder's own README: 3 schools, 68 staff with 69
assignments, sessions, a calendar, 1,917 attendance events. Two things the sample lacks are **our own linkage**, and said so here:
a student with an attendance event at a school counts as enrolled there from the first session on; a student in special education, in a
language programme or in the school food service has the characteristic that such a programme serves.
"""

import argparse
import gzip
import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from schoolward.errors import SchoolwardError
from schoolward.sample.generate.folder import Version, write_versions
from schoolward.sample.replay.edfi_model import key_of

Record = dict[str, Any]
Element = ElementTree.Element

AT = datetime(2021, 8, 1, 6, tzinfo=UTC)
"""When the ODS was filled, as far as the replay tells."""
_FOLDER = Path("edfi_grand_bend")
_DISABLED = "uri://ed-fi.org/DisabilityDescriptor#Other"
_POOR = "uri://ed-fi.org/StudentCharacteristicDescriptor#Economic Disadvantaged"
_LIMITED = "uri://ed-fi.org/LimitedEnglishProficiencyDescriptor#Limited"


def real_data() -> Path | None:
    """The folder of real records: $SCHOOLWARD_REAL_DATA, else ``../shared/data`` beside the repository; None where Grand Bend is absent."""
    given = os.environ.get("SCHOOLWARD_REAL_DATA")
    folder = Path(given) if given else Path(__file__).resolve().parents[4] / "shared" / "data"
    return folder if (folder / _FOLDER / "EducationOrganization.xml.gz").is_file() else None


def convert(data: Path, folder: Path) -> None:
    """Write ``<folder>/edfi/<resource>.jsonl.gz``.

    Raises:
        SchoolwardError: when a file of the sample is missing.
    """
    calendar, staff = _Interchange(data, "EducationOrgCalendar"), _Interchange(data, "StaffAssociation")
    attendance, programs = _Interchange(data, "StudentSchoolAttendance"), _Interchange(data, "StudentProgram")
    organisations = _Interchange(data, "EducationOrganization")
    sessions = [_session(e) for e in calendar.all("Session")]
    events = [_event(e) for e in attendance.all("StudentSchoolAttendanceEvent")]
    resources: dict[str, Iterable[Record]] = {
        "schools": map(_school, organisations.all("School")),
        "localEducationAgencies": map(_agency, organisations.all("LocalEducationAgency")),
        "staffs": map(_staff, staff.all("Staff")),
        "staffEducationOrganizationAssignmentAssociations": map(
            _assignment, staff.all("StaffEducationOrganizationAssignmentAssociation")
        ),
        "staffEducationOrganizationEmploymentAssociations": map(
            _employment, staff.all("StaffEducationOrganizationEmploymentAssociation")
        ),
        "sessions": sessions,
        "calendars": map(_calendar, calendar.all("Calendar")),
        "calendarDates": map(_calendar_date, calendar.all("CalendarDate")),
        "studentSchoolAttendanceEvents": events,
        "studentSchoolAssociations": _enrolments(events, sessions),
        "studentEducationOrganizationAssociations": _needs(programs),
    }
    for resource, records in resources.items():
        versions = (Version(int(AT.timestamp()), {"id": _id(resource, record), **record}) for record in records)
        write_versions(folder / "edfi" / f"{resource}.jsonl.gz", versions)


class _Interchange:
    """One interchange file: elements by kind, without the namespace."""

    def __init__(self, data: Path, name: str) -> None:
        path = data / _FOLDER / f"{name}.xml.gz"
        if not path.is_file():
            raise SchoolwardError(f"{path} is not there; point SCHOOLWARD_REAL_DATA at the folder of real records.")
        with gzip.open(path) as file:
            self._root = ElementTree.parse(file).getroot()  # noqa: S314 - the Alliance's own file, of known size
        for element in self._root.iter():
            element.tag = element.tag.rpartition("}")[2]

    def all(self, kind: str) -> Iterator[Element]:
        return self._root.iterfind(kind)


def _id(resource: str, record: Record) -> str:
    return hashlib.md5(f"{resource}{key_of(resource, record)}".encode(), usedforsecurity=False).hexdigest()


def _of(element: Element, **paths: str) -> Record:
    """Members of a record from paths in the element; what the element lacks is left out."""
    found = {name: element.findtext(path) for name, path in paths.items()}
    return {name: value for name, value in found.items() if value is not None}


def _number(element: Element, path: str) -> int:
    return int(element.findtext(path, ""))


def _year(element: Element, path: str = ".//SchoolYear") -> int:
    """The year in which a school year such as ``2021-2022`` ends."""
    return int(element.findtext(path, "").rpartition("-")[2])


def _school_of(element: Element) -> int:
    return _number(element, ".//SchoolReference/SchoolIdentity/SchoolId")


def _student_of(element: Element) -> dict[str, str]:
    return {"studentUniqueId": element.findtext("StudentReference/StudentIdentity/StudentUniqueId", "")}


def _descriptors(element: Element, path: str, member: str) -> list[dict[str, str | None]]:
    return [{member: found.text} for found in element.iterfind(path)]


def _codes(element: Element, kind: str, system: str, descriptor: str) -> list[Record]:
    return [
        _of(code, identificationCode="IdentificationCode", **{descriptor: system}) for code in element.iterfind(kind)
    ]


def _organisation(element: Element) -> Record:
    return {
        **_of(
            element,
            nameOfInstitution="NameOfInstitution",
            shortNameOfInstitution="ShortNameOfInstitution",
            webSite="WebSite",
        ),
        "identificationCodes": _codes(
            element,
            "EducationOrganizationIdentificationCode",
            "EducationOrganizationIdentificationSystem",
            "educationOrganizationIdentificationSystemDescriptor",
        ),
    }


def _school(element: Element) -> Record:
    agency = element.find("LocalEducationAgencyReference")
    assert agency is not None
    return {
        "schoolId": _number(element, "SchoolId"),
        **_organisation(element),
        "localEducationAgencyReference": {"localEducationAgencyId": int(agency.get("ref", "").rpartition("_")[2])},
        **_of(element, operationalStatusDescriptor="OperationalStatus", schoolTypeDescriptor="SchoolType", charterStatusDescriptor="CharterStatus"),
        "gradeLevels": _descriptors(element, "GradeLevel", "gradeLevelDescriptor"),
        "schoolCategories": _descriptors(element, "SchoolCategory", "schoolCategoryDescriptor"),
    }  # fmt: skip


def _agency(element: Element) -> Record:
    return {
        "localEducationAgencyId": _number(element, "LocalEducationAgencyId"),
        **_organisation(element),
        **_of(element, localEducationAgencyCategoryDescriptor="LocalEducationAgencyCategory"),
    }


def _staff(element: Element) -> Record:
    mails = [
        _of(mail, electronicMailAddress="ElectronicMailAddress", electronicMailTypeDescriptor="ElectronicMailType")
        for mail in element.iterfind("ElectronicMail")
    ]
    return {
        **_of(element, staffUniqueId="StaffUniqueId", firstName="Name/FirstName", lastSurname="Name/LastSurname",
              birthDate="BirthDate", sexDescriptor="Sex", loginId="LoginId"),
        "electronicMails": mails,
        "identificationCodes": _codes(
            element, "StaffIdentificationCode", "StaffIdentificationSystem", "staffIdentificationSystemDescriptor"
        ),
    }  # fmt: skip


def _staff_at(element: Element) -> Record:
    organisation = "EducationOrganizationReference/EducationOrganizationIdentity/EducationOrganizationId"
    record: Record = {
        "staffReference": _of(element, staffUniqueId="StaffReference/StaffIdentity/StaffUniqueId"),
        "educationOrganizationReference": {"educationOrganizationId": _number(element, organisation)},
    }
    share = element.findtext("FullTimeEquivalency")
    return record if share is None else {**record, "fullTimeEquivalency": float(share)}


def _assignment(element: Element) -> Record:
    return {
        **_staff_at(element),
        **_of(element, staffClassificationDescriptor="StaffClassification", beginDate="BeginDate", endDate="EndDate",
              positionTitle="PositionTitle"),
    }  # fmt: skip


def _employment(element: Element) -> Record:
    return {
        **_staff_at(element),
        **_of(element, employmentStatusDescriptor="EmploymentStatus", hireDate="EmploymentPeriod/HireDate",
              endDate="EmploymentPeriod/EndDate", department="Department"),
    }  # fmt: skip


def _session(element: Element) -> Record:
    return {
        **_of(element, sessionName="SessionName", beginDate="BeginDate", endDate="EndDate", termDescriptor="Term"),
        "schoolReference": {"schoolId": _school_of(element)},
        "schoolYearTypeReference": {"schoolYear": _year(element)},
        "totalInstructionalDays": _number(element, "TotalInstructionalDays"),
    }


def _calendar(element: Element) -> Record:
    return {
        **_of(element, calendarCode="CalendarCode", calendarTypeDescriptor="CalendarType"),
        "schoolReference": {"schoolId": _school_of(element)},
        "schoolYearTypeReference": {"schoolYear": _year(element)},
        "gradeLevels": _descriptors(element, "GradeLevel", "gradeLevelDescriptor"),
    }


def _calendar_date(element: Element) -> Record:
    return {
        **_of(element, date="Date"),
        "calendarReference": {
            **_of(element, calendarCode="CalendarReference/CalendarIdentity/CalendarCode"),
            "schoolId": _school_of(element),
            "schoolYear": _year(element),
        },
        "calendarEvents": _descriptors(element, "CalendarEvent", "calendarEventDescriptor"),
    }


def _event(element: Element) -> Record:
    school = _school_of(element)
    event: Record = {
        **_of(element, eventDate="AttendanceEvent/EventDate", attendanceEventCategoryDescriptor="AttendanceEvent/AttendanceEventCategory"),
        "studentReference": _student_of(element),
        "schoolReference": {"schoolId": school},
        "sessionReference": {
            **_of(element, sessionName="SessionReference/SessionIdentity/SessionName"),
            "schoolId": school,
            "schoolYear": _year(element, "SessionReference/SessionIdentity/SchoolYear"),
        },
    }  # fmt: skip
    duration = element.findtext("AttendanceEvent/EventDuration")
    return event if duration is None else {**event, "eventDuration": float(duration)}


def _enrolments(events: Iterable[Record], sessions: Iterable[Record]) -> list[Record]:
    """Our own linkage: who has an attendance event at a school is enrolled there from its first session on."""
    begins: dict[int, str] = {}
    for session in sessions:
        school = session["schoolReference"]["schoolId"]
        begins[school] = min(session["beginDate"], begins.get(school, "9999"))
    pairs = {(e["studentReference"]["studentUniqueId"], e["schoolReference"]["schoolId"]) for e in events}
    return [
        {"studentReference": {"studentUniqueId": student}, "schoolReference": {"schoolId": school}, "entryDate": begins[school]}
        for student, school in sorted(pairs)
    ]  # fmt: skip


def _needs(programs: _Interchange) -> list[Record]:
    """Our own linkage: programmes stand for the characteristics they serve."""

    def students(kind: str) -> set[str]:
        return {_student_of(element)["studentUniqueId"] for element in programs.all(kind)}

    disabled = students("StudentSpecialEducationProgramAssociation")
    limited = students("StudentLanguageInstructionProgramAssociation")
    poor = students("StudentSchoolFoodServiceProgramAssociation")
    records = []
    for student in sorted(disabled | limited | poor):
        record: Record = {
            "studentReference": {"studentUniqueId": student},
            "educationOrganizationReference": {"educationOrganizationId": 255901},
        }
        if student in disabled:
            record["disabilities"] = [{"disabilityDescriptor": _DISABLED}]
        if student in limited:
            record["limitedEnglishProficiencyDescriptor"] = _LIMITED
        if student in poor:
            record["studentCharacteristics"] = [{"studentCharacteristicDescriptor": _POOR}]
        records.append(record)
    return records


def main(argv: list[str] | None = None) -> int:
    """``python -m schoolward.sample.grand_bend FOLDER``: write the records folder."""
    parser = argparse.ArgumentParser(
        prog="python -m schoolward.sample.grand_bend", description="Write Grand Bend's records folder."
    )
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args(argv)
    data = real_data()
    if data is None:
        print(
            "The sample is not here: ../shared/data is absent and SCHOOLWARD_REAL_DATA does not point at it.",
            file=sys.stderr,
        )
        return 2
    convert(data, arguments.folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
