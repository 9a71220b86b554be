"""Writing made-up requests down the way each help desk would, straight into raw tables as landing leaves them."""

import random
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import psycopg
from histories import NOW, Request
from psycopg import sql

from schoolward.sources.base import Stream, all_streams

STREAMS: Mapping[tuple[str, str], Stream] = {(s.system, s.name): s for s in all_streams()}
SOURCES = {"servicenow": "helpdesk", "zendesk": "facilities_desk"}
GROUPS = {"office": 1, "lunch": 2, "night": 3, "always": 4, "moving": 5, None: 6}
GROUP_NAMES = {1: "Office", 2: "Lunch", 3: "Night", 4: "Always", 5: "Moving", 6: "Nobody's"}
REQUESTER, AGENT, ADMIN, OTHER, SYSTEM = 900, 901, 902, 903, -1
STATES = {"new": 1, "working": 2, "waiting": 3, "held": 3, "resolved": 6, "closed": 7, "withdrawn": 8}
STATUSES = {
    "new": "new", "working": "open", "waiting": "pending", "held": "hold", "resolved": "solved", "closed": "closed",
    "withdrawn": "deleted",
}  # fmt: skip
PRIORITIES = {1: "urgent", 2: "high", 3: None, 4: "low"}
LOG_INS = {"staff": "j.agent", "requester": "p.caller", "machine": "system", "another": "p.caller"}


