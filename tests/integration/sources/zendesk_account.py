"""A small account's records, as its replay server keeps them: three days of tickets with everything that hangs on them."""

import gzip
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

Version = tuple[str, Mapping[str, Any]]
N_TICKETS, N_GROUPS = 40, 130
WORDS = "Ann Lee fell ill"
OPENED, MOVED, DELETED, PURGED = (f"2026-01-0{day}T08:00:0{{}}Z" for day in (5, 6, 7, 8))
OPTIONS: dict[str, Any] = {
    "ticket_fields": {"category": 101, "school_code": 103},
    "organization_code_field": "code",
    "staff_id_pattern": "E[0-9]{5}",
    "kept_tags": ["blocks_class"],
}
ROWS = {
    "tickets": N_TICKETS, "users": 6, "organizations": 30, "groups": N_GROUPS, "ticket_events": 5 * N_TICKETS,
    "ticket_metric_events": N_TICKETS, "sla_policies": 2, "schedules": 4, "holidays": 3,
}  # fmt: skip
"""Rows that land of each stream on the first day."""


def ticket(n: int, at: str, **changed: Any) -> Version:
    record = {
        "id": n, "created_at": OPENED.format(n % 3), "updated_at": at, "status": "new", "group_id": 1, "requester_id": 5, "subject": WORDS,
        "description": WORDS, "via": {"channel": "email", "source": {"from": {"address": "ann.lee@x.example", "name": WORDS}}},
        "tags": ["blocks_class", "ann_lee"], "follower_ids": [2, 3], "custom_fields": [{"id": 101, "value": "hvac"}, {"id": 103, "value": "0042"}],
    }  # fmt: skip
    return at, {**record, **changed}


def events(n: int, at: str) -> Version:
    """The audit of a ticket's beginning: three fields, a comment and the category."""
    created = {
        "id": 10 * n + 1,
        "event_type": "Create",
        "status": "new",
        "group_id": 1,
        "priority": None,
        "requester_id": 5,
        "subject": WORDS,
    }
    custom = {"id": 10 * n + 2, "event_type": "Create", "custom_ticket_fields": {"101": "hvac", "999": WORDS}}
    comment = {
        "id": 10 * n + 3,
        "type": "Comment",
        "event_type": "Comment",
        "public": True,
        "author_id": 5,
        "body": WORDS,
    }
    system = {"client": WORDS, "ip_address": "192.0.2.7", "location": "Ann Lee's"}
    record = {
        "id": 1000 + n,
        "ticket_id": n,
        "created_at": at,
        "updater_id": 5,
        "via": "Mail",
        "event_type": "Audit",
        "system": system,
    }
    return at, {**record, "child_events": [created, custom, comment]}


def change(n: int, at: str) -> Version:
    child = {"id": 100_000 + n, "event_type": "Change", "status": "solved", "previous_value": "new"}
    return at, {
        "id": 5000 + n,
        "ticket_id": n,
        "created_at": at,
        "updater_id": 2,
        "via": "Web form",
        "child_events": [child],
    }


def metric(n: int, at: str) -> Version:
    sla = {
        "target": 60,
        "target_in_seconds": 3600,
        "business_hours": True,
        "policy": {"id": 9, "title": WORDS, "description": WORDS},
    }
    return at, {
        "id": n,
        "ticket_id": n,
        "metric": "reply_time",
        "instance_id": 1,
        "type": "apply_sla",
        "time": at,
        "sla": sla,
    }


def write(path: Path, versions: Iterable[Version], purged: Iterable[tuple[str, int]] = ()) -> None:
    """One collection of a records folder."""
    lines: list[dict[str, Any]] = [{"at": at, "record": record} for at, record in versions]
    lines += [{"at": at, "record": {"id": id}, "deleted": True} for at, id in purged]
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in sorted(lines, key=lambda line: str(line["at"])))


def write_account(folder: Path) -> None:
    """40 tickets of three seconds on the 5th; on the 6th ten are solved; on the 7th two are deleted, of which one is purged on the 8th."""
    numbers, at = range(1, N_TICKETS + 1), OPENED.format(0)
    tickets = [ticket(n, OPENED.format(n % 3)) for n in numbers]
    tickets += [ticket(n, MOVED.format(n % 2), status="solved") for n in range(1, 11)]
    tickets += [ticket(n, DELETED.format(0), status="deleted") for n in (20, 21)]
    write(folder / "tickets.jsonl.gz", tickets, [(PURGED.format(0), 20)])
    write(
        folder / "ticket_events.jsonl.gz",
        [*(events(n, OPENED.format(n % 3)) for n in numbers), *(change(n, MOVED.format(n % 2)) for n in range(1, 11))],
    )
    write(folder / "ticket_metric_events.jsonl.gz", [metric(n, OPENED.format(n % 3)) for n in numbers])
    people = [
        {
            "id": n,
            "name": WORDS,
            "email": f"u{n}@lakeside.example",
            "role": "end-user",
            "external_id": f"E0000{n}" if n % 2 else f"2043{n}",
        }
        for n in range(1, 7)
    ]
    write(
        folder / "users.jsonl.gz",
        [
            *((at, person) for person in people),
            (MOVED.format(0), {**people[2], "active": False}),
            (MOVED.format(1), {**people[3], "role": "agent"}),
        ],
    )
    schools = [
        {"id": n, "name": f"School {n}", "notes": WORDS, "organization_fields": {"code": f"{n:04}"}}
        for n in range(1, 31)
    ]
    write(
        folder / "organizations.jsonl.gz",
        [*((OPENED.format(s["id"] % 2), s) for s in schools), (MOVED.format(0), {**schools[0], "name": "North"})],
    )
    write(
        folder / "groups.jsonl.gz",
        [(at, {"id": n, "name": f"Team {n}", "description": WORDS}) for n in range(1, N_GROUPS + 1)],
    )
    targets = [
        {"priority": p, "metric": "first_reply_time", "target": 60, "business_hours": True} for p in ("high", "low")
    ]
    write(
        folder / "sla_policies.jsonl.gz",
        [(at, {"id": 9, "title": "All", "position": 1, "filter": {"all": []}, "policy_metrics": targets})],
    )
    week = [{"start_time": start, "end_time": start + 480} for start in (1920, 3360)]
    write(
        folder / "schedules.jsonl.gz",
        [
            (at, {"id": n, "name": "School days", "time_zone": "Central Time (US & Canada)", "intervals": week})
            for n in (1, 2)
        ],
    )
    closed = {"name": "Winter break", "start_date": "2026-01-01", "end_date": "2026-01-02"}
    write(folder / "holidays.jsonl.gz", [(at, {"id": n, "schedule_id": n % 2 + 1, **closed}) for n in range(1, 4)])
