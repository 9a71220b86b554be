"""What a help desk's clocks must say, counted minute by minute from what happened: slow, and plain enough to be believed.

A unit's year is a row of minutes, each open or not; a clock is how many open seconds lie between two instants. Nothing here is shared with
the models, which look positions up in a table of open spans.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.integration.requests.helpdesk_history import BEGIN, END, REQUESTERS, SYSTEM, Step, Ticket

ZONE = ZoneInfo("America/New_York")
CLOSED_DAYS = {
    date(2024, 5, 27), date(2024, 11, 28), date(2024, 11, 29), date(2025, 5, 26), date(2025, 11, 27), date(2025, 11, 28),
    *(date(year, 12, day) for year in (2024, 2025) for day in range(24, 32)), date(2024, 1, 1), date(2025, 1, 1), date(2026, 1, 1),
}  # fmt: skip
HOURS: Mapping[str, Mapping[int, tuple[tuple[int, int], ...]]] = {
    "facilities": dict.fromkeys(range(1, 6), ((7 * 60, 15 * 60 + 30),)),
    "it": dict.fromkeys(range(1, 6), ((8 * 60, 12 * 60), (13 * 60, 17 * 60))),
    "weekend": {6: ((0, 20 * 60),), 7: ((0, 20 * 60),)},
}
"""Open minutes of the local day by ISO weekday; the weekend's crew is there when the clocks change."""
UNIT_OF_GROUP = {"1": "facilities", "2": "facilities", "3": "it", "4": "weekend", "5": None}
WAITS = {"pending": "requester_wait", "hold": "on_hold"}
ENDS = ("solved", "closed")
_FIRST = BEGIN - timedelta(days=1)
_MINUTE = timedelta(minutes=1)


class OpenMinutes:
    """Every minute from before the first ticket to after the last, open (1) or not (0)."""

    def __init__(self, unit: str) -> None:
        n = int((END - _FIRST) / _MINUTE) + 2
        self._minutes = bytes(self._is_open(HOURS[unit], _FIRST + k * _MINUTE) for k in range(n))

    @staticmethod
    def _is_open(hours: Mapping[int, tuple[tuple[int, int], ...]], at: datetime) -> bool:
        local = at.astimezone(ZONE)
        minute = local.hour * 60 + local.minute
        spans = () if local.date() in CLOSED_DAYS else hours.get(local.isoweekday(), ())
        return any(opens <= minute < closes for opens, closes in spans)

    def seconds(self, start: datetime, end: datetime) -> int:
        """Open seconds from one instant to another."""
        if end <= start:
            return 0
        first, last = int((start - _FIRST) / _MINUTE), int((end - _FIRST) / _MINUTE)
        whole = 60 * self._minutes[first:last].count(1)
        before = (start - _FIRST - first * _MINUTE).seconds * self._minutes[first]
        beyond = (end - _FIRST - last * _MINUTE).seconds * self._minutes[last]
        return whole - before + beyond


@dataclass(frozen=True)
class Expected:
    """Minutes to two places, as the models tell them; None where there is nothing to tell."""

    unit: str | None
    first_response: tuple[float | None, float | None]
    """Business and calendar minutes, as are those below."""
    resolution: tuple[float | None, float | None]
    requester_wait: tuple[float | None, float | None]
    on_hold: tuple[float | None, float | None]
    waiting_so_far: tuple[float | None, float | None]


def expected(ticket: Ticket, opens: Mapping[str, OpenMinutes], until: datetime) -> Expected | None:
    """What is known of a ticket at an instant; None when it is not there yet, or no longer. The desk holds back its last minute."""
    told = until - _MINUTE
    steps = [step for step in ticket.steps if step.at <= told]
    if not steps or (ticket.deleted_at is not None and ticket.deleted_at <= told):
        return None
    unit = _unit(steps)

    def both(spans: list[tuple[datetime, datetime]]) -> tuple[float | None, float | None]:
        business = None if unit is None else sum(opens[unit].seconds(*span) for span in spans)
        return _minutes(business), _minutes(sum((end - start).total_seconds() for start, end in spans))

    stays = _stays(steps, until)
    ended_at = _ended_at(stays)
    lasting = [
        (status, start, min(end, ended_at or until)) for status, start, end in stays if start < (ended_at or until)
    ]
    worked = both([(start, end) for status, start, end in lasting if status != "pending"])
    answered_at = _answered_at(ticket, steps)
    if answered_at is not None and ended_at is not None and answered_at > ended_at:
        answered_at = None  # nobody was waiting any more
    nothing = (None, None)
    waits = {
        kind: both([(start, end) for status, start, end in lasting if status == waiting])
        for waiting, kind in WAITS.items()
    }
    return Expected(
        unit=unit,
        first_response=nothing if answered_at is None else both([(ticket.created_at, answered_at)]),
        resolution=nothing if ended_at is None else worked,
        requester_wait=waits["requester_wait"],
        on_hold=waits["on_hold"],
        waiting_so_far=worked if ended_at is None else nothing,
    )


def _minutes(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / 60 + 1e-9, 2)


def _unit(steps: list[Step]) -> str | None:
    """The unit whose group holds the ticket, or held it last."""
    groups = [step.changes["group_id"][1] for step in steps if "group_id" in step.changes]
    held = [group for group in groups if group is not None]
    return UNIT_OF_GROUP[held[-1]] if held else None


def _stays(steps: list[Step], until: datetime) -> list[tuple[str, datetime, datetime]]:
    """How long a ticket stood where, in order."""
    moved = [(step.changes["status"][1] or "", step.at) for step in steps if "status" in step.changes]
    ends = [*(at for _, at in moved[1:]), until]
    return [(status, at, end) for (status, at), end in zip(moved, ends, strict=True)]


def _ended_at(stays: list[tuple[str, datetime, datetime]]) -> datetime | None:
    """When it was last solved, if it still is."""
    if stays[-1][0] not in ENDS:
        return None
    ended_at = stays[-1][1]
    for status, start, _ in reversed(stays):
        if status not in ENDS:
            break
        ended_at = start
    return ended_at


def _answered_at(ticket: Ticket, steps: list[Step]) -> datetime | None:
    """The first comment that the requester could read and somebody on the other side wrote, after the one the ticket began with."""
    for step in steps[1:]:
        said = step.comment
        if said is None or not said.is_public or said.is_by_rule or said.author == SYSTEM:
            continue
        if said.author != ticket.requester and said.author not in REQUESTERS:
            return step.at
    return None
