"""Requests as ServiceNow keeps them: successive versions of incident records, and the audit rows of every save."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from schoolward.sample.generate.calendars import utc_text
from schoolward.sample.generate.folder import Version
from schoolward.sample.generate.identities import CENTRAL_LOCATION, SYSTEM_USER, Identities
from schoolward.sample.generate.lives import NEW, Life, Update
from schoolward.sample.generate.people import Person
from schoolward.sample.generate.randomness import sys_id
from schoolward.sample.generate.request_types import URGENCY_IMPACT

COMPANY = "lakeside"
AUDITED = ("state", "assignment_group", "assigned_to", "priority", "hold_reason", "reopen_count", "location", "active")
INSERT_AUDITED = ("state", "assignment_group", "priority", "location")
"""Of the insert, those that are filled; the others begin empty, ``reopen_count`` at 0 and ``active`` at true."""
STUDENT_IN_TEXT = "Aria Ashgrovely"
"""Stands in every request's text, so that a test can prove that texts never land."""
_TIMES = ("resolved_at", "closed_at")


@dataclass
class IncidentTables:
    """The versions of ``incident`` and ``sys_audit``."""

    seed: int
    ids: Identities
    ends_at: int
    """Nothing that happens later is written."""
    incidents: list[Version] = field(default_factory=list)
    audits: list[Version] = field(default_factory=list)

    def add(self, number: int, life: Life) -> str:
        """Write a life; returns the incident's sys_id."""
        record = self._created(number, life)
        key = record["sys_id"]
        for mod_count, update in enumerate(life.updates):
            if update.at > self.ends_at:
                break
            if mod_count:
                record = self._saved(record, update, mod_count)
            self.incidents.append(Version(update.at, record))
            self._audit(key, mod_count, update, self._changes(record, update, mod_count))
        return key

    def _created(self, number: int, life: Life) -> dict[str, str]:
        draft = life.draft
        key = sys_id(self.seed, "incident", number)
        at = utc_text(draft.asked_at)
        choices = URGENCY_IMPACT[life.first_priority]
        urgency, impact = choices[number % len(choices)]
        caller = self.ids.user(draft.caller) or self.ids.of("sys_user", "guest")
        location = ""
        if draft.location == "school" and draft.school is not None:
            location = self.ids.location(draft.school)
        elif draft.location == "central":
            location = self.ids.of("cmn_location", CENTRAL_LOCATION)
        return {
            "sys_id": key,
            "number": f"INC{number:07d}",
            "sys_class_name": "incident",
            "short_description": f"{draft.type.subcategory.replace('_', ' ')}, concerns {STUDENT_IN_TEXT}",
            "description": f"Please help {STUDENT_IN_TEXT} with {draft.type.subcategory.replace('_', ' ')}.\nThank you!",
            "state": NEW,
            "incident_state": NEW,
            "priority": str(life.first_priority),
            "urgency": urgency,
            "impact": impact,
            "category": draft.type.category,
            "subcategory": draft.type.subcategory,
            "contact_type": draft.contact_type,
            "caller_id": caller,
            "opened_by": caller,
            "opened_at": at,
            "resolved_at": "",
            "resolved_by": "",
            "closed_at": "",
            "closed_by": "",
            "sys_created_on": at,
            "sys_created_by": _user_name(draft.caller),
            "sys_updated_on": at,
            "sys_updated_by": _user_name(draft.caller),
            "sys_mod_count": "0",
            "assignment_group": self.ids.group(life.first_group),
            "assigned_to": "",
            "location": location,
            "company": self.ids.of("core_company", COMPANY),
            "reassignment_count": "0",
            "reopen_count": "0",
            "hold_reason": "",
            "close_code": "",
            "close_notes": "",
            "active": "true",
            "made_sla": "true",
            "parent_incident": "",
        }

    def _saved(self, before: dict[str, str], update: Update, mod_count: int) -> dict[str, str]:
        changes = {
            name: utc_text(value) if name in _TIMES and isinstance(value, int) else self.ids.value(value)
            for name, value in update.changes.items()
        }
        if "assignment_group" in changes:
            changes["assignment_group"] = self.ids.group(changes["assignment_group"])
            changes["reassignment_count"] = str(int(before["reassignment_count"]) + 1)
        if "state" in changes:
            changes["incident_state"] = changes["state"]
        if "priority" in changes:
            changes["urgency"], changes["impact"] = URGENCY_IMPACT[int(changes["priority"])][0]
        at = utc_text(update.at)
        stamps = {"sys_updated_on": at, "sys_updated_by": _user_name(update.by), "sys_mod_count": str(mod_count)}
        return {**before, **changes, **stamps}

    def _changes(self, record: dict[str, str], update: Update, mod_count: int) -> Iterator[tuple[str, str, str]]:
        """Audited fields as (name, old, new); journal fields without their text."""
        if mod_count == 0:
            yield from ((name, "", record[name]) for name in INSERT_AUDITED if record[name])
        else:
            before = self.incidents[-2].record
            yield from ((name, before[name], record[name]) for name in AUDITED if before[name] != record[name])
        if update.has_comment:
            yield "comments", "", ""
        if update.has_note:
            yield "work_notes", "", ""

    def _audit(self, key: str, mod_count: int, update: Update, changes: Iterator[tuple[str, str, str]]) -> None:
        at, user = utc_text(update.at), _user_name(update.by)
        for name, old, new in changes:
            record = {
                "sys_id": sys_id(self.seed, "sys_audit", key, mod_count, name),
                "tablename": "incident",
                "documentkey": key,
                "fieldname": name,
                "oldvalue": old,
                "newvalue": new,
                "user": user,
                "record_checkpoint": str(mod_count),
                "sys_created_on": at,
            }
            self.audits.append(Version(update.at, record))


def _user_name(person: Person | None) -> str:
    """The log-in name is the staff id."""
    return person.staff_id if person else SYSTEM_USER
