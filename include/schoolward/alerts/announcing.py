"""Who is told of a new alert, and how: its owner, whoever shares the owner's role, and by choice the owner's ticketing system."""

from typing import Any

import psycopg

from schoolward.alerts import messages
from schoolward.alerts.outbox import enqueue
from schoolward.alerts.plan import Opening
from schoolward.alerts.recipients import Recipients
from schoolward.alerts.service_desks import desk_target, request_key
from schoolward.district import District


def announce(connection: psycopg.Connection[Any], district: District, recipients: Recipients, opening: Opening) -> int:
    """Queue what tells of an alert that is new or came back in the caller's transaction; gives how many messages that were not there yet."""
    about, is_urgent = opening.about, opening.severity == "urgent"
    owners = recipients.owners(about.owner_role, about.unit_id, about.owner_staff_id)
    if not owners:
        return 0
    content = messages.slipped(district, opening, owners[0].name)
    queued = []
    told = f"came-back:{opening.key}:{opening.n_came_back}" if opening.n_came_back else f"alert:{opening.key}"
    for n, to in enumerate(owners):
        key = told if n == 0 else f"{told}:{to.to}"
        queued.append(enqueue(connection, key, "alert", to.to, to.name, content, is_urgent=is_urgent))
    if owners[0].ticket and opening.severity != "question":
        # The role in the place of the name: who holds it is nothing a ticketing system has to know from us.
        words = messages.slipped(district, opening, about.owner_role.replace("_", " "))
        target = desk_target(owners[0].ticket, about.unit_id)
        name = owners[0].name
        queued.append(enqueue(connection, request_key(opening.key), "alert", target, name, words, is_urgent=is_urgent))
    return sum(message_id is not None for message_id in queued)
