"""The year's requests in the two help desks that keep them: one unit's in Zendesk, all others' in ServiceNow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from pathlib import Path

from schoolward.sample.generate import helpdesk_directory, ticket_directory
from schoolward.sample.generate.calendars import RECORDS_START_ON, YEAR_ENDS_ON
from schoolward.sample.generate.folder import Version, write_versions
from schoolward.sample.generate.identities import Identities
from schoolward.sample.generate.incidents import IncidentTables
from schoolward.sample.generate.lives import live
from schoolward.sample.generate.people import People, Person
from schoolward.sample.generate.requests import Draft, draft_requests
from schoolward.sample.generate.rules import Rules
from schoolward.sample.generate.schools import NOT_IN_CROSSWALK, School
from schoolward.sample.generate.slas import task_slas
from schoolward.sample.generate.staffing import N_CASE_MANAGERS
from schoolward.sample.generate.ticket_identities import ZENDESK_UNITS, TicketIdentities, is_zendesk
from schoolward.sample.generate.ticket_metrics import metric_events
from schoolward.sample.generate.tickets import TicketTables

FIRST_NUMBER = 10_001


@dataclass(frozen=True, slots=True)
class Written:
    """What the help desks hold."""

    n_requests: int
    n_tickets: int
    """Of the requests, those in Zendesk."""
    n_versions: int
    unattributable: Mapping[str, Sequence[str]]
    """By source: the keys of requests whose school nothing tells."""


def write_helpdesks(folder: Path, seed: int, rules: Rules, schools: Sequence[School], people: People) -> Written:
    """Write the collections of both."""
    start = rules.calendar.instant(RECORDS_START_ON, time(0))
    end = rules.calendar.instant(YEAR_ENDS_ON, time(0)) - 1
    ids, ticket_ids = Identities(seed), TicketIdentities.of(rules)
    incidents = IncidentTables(seed, ids, end)
    tickets = TicketTables(seed, ticket_ids, _case_managers(schools, people), end)
    slas: list[Version] = []
    metrics: list[Version] = []
    untold: dict[str, list[str]] = {"helpdesk": [], "facilities_desk": []}
    drafts = [d for d in draft_requests(seed, rules, schools, people) if d.asked_at <= end]
    n_tickets = 0
    for number, life in enumerate(live(seed, rules, people, drafts), FIRST_NUMBER):
        unit = life.draft.unit
        if is_zendesk(unit):
            ticket, steps = tickets.add(n_tickets, life)
            n_tickets += 1
            limit = rules.limits[unit, life.draft.priority]
            metrics += metric_events(ticket, life, steps, limit, rules.clocks[unit], end)
            source, key = "facilities_desk", str(ticket)
        else:
            source, key = "helpdesk", incidents.add(number, life)
            slas += task_slas(ids, rules, end, key, life)
        if not _is_attributable(life.draft):
            untold[source].append(key)
    first, last = RECORDS_START_ON, YEAR_ENDS_ON
    _write(
        folder / "servicenow",
        {
            "incident": incidents.incidents,
            "sys_audit": incidents.audits,
            "task_sla": slas,
            "sys_user_group": list(helpdesk_directory.groups(ids, rules, people, start)),
            "cmn_location": list(helpdesk_directory.locations(ids, schools, start)),
            "sys_user": list(helpdesk_directory.users(ids, rules.calendar, schools, people, start)),
        },
    )
    _write(
        folder / "zendesk",
        {
            "tickets": tickets.tickets,
            "ticket_events": tickets.audits,
            "ticket_metric_events": metrics,
            "users": list(ticket_directory.users(ticket_ids, rules.calendar, schools, people, start)),
            "organizations": list(ticket_directory.organizations(ticket_ids, schools, start)),
            "groups": list(ticket_directory.groups(ticket_ids, start)),
            "sla_policies": list(ticket_directory.sla_policies(rules, start)),
            "schedules": list(ticket_directory.schedules(rules, start)),
            "holidays": list(ticket_directory.holidays(rules, first, last, start)),
        },
    )
    return Written(len(drafts), n_tickets, len(incidents.incidents) + len(tickets.tickets), untold)


def _case_managers(schools: Sequence[School], people: People) -> dict[int, Person]:
    """School → who looks after it in the unit whose requests are in Zendesk."""
    [unit] = ZENDESK_UNITS
    managers = people.case_managers[unit]
    return {school.number: managers[school.number % N_CASE_MANAGERS].person for school in schools}


def _is_attributable(draft: Draft) -> bool:
    """Whether anything ties the request to a school: a place or code the help desk and the SIS both know, or somebody who works there."""
    if draft.school is None:
        return False
    if draft.contact_type != "ild":
        return True
    if is_zendesk(draft.unit):
        return bool(draft.school.location_code)  # its form knows codes alone
    return draft.school.number != NOT_IN_CROSSWALK


def _write(folder: Path, written: Mapping[str, Sequence[Version]]) -> None:
    for name, versions in written.items():
        write_versions(folder / f"{name}.jsonl.gz", versions)
