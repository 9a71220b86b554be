"""Reads a records folder, and the district file's rules, without the generator's own code or Schoolward's parser."""

import csv
import gzip
import io
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import msgspec

from schoolward.sample.generate import Summary

CHICAGO = ZoneInfo("America/Chicago")
DISTRICT_FILE = Path(__file__).parents[3] / "include" / "schoolward" / "sample" / "lakeside.toml"


def utc(text: str) -> datetime:
    """A ServiceNow or ISO instant."""
    return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC)


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@dataclass
class Folder:
    """A records folder, parsed on demand."""

    path: Path
    summary: Summary

    def lines(self, name: str) -> Iterator[dict[str, Any]]:
        with gzip.open(self.path / f"{name}.jsonl.gz") as file:
            yield from map(msgspec.json.decode, file)

    def json(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = msgspec.json.decode((self.path / name).read_bytes())
        return found

    @cached_property
    def truth(self) -> dict[str, Any]:
        return self.json("truth.json")

    @cached_property
    def checkpoints(self) -> list[datetime]:
        return [datetime.fromisoformat(text) for text in self.json("folder.json")["checkpoints"]]

    @cached_property
    def incident_versions(self) -> dict[str, list[dict[str, str]]]:
        """Versions of each incident, oldest first."""
        found: dict[str, list[dict[str, str]]] = {}
        for line in self.lines("servicenow/incident"):
            found.setdefault(line["record"]["sys_id"], []).append(line["record"])
        return found

    @cached_property
    def audits(self) -> dict[str, list[dict[str, str]]]:
        """Audit rows of each incident, oldest first."""
        found: dict[str, list[dict[str, str]]] = {}
        for line in self.lines("servicenow/sys_audit"):
            found.setdefault(line["record"]["documentkey"], []).append(line["record"])
        return found

    @cached_property
    def ticket_versions(self) -> dict[int, list[dict[str, Any]]]:
        """Versions of each ticket, oldest first."""
        found: dict[int, list[dict[str, Any]]] = {}
        for line in self.lines("zendesk/tickets"):
            found.setdefault(line["record"]["id"], []).append(line["record"])
        return found

    @cached_property
    def ticket_audits(self) -> dict[int, list[dict[str, Any]]]:
        """Audits of each ticket, oldest first."""
        found: dict[int, list[dict[str, Any]]] = {}
        for line in self.lines("zendesk/ticket_events"):
            found.setdefault(line["record"]["ticket_id"], []).append(line["record"])
        return found

    def current(self, name: str, key: str) -> dict[str, dict[str, Any]]:
        """The last version of each record by its key."""
        return {line["record"][key]: line["record"] for line in self.lines(name)}

    def as_of(self, name: str, key: str, at: datetime) -> dict[str, dict[str, Any]]:
        """Each record as it stood at a moment."""
        return {
            line["record"][key]: line["record"] for line in self.lines(name) if datetime.fromisoformat(line["at"]) <= at
        }

    def delivered(self, name: str) -> list[tuple[datetime, Path]]:
        """Files whose path below an instant begins so, in order of delivery."""
        found = []
        for path in self.path.glob(f"files/*/{name}_*.csv"):
            instant = datetime.strptime(path.relative_to(self.path).parts[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            found.append((instant, path))
        return sorted(found)

    @staticmethod
    def rows(path: Path, encoding: str = "utf-8") -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(path.read_bytes().decode(encoding), newline="")))

    def last_snapshot(self, name: str, as_of: datetime) -> list[dict[str, str]]:
        return self.rows([path for instant, path in self.delivered(name) if instant <= as_of][-1])


@dataclass(frozen=True)
class OfficeHours:
    """Open seconds of a unit, added up day by day."""

    opens: time
    closes: time
    closed: frozenset[date]

    def between(self, start: datetime, end: datetime) -> float:
        total, today = 0.0, start.astimezone(CHICAGO).date()
        while today <= end.astimezone(CHICAGO).date():
            if today.isoweekday() <= 5 and today not in self.closed:
                first = max(start, datetime.combine(today, self.opens, CHICAGO).astimezone(UTC))
                last = min(end, datetime.combine(today, self.closes, CHICAGO).astimezone(UTC))
                total += max(0.0, (last - first).total_seconds())
            today += timedelta(days=1)
        return total

    @property
    def day_seconds(self) -> float:
        return 3600.0 * (self.closes.hour - self.opens.hour) + 60.0 * (self.closes.minute - self.opens.minute)


@dataclass
class Rulebook:
    """Hours, promises and calendar, read from the district file without Schoolward's own parser."""

    units: dict[str, OfficeHours] = field(default_factory=dict)
    unit_of_group: dict[str, str] = field(default_factory=dict)
    promises: dict[tuple[str, int], tuple[float, float]] = field(default_factory=dict)
    """First response and resolution in open seconds."""
    no_school: frozenset[date] = frozenset()

    def is_instructional(self, today: date) -> bool:
        in_term = date(2025, 8, 11) <= today < date(2025, 12, 20) or date(2026, 1, 5) <= today < date(2026, 6, 13)
        return in_term and today.isoweekday() <= 5 and today not in self.no_school


def _days(texts: list[str]) -> frozenset[date]:
    found = set()
    for text in texts:
        first, _, last = text.partition("/")
        start, end = date.fromisoformat(first), date.fromisoformat(last or first)
        found |= {start + timedelta(days=n) for n in range((end - start).days + 1)}
    return frozenset(found)


def _span(text: str) -> tuple[time, time]:
    """``Mon-Fri 07:00-17:00``"""
    opens, closes = map(time.fromisoformat, text.removeprefix("Mon-Fri ").split("-"))
    return opens, closes


def read_rulebook() -> Rulebook:
    """Hours, promises and days off as the sample's district file states them."""
    table = tomllib.loads(DISTRICT_FILE.read_text())
    closed = _days(table["calendar"]["closures"]) | frozenset(holidays.country_holidays("US", years=(2025, 2026)))
    book = Rulebook(no_school=_days(table["calendar"]["no_school"]))
    promises = table["theory_of_action"][0]["promises"]
    for unit in table["unit"]:
        hours = book.units[unit["id"]] = OfficeHours(*_span(unit["hours"]), closed)
        book.unit_of_group |= dict.fromkeys(unit["groups"], unit["id"])
        sizes = {"m": 60.0, "h": 3600.0, "d": hours.day_seconds}
        for priority, promise in promises.get(unit["id"], promises["*"]).items():
            response, resolution = (
                float(t[:-1]) * sizes[t[-1]] for t in (promise["first_response"], promise["resolution"])
            )
            book.promises[unit["id"], int(priority)] = (response, resolution)
    return book
