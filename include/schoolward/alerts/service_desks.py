"""Opening a request for the owner of an alert in the ticketing system the owner works in.

A request carries a key of ours (``schoolward:<alert key>``) in the field the vendor keeps for other systems' keys, and is looked
for by it before it is opened: whatever was killed after the vendor took the request, the next try finds it.
Requests are marked as ours (``contact_type`` or tag ``schoolward``), and the models leave them out: a school did not ask for them.
What they say are promise, school, numbers and the alert's key; no person's name, nothing of a student.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Protocol

import msgspec

from schoolward.alerts.transports import Message, RefusedError
from schoolward.connections import connection
from schoolward.district import District
from schoolward.errors import AccessRefusedError, SchoolwardError, SourceError
from schoolward.ingest.http import Client, Limits, StatusError
from schoolward.sources.base import SYSTEMS
from schoolward.sources.zendesk_api import query_value

MARK = "schoolward"
_SCHEME = "request:"
_LONGEST_KEY = 100
"""ServiceNow's correlation_id holds no more characters."""
_MOST_PAGES = 20
_LIMITS = Limits(read_seconds=60, retries=1)
"""The outbox is the patient one."""
_FOR_GOOD = frozenset({400, 404, 405, 409, 413, 422})


def request_key(alert_key: str) -> str:
    """The idempotency key of an alert's request."""
    return f"{_SCHEME}{alert_key}"


def desk_target(source: str, unit_id: str | None) -> str:
    """``request:<source>/<unit>``: the group is looked up when it is sent, so that a corrected district file counts."""
    return f"{_SCHEME}{source}/{unit_id or ''}"


def correlation_of(idempotency_key: str) -> str:
    """Our key for a request, as the vendor keeps it; a long one, or one with signs of a query in it, by its hash."""
    key = f"{MARK}:{idempotency_key.removeprefix(_SCHEME)}"
    is_plain = len(key) <= _LONGEST_KEY and key.isascii() and key.isprintable() and not set("^&=?#%\"'\\") & set(key)
    return key if is_plain else f"{MARK}:{hashlib.sha256(key.encode()).hexdigest()}"


class Desk(Protocol):
    """A ticketing system as far as opening a request needs it."""

    def find(self, key: str) -> str | None:
        """What the request of that key is called there; None when there is none."""

    def group_id(self, name: str) -> str | None:
        """The id of an active assignment group."""

    def create(self, key: str, subject: str, text: str, group_id: str | None) -> str:
        """Open a request; gives what it is called there."""


class ServiceNowDesk:
    """An instance's incidents, by the Table API."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._root = f"{client.connection.path.rstrip('/')}/api/now/table"

    def find(self, key: str) -> str | None:
        for row in self._rows("incident", f"correlation_id={key}", "number,correlation_id"):
            if row.get("correlation_id") == key:  # a condition the account may not use is dropped, and any row is told
                return str(row["number"])
        return None

    def group_id(self, name: str) -> str | None:
        rows = self._rows("sys_user_group", f"name={name}^active=true", "sys_id,name")
        return next((str(row["sys_id"]) for row in rows if row.get("name") == name), None)

    def create(self, key: str, subject: str, text: str, group_id: str | None) -> str:
        body = {
            "short_description": subject, "description": text, "correlation_id": key, "correlation_display": "Schoolward",
            "contact_type": MARK, **({"assignment_group": group_id} if group_id else {}),
        }  # fmt: skip
        made = self._client.post_json(f"{self._root}/incident", body, _object, params={"sysparm_fields": "number"})
        return str(made.value["result"]["number"])

    def _rows(self, table: str, query: str, fields: str) -> list[dict[str, Any]]:
        params = {"sysparm_query": query, "sysparm_fields": fields, "sysparm_limit": "10"}
        rows: list[dict[str, Any]] = self._client.get(f"{self._root}/{table}", params, _object).value["result"]
        return rows


class ZendeskDesk:
    """An account's tickets. ``Idempotency-Key`` covers the two hours in which Zendesk remembers it, the look-up what is later."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._root = f"{client.connection.path.rstrip('/').removesuffix('/api/v2')}/api/v2"

    def find(self, key: str) -> str | None:
        found = self._client.get(f"{self._root}/tickets", {"external_id": key}, _object).value
        return next((str(t["id"]) for t in found["tickets"] if t.get("external_id") == key), None)

    def group_id(self, name: str) -> str | None:
        params = {"page[size]": "100"}
        for _ in range(_MOST_PAGES):
            page = self._client.get(f"{self._root}/groups", params, _object).value
            for group in page["groups"]:
                if group.get("name") == name and not group.get("deleted"):
                    return str(group["id"])
            after = (page.get("meta") or {}).get("after_cursor")
            number = query_value(page.get("next_page"), "page")
            if (page.get("meta") or {}).get("has_more") and after:
                params = {"page[size]": "100", "page[after]": str(after)}
            elif number:
                params = {"page": number}
            else:
                break
        return None

    def create(self, key: str, subject: str, text: str, group_id: str | None) -> str:
        ticket: dict[str, Any] = {
            "subject": subject, "comment": {"body": text, "public": False}, "external_id": key, "tags": [MARK],
        }  # fmt: skip
        if group_id:
            ticket["group_id"] = int(group_id)
        headers = {"Idempotency-Key": key}
        made = self._client.post_json(f"{self._root}/tickets", {"ticket": ticket}, _object, headers=headers)
        return str(made.value["ticket"]["id"])


