"""Requests as Zendesk keeps them: successive versions of tickets, and the audits of what happened to them.

Zendesk knows no cancelling: who no longer wants what was asked has the ticket deleted, or merged into another one. Waiting for the
requester is called pending; on hold is waiting for a part or a firm, and stops no promise.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from schoolward.sample.generate.calendars import iso_text
from schoolward.sample.generate.folder import Version
from schoolward.sample.generate.incidents import STUDENT_IN_TEXT
from schoolward.sample.generate.lives import CANCELED, CLOSED, IN_PROGRESS, ON_HOLD, RESOLVED, Life, Update
from schoolward.sample.generate.people import Person
from schoolward.sample.generate.randomness import stream
from schoolward.sample.generate.schools import School
from schoolward.sample.generate.ticket_identities import (
    BRAND_ID,
    CATEGORY_FIELD,
    CENTRAL_ORGANIZATION,
    FORM_ID,
    PRIORITIES,
    SCHOOL_FIELD,
    SUBCATEGORY_FIELD,
    SYSTEM_ID,
    TicketIdentities,
)

FIRST_TICKET = 5_001
STATUS: Mapping[str, str] = {IN_PROGRESS: "open", ON_HOLD: "pending", RESOLVED: "solved", CLOSED: "closed"}
MERGED_TAG, BLOCKING_TAG = "closed_by_merge", "stops_instruction"
CHANNELS: Mapping[str, str] = {"self-service": "web", "email": "email", "phone": "voice", "ild": "api"}
SHARE_MERGED, SHARE_HELD, SHARE_FOLLOWED = 0.6, 0.12, 0.8
"""Of withdrawn tickets, of those worked on for at least a day, and of those whose case manager watches to the end."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one save changes of a ticket."""

    at: int
    by: Person | None
    changes: dict[str, Any]
    is_public: bool | None = None
    """Of the comment written with it; None where there is none."""


