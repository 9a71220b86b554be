"""Puts the parts together and writes the folder."""

from collections.abc import Mapping, Sequence
from datetime import time
from pathlib import Path
from shutil import rmtree

from schoolward.sample.generate import (
    DEFAULT_SEED,
    Summary,
    ask_files,
    calendar_files,
    evidence_files,
    learning_files,
    project_files,
    sis,
    stewardship_files,
)
from schoolward.sample.generate.calendars import RECORDS_START_ON, YEAR_ENDS_ON, SchoolCalendar, iso_text
from schoolward.sample.generate.contact_kinds import describe
from schoolward.sample.generate.folder import Version, write_csv, write_json, write_versions
from schoolward.sample.generate.helpdesks import write_helpdesks
from schoolward.sample.generate.hr_files import extract_days, write_hr
from schoolward.sample.generate.people import People
from schoolward.sample.generate.register_files import write_case_managers, write_contacts
from schoolward.sample.generate.registers import write_changes, write_whole
from schoolward.sample.generate.rules import CROSSWALK_FILE, CROSSWALK_HEADER, Rules, read_rules
from schoolward.sample.generate.schools import School, crosswalk, make_schools
from schoolward.sample.generate.staffing import staff_district
from schoolward.sample.generate.touchpoints import Touchpoint, log_contacts
from schoolward.sample.generate.truth import truth


def write_district(folder: Path, seed: int = DEFAULT_SEED) -> Summary:
    """Write every part of the records folder; ``folder.json`` goes first and comes last, so that it marks a whole one."""
    (folder / "folder.json").unlink(missing_ok=True)
    rules = read_rules()
    schools = make_schools(seed)
    people = staff_district(seed, schools, rules.units)
    for part in ("files", "oneroster", "servicenow", "zendesk"):
        rmtree(folder / part, ignore_errors=True)
    requests = write_helpdesks(folder, seed, rules, schools, people)
    n_students = _write_sis(folder, seed, rules.calendar, schools, people)
    write_hr(folder, rules.calendar, people)
    contacts = describe(seed, rules.calendar, people, log_contacts(seed, rules.calendar, schools, people))
    write_contacts(folder, rules.calendar, contacts)
    write_case_managers(folder, rules, schools, people)
    _write_registers(folder, seed, rules, schools, people, contacts)
    write_csv(folder / CROSSWALK_FILE, CROSSWALK_HEADER, crosswalk(schools))
    summary = Summary(
        folder=folder,
        seed=seed,
        n_schools=len(schools),
        n_requests=requests.n_requests,
        n_tickets=requests.n_tickets,
        n_request_versions=requests.n_versions,
        n_touchpoints=len(contacts),
        n_students=n_students,
        n_checkpoints=len(rules.calendar.checkpoints),
    )
    _write_frame(folder, rules, schools, requests.unattributable, summary)
    return summary


def _starts_at(calendar: SchoolCalendar) -> int:
    return calendar.instant(RECORDS_START_ON, time(0))


def _ends_at(calendar: SchoolCalendar) -> int:
    return calendar.instant(YEAR_ENDS_ON, time(0)) - 1


def _write_sis(folder: Path, seed: int, calendar: SchoolCalendar, schools: Sequence[School], people: People) -> int:
    start = _starts_at(calendar)
    students = sis.Students(seed, calendar, schools, start)
    written = {
        "orgs": list(sis.orgs(calendar, schools, start)),
        "academicSessions": list(sis.sessions(start)),
        "users": [*sis.staff(calendar, schools, people, start), *students.users],
        "enrollments": students.enrollments,
        "demographics": students.demographics,
        "classes": students.classes,
    }
    _write_collections(folder / "oneroster", written)
    return len({version.record["sourcedId"] for version in students.users})


def _write_registers(
    folder: Path, seed: int, rules: Rules, schools: Sequence[School], people: People, contacts: Sequence[Touchpoint]
) -> None:
    """The small registers whole, those that only grow as changes."""
    for register in (
        *project_files.registers(seed, rules, schools, people),
        *learning_files.registers(seed, rules, schools, people),
        *stewardship_files.registers(seed, rules.calendar, people),
        *evidence_files.registers(seed, rules, people),
        ask_files.central_asks(seed, rules, schools),
        ask_files.service_surveys(seed, rules),
        ask_files.pulse_surveys(seed, rules, people),
        ask_files.role_readiness(seed, people),
    ):
        write_whole(folder, rules.calendar, register)
    for register in (
        calendar_files.next_steps(rules.calendar, contacts),
        calendar_files.time_blocks(seed, rules.calendar, schools, people, contacts),
        ask_files.substitute_days(seed, rules.calendar, schools),
    ):
        write_changes(folder, rules.calendar, register, extract_days())


def _write_collections(folder: Path, written: Mapping[str, Sequence[Version]]) -> None:
    for name, versions in written.items():
        write_versions(folder / f"{name}.jsonl.gz", versions)


def _write_frame(
    folder: Path, rules: Rules, schools: Sequence[School], unattributable: Mapping[str, Sequence[str]], summary: Summary
) -> None:
    calendar = rules.calendar
    counts = {
        "schools": summary.n_schools,
        "requests": summary.n_requests,
        "tickets": summary.n_tickets,
        "request_versions": summary.n_request_versions,
        "touchpoints": summary.n_touchpoints,
        "students": summary.n_students,
    }
    write_json(folder / "truth.json", truth(calendar, schools, unattributable, counts))
    frame = {
        "district": rules.district.id,
        "starts_at": iso_text(_starts_at(calendar)),
        "ends_at": iso_text(_ends_at(calendar)),
        "timezone": rules.district.timezone.key,
        "checkpoints": [iso_text(instant) for instant in calendar.checkpoints],
    }
    write_json(folder / "folder.json", frame)