def land(
    connection: psycopg.Connection[Any],
    system: str,
    name: str,
    rows: Iterable[Mapping[str, Any]],
    *,
    load_id: int = 1,
    seen_from: datetime = NOW,
) -> None:
    """Copy rows, all with the same fields, in as current versions."""
    rows = list(rows)
    if not rows:
        return
    stream = STREAMS[system, name]
    columns = [*rows[0], "_source", "_seen_from", "_is_current", "_is_deleted", "_fingerprint", "_load_id"]
    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(stream.schema, stream.table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor().copy(statement) as copy:
        for row in rows:
            copy.write_row([*row.values(), SOURCES[system], seen_from, True, False, uuid.uuid4(), load_id])


def land_directory(connection: psycopg.Connection[Any]) -> None:
    """The teams and people of both help desks."""
    land(
        connection,
        "servicenow",
        "sys_user_group",
        [{"sys_id": f"g{n}", "name": name, "sys_updated_on": NOW} for n, name in GROUP_NAMES.items()],
    )
    land(
        connection,
        "servicenow",
        "sys_user",
        [{"sys_id": "caller", "user_name_hash": "hash of p.caller", "sys_updated_on": NOW}],
    )
    land(connection, "zendesk", "groups", [{"id": n, "name": name} for n, name in GROUP_NAMES.items()])
    roles = {REQUESTER: "end-user", AGENT: "agent", ADMIN: "admin", OTHER: "end-user"}
    land(connection, "zendesk", "users", [{"id": user, "role": role} for user, role in roles.items()])


def land_servicenow(connection: psycopg.Connection[Any], requests: Sequence[Request], **landing: Any) -> None:
    """Incidents, their audit and their journal; a wait that turns into a hold is only told by its reason."""
    land(
        connection, "servicenow", "incident",
        [
            {
                "sys_id": f"i{r.number}", "number": f"INC{r.number}", "state": STATES[r.status], "priority": r.priority,
                "caller_id": "caller", "assignment_group": f"g{GROUPS[r.unit]}", "sys_created_on": r.created,
                "opened_at": r.created, "sys_updated_on": max([r.created, *(s.at for s in r.steps)]), "sys_mod_count": 9,
                "hold_reason": {"waiting": "1", "held": "4"}.get(r.status),
            }
            for r in requests
        ],
        **landing,
    )  # fmt: skip
    land(connection, "servicenow", "sys_audit", (row for r in requests for row in _audit(r)), **landing)
    land(
        connection, "servicenow", "sys_audit_journal",
        [
            {
                "sys_id": f"j{r.number}-{n}", "tablename": "incident", "documentkey": f"i{r.number}",
                "fieldname": "comments" if note.is_public else "work_notes", "user": LOG_INS[note.by],
                "user_hash": f"hash of {LOG_INS[note.by]}", "record_checkpoint": n, "sys_created_on": note.at,
            }
            for r in requests for n, note in enumerate(r.notes)
        ],
        **landing,
    )  # fmt: skip


def _audit(request: Request) -> Iterable[dict[str, Any]]:
    before = "new"
    for n, step in enumerate(request.steps):
        old, new = STATES[before], STATES[step.status]
        told = [("state", old, new), ("incident_state", old, new)] if old != new else []
        if step.status in ("waiting", "held"):
            told.append(("hold_reason", "", "1" if step.status == "waiting" else "4"))
        elif before in ("waiting", "held"):
            told.append(("hold_reason", "1" if before == "waiting" else "4", ""))
        for field, oldvalue, newvalue in told:
            yield {
                "sys_id": f"a{request.number}-{n}-{field}", "tablename": "incident", "documentkey": f"i{request.number}",
                "fieldname": field, "oldvalue": str(oldvalue), "newvalue": str(newvalue), "user": "j.agent",
                "user_hash": "hash of j.agent", "record_checkpoint": n, "sys_created_on": step.at,
            }  # fmt: skip
        before = step.status


def land_zendesk(connection: psycopg.Connection[Any], requests: Sequence[Request], **landing: Any) -> None:
    """Tickets and their audits, the creation's own comment among them."""
    land(
        connection, "zendesk", "tickets",
        [
            {
                "id": r.number, "created_at": r.created, "updated_at": NOW - timedelta(minutes=1), "status": STATUSES[r.status],
                "priority": PRIORITIES[r.priority], "requester_id": REQUESTER, "assignee_id": AGENT, "group_id": GROUPS[r.unit],
            }
            for r in requests
        ],
        **landing,
    )  # fmt: skip
    land(connection, "zendesk", "ticket_events", (row for r in requests for row in _child_events(r)), **landing)


def _child_events(request: Request) -> Iterable[dict[str, Any]]:
    rng = random.Random(request.number)
    moments: list[tuple[datetime, list[dict[str, Any]]]] = [
        (
            request.created,
            [
                _field("Create", "status", None, "new"),
                _field("Create", "group_id", None, str(GROUPS[request.unit])),
                _comment(AGENT if request.first_note_by == "staff" else REQUESTER, True),
            ],
        )
    ]
    before = "new"
    for step in request.steps:
        moments.append((step.at, [_field("Change", "status", STATUSES[before], STATUSES[step.status])]))
        before = step.status
    authors = {"staff": rng.choice((AGENT, ADMIN)), "requester": REQUESTER, "machine": SYSTEM, "another": OTHER}
    moments += [(note.at, [_comment(authors[note.by], note.is_public)]) for note in request.notes]
    for n, (at, children) in enumerate(sorted(moments, key=lambda moment: moment[0])):
        audit_id = request.number * 1000 + n
        for child_no, child in enumerate(children):
            yield {
                "audit_id": audit_id,
                "child_id": audit_id * 10 + child_no,
                "ticket_id": request.number,
                "occurred_at": at,
                **child,
            }


def _field(kind: str, field: str, before: str | None, after: str) -> dict[str, Any]:
    return {
        "event_type": kind, "field_name": field, "previous_value": before, "value": after,
        "is_public": None, "author_id": None, "updater_id": AGENT,
    }  # fmt: skip


def _comment(author: int, is_public: bool) -> dict[str, Any]:
    return {
        "event_type": "Comment", "field_name": "comment", "previous_value": None, "value": None,
        "is_public": is_public, "author_id": author, "updater_id": author,
    }  # fmt: skip


def book_load(connection: psycopg.Connection[Any], source_at: datetime = NOW) -> int:
    """A good load of every stream that tells of requests; gives the id the rows of the last one carry."""
    load_id = 0
    for system, name in STREAMS:
        if system in SOURCES:
            row = connection.execute(
                "insert into ops.load (source, system, stream, mode, status, started_at, finished_at, source_at)"
                " values (%s, %s, %s, 'incremental', 'done', now(), now(), %s) returning load_id",
                (SOURCES[system], system, name, source_at),
            ).fetchone()
            assert row is not None
            load_id = row[0]
    return load_id
