"""Columns worked out from the lists in Ed-Fi records: the one code or address that is wanted, and students' need flags.

A descriptor is a URI, ``uri://ed-fi.org/StaffClassificationDescriptor#Principal``; options name it whole, or by its code value
alone where no namespace of the state's own gets in the way.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from schoolward.ingest.decode import Derived

Values = Sequence[Any]
Elements = Sequence[Values]
"""For each element of a list, the values at one path in it."""

DEFAULT_NEED: Mapping[str, tuple[str, ...]] = {
    "is_low_income": ("Economic Disadvantaged", "Economically Disadvantaged"),
    "is_english_learner": ("Limited", "English Learner", "Limited English Proficiency"),
    "has_disability": ("*",),
}
"""Code values that raise a flag, among student characteristics, indicators and English proficiency; ``*`` = any disability listed."""


def is_named(descriptor: Any, names: Sequence[str]) -> bool:
    """Whether a descriptor is one of those named, by its whole URI or its code value, without regard to case."""
    if not isinstance(descriptor, str):
        return False
    uri = descriptor.casefold()
    code = uri.rpartition("#")[2]
    return any(name.casefold() in (uri, code) for name in names)


def _first(values: Values) -> Any:
    return values[0] if values else None


def _code_of(system: str, systems: Elements, codes: Elements) -> str | None:
    """The code of the identification system that is wanted."""
    for named, code in zip(systems, codes, strict=True):
        if is_named(_first(named), (system,)) and _first(code) is not None:
            return str(_first(code))
    return None


def _work_address(kinds: Elements, addresses: Elements, primary: Elements) -> str | None:
    """The work address, the primary one first; else the only address there is."""
    known = [
        (is_named(_first(kind), ("Work", "Organization")), _first(is_primary) is True, str(_first(address)))
        for kind, address, is_primary in zip(kinds, addresses, primary, strict=True)
        if _first(address)
    ]
    at_work = [entry for entry in known if entry[0]]
    if at_work:
        return max(at_work, key=lambda entry: entry[1])[2]
    return known[0][2] if len(known) == 1 else None


def _texts(elements: Elements) -> list[str] | None:
    """The first value of each element, sorted: an ODS promises no order within a list."""
    return sorted({str(_first(values)) for values in elements if _first(values) is not None}) or None


def _has_need(
    names: Sequence[str],
    on: date,
    characteristics: Elements,
    ends: Elements,
    proficiency: Values,
    disabilities: Elements,
) -> bool:
    """Whether any of the named characteristics still holds, or the English proficiency is one of them."""
    if "*" in names and disabilities:
        return True
    holds = any(
        is_named(_first(named), names) and (not until or any(end is None or end >= on.isoformat() for end in until))
        for named, until in zip(characteristics, ends, strict=True)
    )
    disability = any(is_named(_first(values), names) for values in disabilities)
    return holds or disability or any(is_named(value, names) for value in proficiency)


def _constant(value: Any) -> Any:
    return value


def _code(column: str, descriptor: str, system: str | None) -> Derived:
    if system is None:
        return Derived(column, (), partial(_constant, None))
    paths = (("identificationCodes[]", descriptor), ("identificationCodes[]", "identificationCode"))
    return Derived(column, paths, partial(_code_of, system))


def _list(column: str, elements: str, descriptor: str) -> Derived:
    return Derived(column, ((f"{elements}[]", descriptor),), _texts)


def _school(options: Mapping[str, Any], on: date) -> tuple[Derived, ...]:
    system = "educationOrganizationIdentificationSystemDescriptor"
    return (
        _code("school_code", system, options.get("school_code_system")),
        _code("state_id", system, options.get("state_id_system")),
        _list("school_categories", "schoolCategories", "schoolCategoryDescriptor"),
        _list("grade_levels", "gradeLevels", "gradeLevelDescriptor"),
    )


def _staff(options: Mapping[str, Any], on: date) -> tuple[Derived, ...]:
    mails = ("electronicMailTypeDescriptor", "electronicMailAddress", "primaryEmailAddressIndicator")
    return (
        _code("hr_staff_id", "staffIdentificationSystemDescriptor", options.get("staff_id_system")),
        Derived("email_hash", tuple(("electronicMails[]", name) for name in mails), _work_address, is_email=True),
    )


def _need(options: Mapping[str, Any], on: date) -> tuple[Derived, ...]:
    paths = (
        ("studentCharacteristics[]", "studentCharacteristicDescriptor"),
        ("studentCharacteristics[]", "periods[]", "endDate"),
        ("limitedEnglishProficiencyDescriptor",),
        ("disabilities[]", "disabilityDescriptor"),
    )
    named = {**DEFAULT_NEED, **options.get("need", {})}
    return tuple(Derived(column, paths, partial(_has_need, tuple(names), on)) for column, names in named.items())


_BY_STREAM: Mapping[str, Callable[[Mapping[str, Any], date], tuple[Derived, ...]]] = {
    "schools": _school,
    "staffs": _staff,
    "calendars": lambda options, on: (_list("grade_levels", "gradeLevels", "gradeLevelDescriptor"),),
    "calendar_dates": lambda options, on: (_list("events", "calendarEvents", "calendarEventDescriptor"),),
    "student_education_organization_associations": _need,
}


def derived_columns(stream: str, columns: Sequence[str], options: Mapping[str, Any], on: date) -> tuple[Derived, ...]:
    """The derived columns of a stream.

    Args:
        columns: the columns its record has.
        on: the source's day: a characteristic that ended before it no longer counts.
    """
    found = _BY_STREAM[stream](options, on) if stream in _BY_STREAM else ()
    if "api_year" in columns:
        found = (*found, Derived("api_year", (), partial(_constant, options.get("api_year"))))
    return found