@dataclass
class TicketTables:
    """The versions of ``tickets`` and ``ticket_events``, and the steps of every ticket for its metric events."""

    seed: int
    ids: TicketIdentities
    case_managers: Mapping[int, Person]
    """School → who looks after it in the unit."""
    ends_at: int
    """Nothing that happens later is written."""
    tickets: list[Version] = field(default_factory=list)
    audits: list[Version] = field(default_factory=list)
    _last_of_school: dict[int, int] = field(default_factory=dict)
    _n_audits: int = 36_000_000

    def add(self, number: int, life: Life) -> tuple[int, list[Step]]:
        """Write a life; returns the ticket's id and its steps as far as they have happened."""
        ticket = FIRST_TICKET + number
        steps = [step for step in self._steps(ticket, life) if step.at <= self.ends_at]
        record = self._created(ticket, life)
        for place, step in enumerate(steps):
            before = record
            if place:
                record = {**record, **_settled(record, step.changes)}
            record |= {"updated_at": iso_text(step.at), "generated_timestamp": step.at}
            if record["status"] == "deleted":
                self.tickets.append(Version(step.at, _remains(record)))
            else:
                self.tickets.append(Version(step.at, record))
            self._audit(ticket, step, _changed(before if place else None, record))
        if life.draft.school is not None and record["status"] != "deleted":
            self._last_of_school[life.draft.school.number] = ticket
        return ticket, steps

    def _created(self, ticket: int, life: Life) -> dict[str, Any]:
        draft = life.draft
        school = draft.school if draft.location == "school" else None
        code = school.location_code if school is not None else ""
        manager = self.case_managers.get(draft.school.number) if draft.school else None
        is_followed = manager is not None and stream(self.seed, "follower", ticket).random() < SHARE_FOLLOWED
        what = draft.type.subcategory.replace("_", " ")
        return {
            "id": ticket,
            "url": f"https://lakeside.zendesk.example/api/v2/tickets/{ticket}.json",
            "external_id": None,
            "via": {"channel": CHANNELS[draft.contact_type], "source": {"from": {}, "to": {}, "rel": None}},
            "created_at": iso_text(draft.asked_at),
            "type": "incident",
            "subject": f"{what}, concerns {STUDENT_IN_TEXT}",
            "raw_subject": f"{what}, concerns {STUDENT_IN_TEXT}",
            "description": f"Please help {STUDENT_IN_TEXT} with {what}.\nThank you!",
            "priority": PRIORITIES[life.first_priority],
            "status": "new",
            "custom_status_id": None,
            "requester_id": self.ids.user(draft.caller),
            "submitter_id": self.ids.user(draft.caller),
            "assignee_id": None,
            "organization_id": self._organization(life),
            "group_id": self.ids.groups[life.first_group],
            "follower_ids": [self.ids.user(manager)] if is_followed else [],
            "collaborator_ids": [],
            "email_cc_ids": [],
            "problem_id": None,
            "has_incidents": False,
            "is_public": True,
            "due_at": None,
            "tags": [BLOCKING_TAG] if draft.priority <= 2 and draft.type.category in ("hvac", "electrical") else [],
            "custom_fields": _custom(draft.type.category, draft.type.subcategory, code or None),
            "ticket_form_id": FORM_ID,
            "brand_id": BRAND_ID,
        }

    def _organization(self, life: Life) -> int | None:
        """The requester's: a school's for its staff, the central office's for an ILD, none for a guest."""
        draft = life.draft
        if draft.caller is None:
            return None
        is_of_school = draft.school is not None and draft.contact_type != "ild"
        return self.ids.organization(draft.school) if is_of_school else CENTRAL_ORGANIZATION

    def _steps(self, ticket: int, life: Life) -> Iterator[Step]:
        rng = stream(self.seed, "ticket", ticket)
        target = self._last_of_school.get(life.draft.school.number) if life.draft.school else None
        steps = [Step(life.updates[0].at, life.draft.caller, {}, True)]  # the description is the first comment
        for update in life.updates[1:]:
            if update.changes.get("state") == CANCELED:
                is_merged = target is not None and rng.random() < SHARE_MERGED
                steps.append(self._merged(update, ticket, target) if is_merged and target else _deleted(update))
            else:
                steps.append(self._step(update, life))
        yield from _with_hold(steps, rng.random(), rng.random())

    def _step(self, update: Update, life: Life) -> Step:
        changes: dict[str, Any] = {}
        for name, value in update.changes.items():
            if name == "state":
                changes["status"] = STATUS[str(value)]
            elif name == "assignment_group":
                changes["group_id"] = self.ids.groups[str(value)]
            elif name == "assigned_to":
                changes["assignee_id"] = self.ids.user(value) if isinstance(value, Person) else None
            elif name == "priority":
                changes["priority"] = PRIORITIES[int(str(value))]
            elif name == "location" and isinstance(value, School):
                kind = life.draft.type
                changes["custom_fields"] = _custom(kind.category, kind.subcategory, value.location_code or None)
        comment = True if update.has_comment else False if update.has_note else None
        return Step(update.at, update.by, changes, comment)

    def _merged(self, update: Update, ticket: int, target: int) -> Step:
        """Closed as a part of another ticket, whose audit names it."""
        self._n_audits += 1
        self.audits.append(
            Version(
                update.at,
                {
                    **self._head(target, update.at, SYSTEM_ID),
                    "merged_ticket_ids": [ticket],
                    "child_events": [],
                },
            )
        )
        return Step(update.at, None, {"status": "closed", "tags": [MERGED_TAG]}, False)

    def _audit(self, ticket: int, step: Step, changes: Iterator[dict[str, Any]]) -> None:
        is_by_system = step.by is None and step.changes.get("status") == "closed"
        actor = SYSTEM_ID if is_by_system else self.ids.user(step.by)
        children = list(changes)
        if step.is_public is not None:
            children.append(
                {
                    "event_type": "Comment",
                    "comment_present": True,
                    "comment_public": step.is_public,
                    "public": step.is_public,
                    "author_id": actor,
                    "body": f"About {STUDENT_IN_TEXT}.",
                }
            )
        if not children:
            return
        self._n_audits += 1
        head = self._head(ticket, step.at, actor)
        numbered = [{"id": head["id"] * 20 + n, "via": "Web form", **child} for n, child in enumerate(children)]
        self.audits.append(Version(step.at, {**head, "child_events": numbered}))

    def _head(self, ticket: int, at: int, actor: int) -> dict[str, Any]:
        return {
            "id": self._n_audits,
            "ticket_id": ticket,
            "timestamp": at,
            "created_at": iso_text(at),
            "updater_id": actor,
            "via": "Web form",
            "system": {"client": "Mozilla/5.0", "location": "Lakeside", "latitude": 41.8, "longitude": -87.6},
            "event_type": "Audit",
        }


