"""A made-up help desk: incidents of 25 fields as ServiceNow writes them, rendered into pages once and served from memory."""

import hashlib
import json
import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

PAGE_ROWS = 1000
SETS = {"first": (200_000, 0), "quarter": (50_000, 0), "changed": (5_000, 1)}
"""Name of a set: how many incidents, and whether they are the first versions (0) or the next (1)."""
_START = datetime(2025, 8, 1, tzinfo=UTC)
_CATEGORIES = ("hardware", "software", "network", "facilities", "hr", "")


def records(name: str) -> Iterator[dict[str, str]]:
    """The incidents of a set; the changed ones are spread over the whole table. Every value is a string, ``""`` is null."""
    n_rows, version = SETS[name]
    step = SETS["first"][0] // n_rows if version else 1
    return (_incident(i * step, version) for i in range(n_rows))


def _incident(number: int, version: int) -> dict[str, str]:
    chance = random.Random(number * 2 + version)
    opened = _START + timedelta(seconds=137 * number)
    updated = opened + timedelta(minutes=chance.randint(1, 9000)) + timedelta(days=400 * version)
    is_resolved = chance.random() < 0.8
    resolved = _stamp(updated) if is_resolved else ""
    return {
        "sys_id": _id("incident", number),
        "number": f"INC{number:07}",
        "state": "6" if is_resolved else "2",
        "priority": str(chance.randint(1, 4)),
        "urgency": str(chance.randint(1, 3)),
        "impact": str(chance.randint(1, 3)),
        "category": chance.choice(_CATEGORIES),
        "subcategory": chance.choice(("", "login", "printer", "laptop", "leak")),
        "contact_type": chance.choice(("phone", "email", "self-service")),
        "caller_id": _id("person", chance.randint(0, 5000)),
        "opened_by": _id("person", chance.randint(0, 5000)),
        "opened_at": _stamp(opened),
        "resolved_at": resolved,
        "closed_at": "",
        "sys_created_on": _stamp(opened),
        "sys_updated_on": _stamp(updated),
        "sys_mod_count": str(chance.randint(0, 30) + version),
        "assignment_group": _id("group", chance.randint(0, 40)),
        "assigned_to": _id("person", chance.randint(0, 300)) if chance.random() < 0.9 else "",
        "location": _id("place", chance.randint(0, 600)),
        "reassignment_count": str(chance.randint(0, 5)),
        "reopen_count": str(chance.randint(0, 2)),
        "active": "false" if is_resolved else "true",
        "made_sla": "true" if chance.random() < 0.7 else "false",
        "close_code": "Solved (Permanently)" if is_resolved else "",
    }


def _id(kind: str, number: int) -> str:
    return hashlib.blake2b(f"{kind} {number}".encode(), digest_size=16).hexdigest()


def _stamp(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%d %H:%M:%S")


def _render(name: str) -> list[bytes]:
    rows = list(records(name))
    return [
        json.dumps({"result": rows[i : i + PAGE_ROWS]}, separators=(",", ":")).encode()
        for i in range(0, len(rows), PAGE_ROWS)
    ]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    pages: ClassVar[dict[str, list[bytes]]] = {}

    def do_GET(self) -> None:
        """``/<set>/<page>``; past the last page the result is empty."""
        _, name, number = self.path.split("/")
        pages = self.pages[name]
        body = pages[int(number)] if int(number) < len(pages) else b'{"result":[]}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a line per page would be measured too."""


def serve(ready_file: Path) -> None:
    """Render every set, then serve until killed; the port is written to ``ready_file`` once all is ready."""
    _Handler.pages = {name: _render(name) for name in SETS}
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    part = ready_file.with_suffix(".part")
    part.write_text(str(server.server_address[1]))
    part.rename(ready_file)
    server.serve_forever()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
