"""The clocks counted minute by minute: no calendar arithmetic, only "was the unit open in this minute, and where did the request stand"."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from histories import NOW, Request

ZONE = ZoneInfo("America/Chicago")
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Hours:
    """When a unit is open, as a person reads it off the door: stretches of a weekday in minutes since its midnight."""

    weekly: dict[int, list[tuple[int, int]]]
    closed_on: frozenset[date]
    changed: tuple[date, dict[int, list[tuple[int, int]]]] | None = None

    def of(self, day: date) -> list[tuple[int, int]]:
        if day in self.closed_on:
            return []
        weekly = self.changed[1] if self.changed and day >= self.changed[0] else self.weekly
        return weekly.get(day.isoweekday(), [])

    def is_open(self, day: date, minute: int) -> bool:
        """Whether the unit is open at a minute of a local day; a stretch that began the evening before may still last."""
        return any(opens <= minute < closes for opens, closes in self.of(day)) or any(
            opens <= minute + 1440 < closes for opens, closes in self.of(day - timedelta(days=1))
        )


def open_minutes(hours: dict[str, Hours], begin: datetime) -> dict[str, bytes]:
    """For every unit, a byte for each minute from ``begin`` to now: 1 where it is open."""
    counted = {unit: bytearray() for unit in hours}
    doors: dict[tuple[str, date], bytes] = {}
    at = begin
    while at < NOW:
        local = at.astimezone(ZONE)
        day, minute = local.date(), local.hour * 60 + local.minute
        for unit, door in hours.items():
            if (unit, day) not in doors:
                doors[unit, day] = bytes(door.is_open(day, m) for m in range(1440))
            counted[unit].append(doors[unit, day][minute])
        at += MINUTE
    return {unit: bytes(found) for unit, found in counted.items()}


@dataclass
class Count:
    """What a request's clocks should show, in minutes: business (None without a unit), calendar."""

    first_response: tuple[int | None, int] | None
    resolution: tuple[int | None, int] | None
    so_far: tuple[int | None, int] | None
    requester_wait: tuple[int | None, int]
    on_hold: tuple[int | None, int]
    n_reopens: int


def count(request: Request, is_open: bytes | None, begin: datetime) -> Count:
    """Walk through a request's life."""
    solved = [
        step.at
        for before, step in zip(("new", *(s.status for s in request.steps)), request.steps, strict=False)
        if step.status in ("resolved", "closed") and before not in ("resolved", "closed")
    ]
    is_solved, is_withdrawn = request.status in ("resolved", "closed"), request.status == "withdrawn"
    end = solved[-1] if is_solved else request.steps[-1].at if is_withdrawn else NOW
    replies = [note.at for note in request.notes if note.by == "staff" and note.is_public and note.at <= end]

    def passed(stretches: Iterator[tuple[datetime, datetime]]) -> tuple[int | None, int]:
        business, calendar = 0, 0
        for start, stop in stretches:
            first, last = (int((at - begin) / MINUTE) for at in (start, stop))
            calendar += last - first
            business += is_open[first:last].count(1) if is_open is not None else 0
        return (business if is_open is not None else None, calendar)

    def in_status(*wanted: str) -> Iterator[tuple[datetime, datetime]]:
        statuses = ["new", *(step.status for step in request.steps)]
        moments = [request.created, *(step.at for step in request.steps), NOW]
        for status, start, stop in zip(statuses, moments, moments[1:], strict=False):
            if status in wanted and start < end:
                yield start, min(stop, end)

    at_work = passed(in_status("new", "working", "held", "resolved", "closed"))
    return Count(
        first_response=passed(iter([(request.created, replies[0])])) if replies else None,
        resolution=at_work if is_solved else None,
        so_far=None if is_solved else at_work,
        requester_wait=passed(in_status("waiting")),
        on_hold=passed(in_status("held")),
        n_reopens=sum(
            before in ("resolved", "closed") and step.status not in ("resolved", "closed")
            for before, step in zip(("new", *(s.status for s in request.steps)), request.steps, strict=False)
        ),
    )
