"""Ed-Fi ODS/API (5 to 7): schools, staff with their assignments, calendars, and what school-level need is counted from.

Facts about the API: a limit above the host's is refused with a 400; the last page still names a next one; change versions tell
what changed but rows do not carry them; a re-created record does not count as deleted, so tables are keyed on natural keys; a client
may have fifteen live tokens; what lies outside the client's organisations is left out without a word.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from schoolward.errors import SourceError
from schoolward.ingest.decode import Decoder
from schoolward.ingest.http import DEFAULT_LIMITS, Limits
from schoolward.sources.base import Pull, Source, Stream, stream_findings
from schoolward.sources.edfi_api import Ods
from schoolward.sources.edfi_derived import DEFAULT_NEED, derived_columns
from schoolward.sources.edfi_pull import OVERLAP, ResourcePull
from schoolward.sources.edfi_records import STREAMS
from schoolward.sources.options import count_mistakes, share_mistakes, stream_mistakes, unknown_mistakes

_RESOURCES: Mapping[str, str] = {
    "schools": "schools",
    "local_education_agencies": "localEducationAgencies",
    "education_organization_networks": "educationOrganizationNetworks",
    "network_associations": "educationOrganizationNetworkAssociations",
    "staffs": "staffs",
    "staff_assignments": "staffEducationOrganizationAssignmentAssociations",
    "staff_employments": "staffEducationOrganizationEmploymentAssociations",
    "calendars": "calendars",
    "calendar_dates": "calendarDates",
    "sessions": "sessions",
    "student_school_associations": "studentSchoolAssociations",
    "student_education_organization_associations": "studentEducationOrganizationAssociations",
    "student_school_attendance_events": "studentSchoolAttendanceEvents",
}
_KEYS_CHANGE = frozenset({"sessions"})
"""Resources read by changes whose natural key may be changed in place."""
_METADATA = frozenset({"id", "_etag", "_lastModifiedDate", "_ext", "link"})
_NEVER_DECODED: Mapping[str, frozenset[str]] = {
    "schools": frozenset({
        "addresses", "administrativeFundingControlDescriptor", "charterApprovalAgencyTypeDescriptor", "charterApprovalSchoolYearTypeReference",
        "educationOrganizationCategories", "indicators", "institutionTelephones", "internationalAddresses", "internetAccessDescriptor",
        "magnetSpecialProgramEmphasisSchoolDescriptor", "titleIPartASchoolDesignationDescriptor", "webSite", "identificationCodes",
        "accreditationStatusDescriptor", "federalLocaleCodeDescriptor", "improvingSchool",
    }),
    "local_education_agencies": frozenset({
        "accountabilities", "addresses", "categories", "charterStatusDescriptor", "educationServiceCenterReference", "federalFunds",
        "identificationCodes", "indicators", "institutionTelephones", "internationalAddresses", "operationalStatusDescriptor",
        "shortNameOfInstitution", "stateEducationAgencyReference", "webSite", "federalLocaleCodeDescriptor",
    }),
    "education_organization_networks": frozenset({
        "addresses", "categories", "identificationCodes", "indicators", "institutionTelephones", "internationalAddresses",
        "operationalStatusDescriptor", "shortNameOfInstitution", "webSite",
    }),
    "staffs": frozenset({
        "addresses", "ancestryEthnicOrigins", "birthDate", "citizenshipStatusDescriptor", "credentials", "firstName", "genderIdentity",
        "generationCodeSuffix", "highestCompletedLevelOfEducationDescriptor", "highlyQualifiedTeacher", "hispanicLatinoEthnicity",
        "identificationCodes", "identificationDocuments", "internationalAddresses", "languages", "lastSurname", "loginId",
        "maidenName", "middleName", "oldEthnicityDescriptor", "otherNames", "personReference", "personalIdentificationDocuments",
        "personalTitlePrefix", "preferredFirstName", "preferredLastSurname", "races", "recognitions", "sexDescriptor",
        "telephones", "tribalAffiliations", "visas", "yearsOfPriorProfessionalExperience", "yearsOfPriorTeachingExperience",
    }),
    "staff_assignments": frozenset({
        "credentialReference", "employmentStaffEducationOrganizationEmploymentAssociationReference", "remainingYearsOfServiceDescriptor",
        "yearsOfExperienceAtCurrentEducationOrganization",
    }),
    "staff_employments": frozenset({
        "annualWage", "credentialReference", "hourlyWage", "offerDate", "probationCompleteDate", "separationDescriptor",
        "separationReasonDescriptor", "tenured", "tenureTrack",
    }),
    "sessions": frozenset({"academicWeeks", "gradingPeriods"}),
    "student_school_associations": frozenset({
        "alternativeGraduationPlans", "classOfSchoolYearTypeReference", "educationPlans", "employedWhileEnrolled",
        "enrollmentTypeDescriptor", "entryGradeLevelDescriptor", "entryGradeLevelReasonDescriptor", "entryTypeDescriptor",
        "exitWithdrawTypeDescriptor", "fullTimeEquivalency", "graduationPlanReference", "nextYearGradeLevelDescriptor",
        "nextYearSchoolReference", "repeatGradeIndicator", "residencyStatusDescriptor", "schoolChoice",
        "schoolChoiceBasisDescriptor", "schoolChoiceTransfer", "schoolYearTypeReference", "termCompletionIndicator",
    }),
    "student_education_organization_associations": frozenset({
        "addresses", "ancestryEthnicOrigins", "barrierToInternetAccessInResidenceDescriptor", "cohortYears", "electronicMails",
        "genderIdentity", "hispanicLatinoEthnicity", "internationalAddresses", "internetAccessInResidence",
        "internetAccessTypeInResidenceDescriptor", "internetPerformanceInResidenceDescriptor", "languages", "loginId",
        "oldEthnicityDescriptor", "primaryLearningDeviceAccessDescriptor", "primaryLearningDeviceAwayFromSchoolDescriptor",
        "primaryLearningDeviceProviderDescriptor", "profileThumbnail", "programParticipationDescriptors", "races", "sexDescriptor",
        "studentIdentificationCodes", "studentIndicators", "supporterMilitaryConnectionDescriptor", "telephones",
        "tribalAffiliations", "visas",
    }),
    "student_school_attendance_events": frozenset({
        "arrivalTime", "attendanceEventReason", "departureTime", "educationalEnvironmentDescriptor", "schoolAttendanceDuration",
    }),
}  # fmt: skip
"""Members the standard knows and we leave out on purpose: no news when they come."""

PAGE_SIZE = 500
EXIT_DAYS = ("last_day", "day_after")

_OPTIONS = (
    "api_year", "staff_id_system", "school_code_system", "state_id_system", "need", "absences", "exit_day",
    "instructional_events", "overlap_versions", "page_size", "streams", "max_deleted_share",
)  # fmt: skip
_EVENTS: Mapping[str, tuple[str, ...]] = {
    "instructional_events": ("Instructional day", "Make-up day"),
    "absences": ("Excused Absence", "Unexcused Absence"),
}
"""Descriptors that count as what the option says, where the district names no others."""


@dataclass
class EdFi(Source):
    """A SIS, read through an Ed-Fi ODS/API."""

    limits: Limits = DEFAULT_LIMITS

    @cached_property
    def ods(self) -> Ods:
        return Ods(self.connection, self.limits, self.config.options.get("api_year"))

    def streams(self) -> tuple[Stream, ...]:
        """Students' rows are read only where the district asks for need counted from them."""
        options = self.config.options
        wanted = options.get("streams")
        return tuple(
            s for s in STREAMS if (wanted is None or s.name in wanted) and (not s.is_student or "need" in options)
        )

    def pull(
        self,
        stream: Stream,
        *,
        cursor: Mapping[str, Any] | None = None,
        since: datetime | None = None,
        full: bool = False,
    ) -> Pull:
        """A pull since an instant reads everything: rows cannot be asked for by the time they changed.

        Students' rows are always read whole: they are let go after 30 days and must be seen again.
        """
        options = self.config.options
        if cursor and cursor.get("api_year") != options.get("api_year"):
            raise SourceError(
                f"{self.config.name}/{stream.name} holds the school year {cursor.get('api_year')}, and api_year is now "
                f"{options.get('api_year')}. Give each year of a year-specific ODS a [[source]] of its own."
            )
        _ = self.ods.client
        on = (self.ods.asked_at or datetime.now(UTC)).date()
        columns = [column.name for column in stream.columns]
        decoder = Decoder(
            stream.record,
            stream.key,
            "rows",
            self.hash_key,
            derived=derived_columns(stream.name, columns, options, on),
            known_fields=_METADATA | _NEVER_DECODED.get(stream.name, frozenset()),
        )
        is_whole = full or stream.is_student or since is not None
        return ResourcePull(
            self.ods,
            _RESOURCES[stream.name],
            stream,
            decoder,
            int(options.get("page_size", PAGE_SIZE)),
            cursor=None if is_whole else cursor,
            api_year=options.get("api_year"),
            overlap=int(options.get("overlap_versions", OVERLAP)),
            has_key_changes=stream.name in _KEYS_CHANGE,
        )

    def check(self) -> Sequence[str]:
        """Sign in and ask each resource for one record."""

        def ask(stream: Stream) -> None:
            self.ods.client.get(self.ods.path(_RESOURCES[stream.name]), {"limit": "1"}, lambda _: None)

        return stream_findings(self.streams(), ask)

    def close(self) -> None:
        if "ods" in self.__dict__:
            self.ods.close()


