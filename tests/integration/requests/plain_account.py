"""A help desk served by a few lines of plain HTTP, in the vendor's other permitted ways.

Only the older exports, by time and with ``.json`` at their end, ``count`` and ``next_page`` but no ``end_of_stream``; pages of its own size,
broken between seconds, in no order; ids as texts; no metric events, SLA policies and schedules (403), no cursors (404).
"""

import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.integration.requests.helpdesk_history import Ticket
from tests.integration.requests.helpdesk_wire import Version, as_texts, audits, groups, ticket_versions, users

_PAGE = 170
_ROOT = "/api/v2/"


@dataclass
class Account:
    """What the server shows; ``clock`` is its now."""

    tickets: list[Ticket]
    clock: datetime
    port: int = 0

    def rows(self, name: str) -> list[Version]:
        """The newest version of each record that is there, in order; the last minute is not told yet."""
        told = self.clock - timedelta(minutes=1)
        everything = {
            "tickets": lambda: [version for ticket in self.tickets for version in ticket_versions(ticket)],
            "ticket_events": lambda: audits(self.tickets, is_like_audits=True),
            "users": users,
            "groups": groups,
            "organizations": list,
        }[name]()
        purged = (
            {t.id for t in self.tickets if t.purged_at is not None and t.purged_at <= told} if name == "tickets" else ()
        )
        newest = {record["id"]: (at, record) for at, record in everything if at <= told and record["id"] not in purged}
        return sorted(newest.values(), key=lambda version: version[0])

    def export(self, name: str, start: int) -> dict[str, Any]:
        rows = [(int(at.timestamp()), record) for at, record in self.rows(name) if at.timestamp() >= start]
        page = rows[:_PAGE]
        if page:
            page = [row for row in rows if row[0] <= page[-1][0]]
        end = page[-1][0] if page else start
        if name == "tickets":
            page = [(at, {**record, "generated_timestamp": at}) for at, record in page]
        random.Random(start).shuffle(page)
        next_page = f"https://elsewhere.example{_ROOT}incremental/{name}.json?start_time={end}"
        return {
            name: [as_texts(record) for _, record in page],
            "count": len(page),
            "next_page": next_page,
            "end_time": end,
        }

    def answer(self, target: str) -> tuple[int, dict[str, Any]]:
        """Status and body."""
        parts = urlsplit(target)
        path, query = parts.path.removeprefix(_ROOT), parse_qs(parts.query)
        name = path.removesuffix(".json").removeprefix("incremental/")
        if name in ("ticket_metric_events", "slas/policies", "business_hours/schedules"):
            return 403, {"error": {"title": "Forbidden", "message": "You do not have access to this page."}}
        if not path.endswith(".json") or name not in ("tickets", "ticket_events", "users", "organizations", "groups"):
            return 404, {"error": "RecordNotFound", "description": "Not found"}
        if name == "groups":
            rows = [as_texts(record) for _, record in self.rows(name)]
            return 200, {"groups": rows, "count": len(rows), "next_page": None, "previous_page": None}
        start = int(query["start_time"][0])
        if start > self.clock.timestamp() - 60:
            return 422, {
                "error": "InvalidValue",
                "description": "Too recent start_time. Use a start_time older than 60 seconds",
            }
        return 200, self.export(name, start)


@contextmanager
def serving(account: Account) -> Iterator[Account]:
    """Answer on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, body = account.answer(self.path)
            content = json.dumps(body).encode()
            self.send_response_only(status)
            self.send_header("Date", format_datetime(account.clock, usegmt=True))
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    account.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield account
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
