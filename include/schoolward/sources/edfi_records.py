"""What is read of an Ed-Fi ODS/API: typed records, reduced to what may be held.

A vendor name with dots is a path into the record. Columns without such a place are worked out at decode from lists of the
record, as :mod:`schoolward.sources.edfi_derived` says. Descriptors keep their whole URI: namespaces differ between states.
Never declared, so never decoded: names of persons, birth dates, sex, race, addresses, phone numbers, log-in names.
"""

from datetime import date

import msgspec

from schoolward.sources.base import Hashed, Record, Stream


class School(Record, kw_only=True, frozen=True):
    """A school."""

    school_id: int = msgspec.field(name="schoolId")
    api_year: int | None = None
    """The school year of a year-specific ODS; null where one ODS holds all years."""
    name: str = msgspec.field(name="nameOfInstitution")
    short_name: str | None = msgspec.field(name="shortNameOfInstitution", default=None)
    local_education_agency_id: int | None = msgspec.field(
        name="localEducationAgencyReference.localEducationAgencyId", default=None
    )
    operational_status: str | None = msgspec.field(name="operationalStatusDescriptor", default=None)
    school_type: str | None = msgspec.field(name="schoolTypeDescriptor", default=None)
    charter_status: str | None = msgspec.field(name="charterStatusDescriptor", default=None)
    school_categories: list[str] | None = None
    grade_levels: list[str] | None = None
    school_code: str | None = None
    """The identification code of the system that ``options.school_code_system`` names."""
    state_id: str | None = None
    """The identification code of the system that ``options.state_id_system`` names."""


class LocalEducationAgency(Record, kw_only=True, frozen=True):
    """A district, or a part of one that the state counts as an agency."""

    local_education_agency_id: int = msgspec.field(name="localEducationAgencyId")
    api_year: int | None = None
    name: str = msgspec.field(name="nameOfInstitution")
    category: str | None = msgspec.field(name="localEducationAgencyCategoryDescriptor", default=None)
    parent_local_education_agency_id: int | None = msgspec.field(
        name="parentLocalEducationAgencyReference.localEducationAgencyId", default=None
    )


class EducationOrganizationNetwork(Record, kw_only=True, frozen=True):
    """A network of schools: a supervisor's portfolio, where the district models them so."""

    education_organization_network_id: int = msgspec.field(name="educationOrganizationNetworkId")
    api_year: int | None = None
    name: str = msgspec.field(name="nameOfInstitution")
    network_purpose: str | None = msgspec.field(name="networkPurposeDescriptor", default=None)


class NetworkAssociation(Record, kw_only=True, frozen=True):
    """A school's place in a network; ``end_on`` is the last day, as told."""

    education_organization_network_id: int = msgspec.field(
        name="educationOrganizationNetworkReference.educationOrganizationNetworkId"
    )
    member_education_organization_id: int = msgspec.field(
        name="memberEducationOrganizationReference.educationOrganizationId"
    )
    api_year: int | None = None
    begin_on: date | None = msgspec.field(name="beginDate", default=None)
    end_on: date | None = msgspec.field(name="endDate", default=None)


class Staff(Record, kw_only=True, frozen=True):
    """A member of staff, without a name."""

    staff_unique_id: str = msgspec.field(name="staffUniqueId")
    api_year: int | None = None
    hr_staff_id: str | None = None
    """The identification code of the system that ``options.staff_id_system`` names: HR's employee number."""
    email_hash: Hashed | None = None
    """Of the work address where one is marked so, else of the only one there is."""


class StaffAssignment(Record, kw_only=True, frozen=True):
    """One classification of a member of staff at one organisation; ``end_on`` is the last day, as told."""

    staff_unique_id: str = msgspec.field(name="staffReference.staffUniqueId")
    education_organization_id: int = msgspec.field(name="educationOrganizationReference.educationOrganizationId")
    staff_classification: str = msgspec.field(name="staffClassificationDescriptor")
    begin_on: date = msgspec.field(name="beginDate")
    api_year: int | None = None
    end_on: date | None = msgspec.field(name="endDate", default=None)
    position_title: str | None = msgspec.field(name="positionTitle", default=None)
    fte: float | None = msgspec.field(name="fullTimeEquivalency", default=None)
    order_of_assignment: int | None = msgspec.field(name="orderOfAssignment", default=None)


class StaffEmployment(Record, kw_only=True, frozen=True):
    """One employment of a member of staff by one organisation, without pay; ``end_on`` is the last day, as told."""

    staff_unique_id: str = msgspec.field(name="staffReference.staffUniqueId")
    education_organization_id: int = msgspec.field(name="educationOrganizationReference.educationOrganizationId")
    employment_status: str = msgspec.field(name="employmentStatusDescriptor")
    hired_on: date = msgspec.field(name="hireDate")
    api_year: int | None = None
    end_on: date | None = msgspec.field(name="endDate", default=None)
    department: str | None = None
    fte: float | None = msgspec.field(name="fullTimeEquivalency", default=None)


class Calendar(Record, kw_only=True, frozen=True):
    """A calendar of a school; most have several."""

    calendar_code: str = msgspec.field(name="calendarCode")
    school_id: int = msgspec.field(name="schoolReference.schoolId")
    school_year: int = msgspec.field(name="schoolYearTypeReference.schoolYear")
    api_year: int | None = None
    calendar_type: str | None = msgspec.field(name="calendarTypeDescriptor", default=None)
    grade_levels: list[str] | None = None


