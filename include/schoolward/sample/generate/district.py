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
    helpdesk_directory,
    learning_files,
    project_files,
    sis,
    stewardship_files,
)
from schoolward.sample.generate.calendars import RECORDS_START_ON, YEAR_ENDS_ON, SchoolCalendar, iso_text
from schoolward.sample.generate.contact_kinds import describe
from schoolward.sample.generate.folder import Version, write_csv, write_json, write_versions
from schoolward.sample.generate.hr_files import extract_days, write_hr
from schoolward.sample.generate.identities import Identities
from schoolward.sample.generate.incidents import IncidentTables
from schoolward.sample.generate.lives import live
from schoolward.sample.generate.people import People
from schoolward.sample.generate.register_files import write_case_managers, write_contacts
from schoolward.sample.generate.registers import write_changes, write_whole
from schoolward.sample.generate.requests import Draft, draft_requests
from schoolward.sample.generate.rules import CROSSWALK_FILE, CROSSWALK_HEADER, Rules, read_rules
from schoolward.sample.generate.schools import NOT_IN_CROSSWALK, School, crosswalk, make_schools
from schoolward.sample.generate.slas import task_slas
from schoolward.sample.generate.staffing import staff_district
from schoolward.sample.generate.touchpoints import Touchpoint, log_contacts
from schoolward.sample.generate.truth import truth

FIRST_NUMBER = 10_001


def write_district(folder: Path, seed: int = DEFAULT_SEED) -> Summary:
    """Write every part of the records folder; ``folder.json`` goes first and comes last, so that it marks a whole one."""
    (folder / "folder.json").unlink(missing_ok=True)
    rules = read_rules()
    schools = make_schools(seed)
    people = staff_district(seed, schools, rules.units)
    for part in ("files", "oneroster", "servicenow"):
        rmtree(folder / part, ignore_errors=True)
    n_requests, n_versions, unattributable = _write_helpdesk(folder, seed, rules, schools, people)
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
        n_requests=n_requests,
        n_request_versions=n_versions,
        n_touchpoints=len(contacts),
        n_students=n_students,
        n_checkpoints=len(rules.calendar.checkpoints),
    )
    _write_frame(folder, rules, schools, unattributable, summary)
    return summary


def _starts_at(calendar: SchoolCalendar) -> int:
    return calendar.instant(RECORDS_START_ON, time(0))


def _ends_at(calendar: SchoolCalendar) -> int:
    return calendar.instant(YEAR_ENDS_ON, time(0)) - 1


def _write_helpdesk(
    folder: Path, seed: int, rules: Rules, schools: Sequence[School], people: People
) -> tuple[int, int, list[str]]:
    """The ServiceNow tables; gives the number of requests, of their versions, and who cannot be attributed."""
    ids, start, end = Identities(seed), _starts_at(rules.calendar), _ends_at(rules.calendar)
    tables = IncidentTables(seed, ids, end)
    slas: list[Version] = []
    unattributable: list[str] = []
    drafts = [d for d in draft_requests(seed, rules, schools, people) if d.asked_at <= end]
    for number, life in enumerate(live(seed, rules, people, drafts), FIRST_NUMBER):
        key = tables.add(number, life)
        slas += task_slas(ids, rules, end, key, life)
        if not _is_attributable(life.draft):
            unattributable.append(key)
    written = {
        "incident": tables.incidents,
        "sys_audit": tables.audits,
        "task_sla": slas,
        "sys_user_group": list(helpdesk_directory.groups(ids, rules, people, start)),
        "cmn_location": list(helpdesk_directory.locations(ids, schools, start)),
        "sys_user": list(helpdesk_directory.users(ids, rules.calendar, schools, people, start)),
    }
    _write_collections(folder / "servicenow", written)
    return len(drafts), len(tables.incidents), unattributable


def _is_attributable(draft: Draft) -> bool:
    """Whether anything ties the request to a school: a place the helpdesk and the SIS both know, or somebody who works there."""
    if draft.school is None:
        return False
    return draft.contact_type != "ild" or draft.school.number != NOT_IN_CROSSWALK


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
    folder: Path, rules: Rules, schools: Sequence[School], unattributable: Sequence[str], summary: Summary
) -> None:
    calendar = rules.calendar
    counts = {
        "schools": summary.n_schools,
        "requests": summary.n_requests,
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