def model_options(options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What staging and the calendars read: descriptors by their meaning, and how exits are dated."""
    yield "exit_day", str(options.get("exit_day", EXIT_DAYS[0]))
    for name, usual in _EVENTS.items():
        for descriptor in options.get(name, usual):
            yield name, descriptor


def check_options(options: Mapping[str, Any]) -> list[str]:
    """One sentence per mistake in a source's options."""
    mistakes = unknown_mistakes(options, _OPTIONS)
    if "api_year" in options:
        mistakes += count_mistakes(options, "api_year", 2000, 2100)
    for name in ("staff_id_system", "school_code_system", "state_id_system"):
        value = options.get(name, "x")
        if not isinstance(value, str) or not value.strip():
            mistakes.append(f"{name} must name a descriptor, by its code value or its whole URI, not {value!r}")
    for name in _EVENTS:
        mistakes += _list_mistakes(name, options.get(name, ["x"]))
    mistakes += _need_mistakes(options.get("need", {}))
    if options.get("exit_day", EXIT_DAYS[0]) not in EXIT_DAYS:
        mistakes.append(f"exit_day must be {' or '.join(EXIT_DAYS)}, not {options['exit_day']!r}")
    mistakes += count_mistakes(options, "overlap_versions", 0, 10_000_000)
    mistakes += count_mistakes(options, "page_size", 1, 10_000) if "page_size" in options else []
    return mistakes + stream_mistakes(options, STREAMS) + share_mistakes(options, "max_deleted_share")


def _list_mistakes(name: str, value: Any) -> list[str]:
    if isinstance(value, list) and value and all(isinstance(item, str) and item.strip() for item in value):
        return []
    return [f"{name} must be a list of descriptors, by code value or whole URI, not {value!r}"]


def _need_mistakes(need: Any) -> list[str]:
    if not isinstance(need, Mapping):
        return ["need must be a table of our flag = a list of descriptors; {} takes the standard's own"]
    mistakes = [
        f"need: {flag} is not a flag; known are {', '.join(DEFAULT_NEED)}" for flag in need if flag not in DEFAULT_NEED
    ]
    return mistakes + [m for flag, names in need.items() for m in _list_mistakes(f"need: {flag}", names)]


SOURCE = EdFi
