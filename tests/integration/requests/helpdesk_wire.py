"""The same history as two accounts write it down: a records folder for the replay server, and rows in the vendor's other spellings."""

import gzip
import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.integration.requests.helpdesk_history import (
    ADMIN,
    AGENTS,
    BEGIN,
    DEMOTED_AGENT,
    DEMOTED_AT,
    GROUPS,
    LEFT_AGENT,
    REQUESTERS,
    Step,
    Ticket,
)

Version = tuple[datetime, dict[str, Any]]
"""When it became true, and the record on the wire."""
WORDS = "Ann Lee's words"


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def ticket_versions(ticket: Ticket) -> list[Version]:
    """A version for each step, and the remains of a deleted one."""
    found = []
    for n, step in enumerate(ticket.steps, 1):
        values = ticket.values(n)
        is_merged = ticket.is_merged and values["status"] == "closed"
        record = {
            "id": ticket.id, "created_at": stamp(ticket.created_at), "updated_at": stamp(step.at), "subject": WORDS, "description": WORDS,
            "status": values["status"], "priority": values.get("priority"), "group_id": _number(values.get("group_id")),
            "requester_id": ticket.requester, "submitter_id": ticket.steps[0].actor, "organization_id": None, "type": None,
            "via": {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}}, "tags": ["closed_by_merge"] if is_merged else [],
            "custom_fields": [], "follower_ids": [],
        }  # fmt: skip
        found.append((step.at, record))
    if ticket.deleted_at is not None:
        found.append((ticket.deleted_at, {**found[-1][1], "status": "deleted", "updated_at": stamp(ticket.deleted_at)}))
    return found


def audits(tickets: Iterable[Ticket], *, is_like_audits: bool) -> list[Version]:
    """One for each step, numbered in the order of time.

    Args:
        is_like_audits: children as the ticket's own audits spell them (type, field_name, value), not as the export does.
    """
    steps = [(step, n == 0, ticket) for ticket in tickets for n, step in enumerate(ticket.steps)]
    steps.sort(key=lambda found: found[0].at)
    return [
        (step.at, _audit(number, ticket, step, is_first=is_first, is_like_audits=is_like_audits))
        for number, (step, is_first, ticket) in enumerate(steps, 900_001)
    ]


def _audit(number: int, ticket: Ticket, step: Step, *, is_first: bool, is_like_audits: bool) -> dict[str, Any]:
    kind = "Create" if is_first else "Change"
    children: list[dict[str, Any]] = []
    for name, (before, after) in step.changes.items():
        told = {"field_name": name, "value": after} if is_like_audits else {name: after}
        kinds = {"type": kind} if is_like_audits else {"event_type": kind}
        children.append(kinds | told | ({} if is_first else {"previous_value": before}))
    if is_like_audits and is_first and ticket.id % 3 == 0 and step.changes["status"][1] == "new":
        children = []  # no word of what it was created with
    if step.comment is not None:
        said = step.comment
        comment = {
            "type": "Comment",
            "author_id": said.author,
            "public": said.is_public,
            "body": WORDS,
            "html_body": WORDS,
        }
        comment |= {} if is_like_audits else {"event_type": "Comment"}
        comment |= {"via": {"channel": "rule"} if is_like_audits else "Rule"} if said.is_by_rule else {}
        children.append(comment)
    for n, child in enumerate(children):
        child["id"] = number * 10 + n
    via = "Rule" if step.actor == -1 else "Web form"
    head = {
        "id": number,
        "ticket_id": ticket.id,
        "created_at": stamp(step.at),
        "system": {"ip_address": "192.0.2.1", "location": WORDS},
    }
    if is_like_audits:
        return {**head, "author_id": step.actor, "via": {"channel": via.split()[0].lower()}, "child_events": children}
    return {
        **head, "timestamp": int(step.at.timestamp()), "updater_id": step.actor, "via": via, "event_type": "Audit", "child_events": children,
    }  # fmt: skip


def users() -> list[Version]:
    def user(id: int, role: str, **more: Any) -> dict[str, Any]:
        head = {
            "id": id,
            "name": WORDS,
            "email": f"u{id}@desk.example",
            "role": role,
            "active": True,
            "external_id": None,
        }
        return {**head, "created_at": stamp(BEGIN), "updated_at": stamp(BEGIN), **more}

    found = [(BEGIN, user(id, "end-user")) for id in REQUESTERS]
    found += [(BEGIN, user(id, "agent")) for id in (*AGENTS, LEFT_AGENT, DEMOTED_AGENT)] + [
        (BEGIN, user(ADMIN, "admin"))
    ]
    left_at = BEGIN + timedelta(days=400)
    found.append((left_at, user(LEFT_AGENT, "agent", active=False, updated_at=stamp(left_at))))
    found.append((DEMOTED_AT, user(DEMOTED_AGENT, "end-user", updated_at=stamp(DEMOTED_AT))))
    return found


def groups() -> list[Version]:
    return [(BEGIN, {"id": id, "name": name, "deleted": False}) for id, name in GROUPS.items()]


def write_folder(folder: Path, tickets: list[Ticket]) -> None:
    """A records folder of the replay server."""
    purged = [(ticket.purged_at, ticket.id) for ticket in tickets if ticket.purged_at is not None]
    lines: dict[str, list[dict[str, Any]]] = {
        "tickets": [
            *({"at": stamp(at), "record": record} for ticket in tickets for at, record in ticket_versions(ticket)),
            *({"at": stamp(at), "record": {"id": id}, "deleted": True} for at, id in purged),
        ],
        "ticket_events": [{"at": stamp(at), "record": record} for at, record in audits(tickets, is_like_audits=False)],
        "users": [{"at": stamp(at), "record": record} for at, record in users()],
        "groups": [{"at": stamp(at), "record": record} for at, record in groups()],
    }
    (folder / "zendesk").mkdir(parents=True)
    for name, rows in lines.items():
        with gzip.open(folder / "zendesk" / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in sorted(rows, key=lambda row: str(row["at"])))


def as_texts(record: Any) -> Any:
    """Numbers written as texts, as lenient servers do."""
    if isinstance(record, Mapping):
        return {name: as_texts(value) for name, value in record.items()}
    if isinstance(record, list):
        return [as_texts(value) for value in record]
    return str(record) if isinstance(record, int) and not isinstance(record, bool) else record


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)
