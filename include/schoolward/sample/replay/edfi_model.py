"""Natural keys of Ed-Fi resources: the names that ``/deletes`` and ``/keyChanges`` give their parts, and where a record keeps them."""

from collections.abc import Mapping
from typing import Any

_STAFF_AT = {
    "staffUniqueId": "staffReference.staffUniqueId",
    "educationOrganizationId": "educationOrganizationReference.educationOrganizationId",
}
_STUDENT = {"studentUniqueId": "studentReference.studentUniqueId"}
_SCHOOL = {"schoolId": "schoolReference.schoolId"}
_YEAR = {"schoolYear": "schoolYearTypeReference.schoolYear"}

KEYS: Mapping[str, Mapping[str, str]] = {
    "schools": {"schoolId": "schoolId"},
    "localEducationAgencies": {"localEducationAgencyId": "localEducationAgencyId"},
    "educationOrganizationNetworks": {"educationOrganizationNetworkId": "educationOrganizationNetworkId"},
    "educationOrganizationNetworkAssociations": {
        "educationOrganizationNetworkId": "educationOrganizationNetworkReference.educationOrganizationNetworkId",
        "memberEducationOrganizationId": "memberEducationOrganizationReference.educationOrganizationId",
    },
    "staffs": {"staffUniqueId": "staffUniqueId"},
    "staffEducationOrganizationAssignmentAssociations": {
        **_STAFF_AT,
        "staffClassificationDescriptor": "staffClassificationDescriptor",
        "beginDate": "beginDate",
    },
    "staffEducationOrganizationEmploymentAssociations": {
        **_STAFF_AT,
        "employmentStatusDescriptor": "employmentStatusDescriptor",
        "hireDate": "hireDate",
    },
    "calendars": {"calendarCode": "calendarCode", **_SCHOOL, **_YEAR},
    "calendarDates": {
        "calendarCode": "calendarReference.calendarCode",
        "schoolId": "calendarReference.schoolId",
        "schoolYear": "calendarReference.schoolYear",
        "date": "date",
    },
    "sessions": {**_SCHOOL, **_YEAR, "sessionName": "sessionName"},
    "studentSchoolAssociations": {**_STUDENT, **_SCHOOL, "entryDate": "entryDate"},
    "studentEducationOrganizationAssociations": {
        **_STUDENT,
        "educationOrganizationId": "educationOrganizationReference.educationOrganizationId",
    },
    "studentSchoolAttendanceEvents": {
        **_STUDENT,
        "schoolId": "sessionReference.schoolId",
        "schoolYear": "sessionReference.schoolYear",
        "sessionName": "sessionReference.sessionName",
        "eventDate": "eventDate",
        "attendanceEventCategoryDescriptor": "attendanceEventCategoryDescriptor",
    },
}

KEYS_CHANGE = frozenset({"sessions", "studentSchoolAssociations"})
"""Resources whose natural key may be changed in place; the others' ``/keyChanges`` are always empty."""

Key = tuple[tuple[str, Any], ...]


def key_of(resource: str, record: Mapping[str, Any]) -> Key:
    """A record's natural key, as pairs of name and value."""
    return tuple((name, _at(record, path)) for name, path in KEYS[resource].items())


def _at(record: Any, path: str) -> Any:
    for name in path.split("."):
        record = record.get(name) if isinstance(record, Mapping) else None
    return record