_DESKS: Mapping[str, type[ServiceNowDesk] | type[ZendeskDesk]] = {"servicenow": ServiceNowDesk, "zendesk": ZendeskDesk}


class ServiceDesks:
    """The ticketing systems of a district, each signed in to once a run."""

    def __init__(self, district: District) -> None:
        self._district = district
        self._clients: dict[str, Client] = {}
        self._down: dict[str, str] = {}

    def open_request(self, message: Message) -> str:
        """See that the message's request is there; gives what it is called there.

        Raises:
            RefusedError: the system refuses it for good, or the unit's group is not there.
            SchoolwardError: not now; later may do.
        """
        source, _, unit_id = message.target.removeprefix(_SCHEME).partition("/")
        key = correlation_of(message.idempotency_key)
        with self._asked(source) as desk:
            reference = desk.find(key)
            if reference is None:
                group = self._group(desk, source, unit_id)
                subject = " ".join(message.content.subject.split())
                reference = desk.create(key, subject, message.content.text, group)
        return reference

    def check(self, source: str, unit_id: str) -> None:
        """See that requests can be looked for and the unit's group is there; opens none.

        Raises:
            SchoolwardError: as :meth:`open_request`.
        """
        with self._asked(source) as desk:
            desk.find(correlation_of(request_key("check")))
            self._group(desk, source, unit_id)

    @contextmanager
    def _asked(self, source: str) -> Iterator[Desk]:
        if source in self._down:
            raise SchoolwardError(self._down[source])
        try:
            yield self._desk(source)
        except AccessRefusedError as error:
            raise SchoolwardError(
                f"Source {source!r}: no request can be opened. {error} It needs the right to find and to open requests there;"
                f" another connection may be named under [delivery.ticket_connections]."
            ) from None
        except StatusError as error:
            if error.status in _FOR_GOOD:
                raise RefusedError(f"Source {source!r} refuses a request: {error}") from None
            raise
        except SourceError as error:  # it cannot be reached: once a run is how often that is tried
            self._down[source] = str(error)
            raise
        except (KeyError, TypeError, ValueError) as error:
            raise SchoolwardError(
                f"Source {source!r} answers in a way no request can be read from ({type(error).__name__}: {error})."
                " Check that its connection leads to the ticketing system's API."
            ) from None

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def _desk(self, source: str) -> Desk:
        config = self._district.source(source)
        if source not in self._clients:
            where = connection(self._district.ticket_connections.get(source, config.connection))
            opened = import_module(SYSTEMS[config.system]).SOURCE(self._district, config, where, b"", _LIMITS)
            self._clients[source] = opened.client
        return _DESKS[config.system](self._clients[source])

    def _group(self, desk: Desk, source: str, unit_id: str) -> str | None:
        """The unit's group for such requests; none for what is no unit's, which whoever sorts the system's requests gives to somebody."""
        unit = next((u for u in self._district.units if u.id == unit_id), None)
        if unit is None or not unit.groups:
            return None
        name = unit.request_group or unit.groups[0]
        found = desk.group_id(name)
        if found is None:
            raise RefusedError(
                f"Source {source!r} has no active group {name!r} for requests to unit {unit.id!r}."
                " Name one of its groups there as the unit's request_group, or drop the recipient's ticket."
            )
        return found


def _object(body: bytes) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(body, type=dict[str, Any])
    return found
