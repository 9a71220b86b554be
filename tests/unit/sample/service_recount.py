"""Recounts the service rules from the records by brute force: every request, week by week, hour by hour."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from tests.unit.sample.lakeside_records import CHICAGO, Folder, Rulebook, day, utc

Flag = tuple[str, str, str | None]
"""School, rule, unit."""


@dataclass
class Request:
    """One request as the records tell it."""

    school: str
    unit: str
    priority: int
    created: datetime
    states: list[tuple[datetime, str]]
    replies: list[datetime]
    """Public, and not by the requester."""

    def state(self, at: datetime) -> str:
        return [state for since, state in self.states if since <= at][-1]

    def resolved(self, at: datetime) -> datetime | None:
        """The last resolution by then; None while open again or withdrawn."""
        if self.state(at) not in ("6", "7"):
            return None
        return max(since for since, state in self.states if state == "6" and since <= at)

    def holds(self, until: datetime) -> Iterator[tuple[datetime, datetime]]:
        for number, (since, state) in enumerate(self.states):
            following = self.states[number + 1][0] if number + 1 < len(self.states) else until
            if state == "3" and since < until:
                yield since, min(following, until)


def _state(status: str, is_merged: bool) -> str:
    """Zendesk's status in ServiceNow's numbers; a merged or deleted ticket was withdrawn."""
    if status == "deleted" or (status == "closed" and is_merged):
        return "8"
    return {"new": "1", "open": "2", "hold": "2", "pending": "3", "solved": "6", "closed": "7"}[status]


class ServiceRecount:
    """Flags of the service rules, week by week."""

    def __init__(self, folder: Folder, rulebook: Rulebook) -> None:
        self.folder, self.rulebook = folder, rulebook
        self.requests = [r for r in self._read() if r is not None]
        self.worked = cache(self._worked)
        self.is_kept = cache(self._is_kept)
        self.breached = cache(self._breached)

    def _read(self) -> Iterator[Request | None]:
        yield from self._incidents()
        yield from self._tickets()

    def _aliases(self, kind: str) -> dict[str, str]:
        rows = self.folder.rows(self.folder.path / "lakeside_crosswalk.csv")
        return {row["alias"]: row["school_id"] for row in rows if row["kind"] == kind}

    def _codes(self) -> dict[str, str]:
        return {
            o["metadata"]["stateId"]: k
            for k, o in self.folder.current("oneroster/orgs", "sourcedId").items()
            if "metadata" in o
        }

    def _tickets(self) -> Iterator[Request | None]:
        """Zendesk's: the school that the form names, else the one whose organization the requester belongs to."""
        codes, aliases = self._codes(), self._aliases("name")
        organizations = {
            key: codes.get(o["external_id"] or "") or aliases.get(o["name"])
            for key, o in self.folder.current("zendesk/organizations", "id").items()
        }
        groups = {
            k: self.rulebook.unit_of_group[g["name"]] for k, g in self.folder.current("zendesk/groups", "id").items()
        }
        priorities = {"urgent": 1, "high": 2, "normal": 3, "low": 4}
        for key, versions in self.folder.ticket_versions.items():
            last = next((v for v in reversed(versions) if v["status"] != "deleted"), versions[-1])
            form = {f["id"]: f["value"] for f in last["custom_fields"]}
            school = codes.get(form[360003] or "") or organizations.get(last["organization_id"])
            if school is None:
                yield None
                continue
            audits = self.folder.ticket_audits[key]
            changes = [(utc(a["created_at"]), child) for a in audits for child in a["child_events"]]
            is_merged = "closed_by_merge" in versions[-1]["tags"]
            yield Request(
                school=school,
                unit=groups[last["group_id"]],
                priority=priorities[last["priority"]],
                created=utc(last["created_at"]),
                states=[(at, _state(child["status"], is_merged)) for at, child in changes if "status" in child],
                replies=[
                    at
                    for at, child in changes
                    if child["event_type"] == "Comment"
                    and child["public"]
                    and child["author_id"] not in (last["requester_id"], -1)
                ],
            )

    def _incidents(self) -> Iterator[Request | None]:
        groups = {
            k: self.rulebook.unit_of_group[v["name"]]
            for k, v in self.folder.current("servicenow/sys_user_group", "sys_id").items()
        }
        codes, aliases = self._codes(), self._aliases("location")
        places = {
            k: codes.get(v["u_school_code"]) or aliases.get(v["name"])
            for k, v in self.folder.current("servicenow/cmn_location", "sys_id").items()
        }
        users = self.folder.current("servicenow/sys_user", "sys_id")
        for key, versions in self.folder.incident_versions.items():
            last = versions[-1]
            caller = users[last["caller_id"]]
            school = places.get(last["location"]) or places.get(caller["location"])
            if school is None:
                yield None
                continue
            rows = self.folder.audits[key]
            yield Request(
                school=school,
                unit=groups[last["assignment_group"]],
                priority=int(last["priority"]),
                created=utc(versions[0]["opened_at"]),
                states=[(utc(r["sys_created_on"]), r["newvalue"]) for r in rows if r["fieldname"] == "state"],
                replies=[
                    utc(r["sys_created_on"])
                    for r in rows
                    if r["fieldname"] == "comments" and r["user"] not in (caller["user_name"], "system")
                ],
            )

    def _worked(self, number: int, until: datetime) -> float:
        """Open seconds since asking, less the wait for the requester."""
        request = self.requests[number]
        hours = self.rulebook.units[request.unit]
        waited = sum(hours.between(*hold) for hold in request.holds(until))
        return hours.between(request.created, until) - waited

    def is_answered_in_time(self, number: int, until: datetime) -> bool:
        request = self.requests[number]
        answered = min([r for r in request.replies if r <= until] or [until])
        return self.rulebook.units[request.unit].between(request.created, answered) <= self._promise(number)[0]

    def _is_kept(self, number: int, until: datetime) -> bool:
        return self.worked(number, until) <= self._promise(number)[1] and self.is_answered_in_time(number, until)

    def _promise(self, number: int) -> tuple[float, float]:
        return self.rulebook.promises[self.requests[number].unit, self.requests[number].priority]

    def _breached(self, at: datetime) -> set[Flag]:
        """School, rule and unit of every limit that is crossed at a moment."""
        monday = at.astimezone(CHICAGO).date() - timedelta(days=at.astimezone(CHICAGO).weekday())
        due: dict[int, Counter[tuple[str, str]]] = {4: Counter(), 8: Counter()}
        kept: dict[int, Counter[tuple[str, str]]] = {4: Counter(), 8: Counter()}
        ageing: Counter[tuple[str, str]] = Counter()
        found: set[Flag] = set()
        for number, request in enumerate(self.requests):
            if request.created > at or request.state(at) == "8":
                continue
            cell, resolved = (request.school, request.unit), request.resolved(at)
            if resolved is None:
                if self.worked(number, at) > 2 * self._promise(number)[1]:
                    ageing[cell] += 1
                if not self.is_kept(number, at):
                    due[4][cell] += 1
                    due[8][cell] += 1
                    if request.priority == 1:
                        found.add((request.school, "service_urgent_overdue", request.unit))
                continue
            for weeks in (4, 8):
                if resolved.astimezone(CHICAGO).date() >= monday - timedelta(weeks=weeks - 1):
                    due[weeks][cell] += 1
                    kept[weeks][cell] += self.is_kept(number, resolved)
        found |= {(cell[0], "service_ageing", cell[1]) for cell, n in ageing.items() if n >= 3}
        for cell in due[8]:
            weeks = 4 if due[4][cell] >= 5 else 8
            if due[weeks][cell] >= 5 and kept[weeks][cell] < 0.75 * due[weeks][cell]:
                found.add((cell[0], "service_promise_kept", cell[1]))
        return found | self._uncovered(at)

    def _uncovered(self, at: datetime) -> set[Flag]:
        """Schools and units without a case manager for more than five working days."""
        today = at.astimezone(CHICAGO).date()
        covered: dict[tuple[str, str], date] = defaultdict(lambda: date.min)
        for row in self.folder.last_snapshot("registers/case_managers", at):
            cell = row["school_id"], row["unit_id"]
            covered[cell] = max(covered[cell], day(row["valid_to"]) or date.max)
        open_schools = {
            key
            for key, org in self.folder.as_of("oneroster/orgs", "sourcedId", at).items()
            if org["status"] == "active"
        }
        found: set[Flag] = set()
        for (school, unit), until in covered.items():
            if school in open_schools and until < today:
                closed = self.rulebook.units[unit].closed
                days = [until + timedelta(days=n) for n in range((today - until).days + 1)]
                if sum(d.isoweekday() <= 5 and d not in closed for d in days) > 5:
                    found.add((school, "service_no_case_manager", unit))
        return found

    def flagged(self, at: datetime) -> set[Flag]:
        """Crossed in two of three weeks; an urgent request at once."""
        now, *before = (self.breached(at - timedelta(weeks=n)) for n in range(3))
        times = Counter(flag for week in (now, *before) for flag in week)
        return {f for f, n in times.items() if n >= 2} | {f for f in now if f[1] == "service_urgent_overdue"}