class CalendarDate(Record, kw_only=True, frozen=True):
    """One date of a calendar with all its events, so that an event taken off a date does not go unseen."""

    calendar_code: str = msgspec.field(name="calendarReference.calendarCode")
    school_id: int = msgspec.field(name="calendarReference.schoolId")
    school_year: int = msgspec.field(name="calendarReference.schoolYear")
    day: date = msgspec.field(name="date")
    api_year: int | None = None
    events: list[str] | None = None
    """Descriptors of what happens on the date; several at once are usual."""


class Session(Record, kw_only=True, frozen=True):
    """A term of a school; ``end_on`` is the last day, as told."""

    school_id: int = msgspec.field(name="schoolReference.schoolId")
    school_year: int = msgspec.field(name="schoolYearTypeReference.schoolYear")
    session_name: str = msgspec.field(name="sessionName")
    api_year: int | None = None
    term: str | None = msgspec.field(name="termDescriptor", default=None)
    begin_on: date = msgspec.field(name="beginDate")
    end_on: date = msgspec.field(name="endDate")
    n_instructional_days: int | None = msgspec.field(name="totalInstructionalDays", default=None)


class StudentSchool(Record, kw_only=True, frozen=True):
    """One stay of a student at a school, under a keyed hash; counted per school, never shown."""

    student: Hashed = msgspec.field(name="studentReference.studentUniqueId")
    school_id: int = msgspec.field(name="schoolReference.schoolId")
    entry_on: date = msgspec.field(name="entryDate")
    exit_on: date | None = msgspec.field(name="exitWithdrawDate", default=None)
    """The last day, or the day after it, as the state's rule is (``options.exit_day``)."""
    is_primary: bool | None = msgspec.field(name="primarySchool", default=None)
    calendar_code: str | None = msgspec.field(name="calendarReference.calendarCode", default=None)


class StudentNeed(Record, kw_only=True, frozen=True):
    """What one student's need is counted by, under a keyed hash, as ``options.need`` reads it."""

    student: Hashed = msgspec.field(name="studentReference.studentUniqueId")
    education_organization_id: int = msgspec.field(name="educationOrganizationReference.educationOrganizationId")
    is_low_income: bool | None = None
    is_english_learner: bool | None = None
    has_disability: bool | None = None


class StudentAttendance(Record, kw_only=True, frozen=True):
    """One attendance event of a student at a school, under a keyed hash; counted per school and day, never shown."""

    student: Hashed = msgspec.field(name="studentReference.studentUniqueId")
    school_id: int = msgspec.field(name="schoolReference.schoolId")
    session_name: str = msgspec.field(name="sessionReference.sessionName")
    event_on: date = msgspec.field(name="eventDate")
    category: str = msgspec.field(name="attendanceEventCategoryDescriptor")
    event_duration: float | None = msgspec.field(name="eventDuration", default=None)
    """Share of the school day; most states send none for a whole day."""


STREAMS: tuple[Stream, ...] = (
    Stream("edfi", "schools", School, ("school_id",), "Schools."),
    Stream(
        "edfi",
        "local_education_agencies",
        LocalEducationAgency,
        ("local_education_agency_id",),
        "Districts.",
    ),
    Stream(
        "edfi",
        "education_organization_networks",
        EducationOrganizationNetwork,
        ("education_organization_network_id",),
        "Networks of schools.",
        is_optional=True,
    ),
    Stream(
        "edfi",
        "network_associations",
        NetworkAssociation,
        ("education_organization_network_id", "member_education_organization_id"),
        "Which schools belong to which network.",
        is_optional=True,
    ),
    Stream("edfi", "staffs", Staff, ("staff_unique_id",), "Staff, without names."),
    Stream(
        "edfi",
        "staff_assignments",
        StaffAssignment,
        ("staff_unique_id", "education_organization_id", "staff_classification", "begin_on"),
        "Who works where as what: principals too.",
    ),
    Stream(
        "edfi",
        "staff_employments",
        StaffEmployment,
        ("staff_unique_id", "education_organization_id", "employment_status", "hired_on"),
        "Who is employed by which organisation.",
        is_optional=True,
    ),
    Stream("edfi", "calendars", Calendar, ("calendar_code", "school_id", "school_year"), "Calendars of schools."),
    Stream(
        "edfi",
        "calendar_dates",
        CalendarDate,
        ("calendar_code", "school_id", "school_year", "day"),
        "Dates of calendars with their events.",
    ),
    Stream("edfi", "sessions", Session, ("school_id", "school_year", "session_name"), "Terms of schools."),
    Stream(
        "edfi",
        "student_school_associations",
        StudentSchool,
        ("student", "school_id", "entry_on"),
        "Students' stays at schools, under keyed hashes.",
        is_student=True,
        is_optional=True,
    ),
    Stream(
        "edfi",
        "student_education_organization_associations",
        StudentNeed,
        ("student", "education_organization_id"),
        "What students' need is counted by, under keyed hashes.",
        is_student=True,
        is_optional=True,
    ),
    Stream(
        "edfi",
        "student_school_attendance_events",
        StudentAttendance,
        ("student", "school_id", "session_name", "event_on", "category"),
        "Absences and other attendance events, under keyed hashes.",
        is_student=True,
        is_optional=True,
    ),
)