def _custom(category: str, subcategory: str, code: str | None) -> list[dict[str, Any]]:
    return [
        {"id": CATEGORY_FIELD, "value": category},
        {"id": SUBCATEGORY_FIELD, "value": subcategory},
        {"id": SCHOOL_FIELD, "value": code},
    ]


def _settled(record: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes with what Zendesk itself does beside them: a new ticket that somebody takes is open; tags are added."""
    settled = dict(changes)
    if settled.get("assignee_id") and record["status"] == "new":
        settled.setdefault("status", "open")
    if "tags" in settled:
        settled["tags"] = sorted({*record["tags"], *settled["tags"]})
    return settled


def _deleted(update: Update) -> Step:
    return Step(update.at, update.by, {"status": "deleted"})


def _remains(record: Mapping[str, Any]) -> dict[str, Any]:
    """What Zendesk still gives of a deleted ticket."""
    kept = (
        "id",
        "url",
        "created_at",
        "updated_at",
        "generated_timestamp",
        "status",
        "requester_id",
        "organization_id",
        "group_id",
    )
    return {
        **{name: record[name] for name in kept},
        "subject": "SCRUBBED",
        "description": "SCRUBBED",
        "tags": [],
        "custom_fields": [],
    }


def _with_hold(steps: list[Step], luck: float, share: float) -> Iterator[Step]:
    """The steps; on some long ones a part was waited for, in the stretch before the first solution."""
    solved = next((n for n, step in enumerate(steps) if step.changes.get("status") == "solved"), None)
    for number, step in enumerate(steps):
        before = steps[number - 1]
        is_worked_on = (
            solved is not None and number == solved and any(s.changes.get("status") == "open" for s in steps[:number])
        )
        if is_worked_on and luck < SHARE_HELD and step.at - before.at > 2 * 86_400:
            room = step.at - before.at
            begins = before.at + int(room * 0.1 * (1 + share))
            yield Step(begins, step.by, {"status": "hold"}, False)
            yield Step(begins + int(room * (0.3 + 0.3 * share)), step.by, {"status": "open"})
        yield step


def _changed(before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Child events: at the creation every field that is filled, later what differs; one for each field."""
    for name in ("status", "group_id", "assignee_id", "priority", "organization_id", "requester_id", "type", "tags"):
        value = now.get(name)
        if before is None:
            if value not in (None, []):
                yield {"event_type": "Create", name: value}
        elif value != before.get(name):
            yield {"event_type": "Change", name: value, "previous_value": before.get(name)}
    old = {f["id"]: f["value"] for f in before["custom_fields"]} if before else {}
    for custom in now.get("custom_fields", ()):
        if custom["value"] != old.get(custom["id"]):
            change = {"custom_ticket_fields": {str(custom["id"]): custom["value"]}}
            yield {"event_type": "Create", **change} if before is None else {
                "event_type": "Change", **change, "previous_value": old.get(custom["id"]),
            }  # fmt: skip
