"""Made-up lives of requests, at whole minutes: what happened, before any help desk has written it down in its own way."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

BEGIN = datetime(2024, 1, 8, 6, tzinfo=UTC)
NOW = datetime(2026, 4, 14, 20, 30, tzinfo=UTC)
UNITS = ("office", "lunch", "night", "always", "moving")
AROUND_CHANGES = tuple(
    datetime(*day, tzinfo=UTC)
    for day in ((2024, 3, 8), (2024, 11, 1), (2024, 12, 20), (2025, 3, 7), (2025, 10, 31), (2025, 12, 19), (2026, 3, 6))
)
"""Days before the clocks change, and before long closures over a year's end."""
NEXT = {
    "new": ("working", "working", "working", "waiting", "held", "resolved"),
    "working": ("waiting", "waiting", "held", "resolved", "resolved"),
    "waiting": ("working", "working", "held", "resolved"),
    "held": ("working", "working", "waiting", "resolved"),
    "resolved": ("working", "waiting", "closed", "closed", "closed", "closed"),
    "closed": (),
    "withdrawn": (),
}
"""From each status to the next ones, by weight."""


@dataclass(frozen=True)
class Step:
    """A status entered."""

    at: datetime
    status: str


@dataclass(frozen=True)
class Note:
    """Something written: by "staff", the "requester", a "machine" or "another" end user."""

    at: datetime
    by: str
    is_public: bool


@dataclass(frozen=True)
class Request:
    """One request. ``unit`` None: a team that belongs to no unit holds it."""

    number: int
    unit: str | None
    priority: int
    created: datetime
    first_note_by: str
    steps: tuple[Step, ...]
    notes: tuple[Note, ...]

    @property
    def status(self) -> str:
        return self.steps[-1].status if self.steps else "new"


def made_up(count: int, seed: int) -> Iterator[Request]:
    """So many requests; two in seven begin within days of a change of clocks or a long closure, one in fifty takes years."""
    rng = random.Random(seed)
    for number in range(count):
        if rng.random() < 2 / 7:
            created = rng.choice(AROUND_CHANGES) + timedelta(minutes=rng.randrange(5 * 1440))
        else:
            created = BEGIN + timedelta(minutes=rng.randrange(int((NOW - BEGIN).total_seconds()) // 60 - 1))
        pace = rng.choice((5, 90, 1_000, 6_000, 20_000)) if rng.random() > 0.02 else 300_000
        steps = tuple(_steps(rng, created, pace))
        ends = steps[-1].at if steps else NOW
        yield Request(
            number=number,
            unit=rng.choice(UNITS) if rng.random() < 0.97 else None,
            priority=rng.randint(1, 4),
            created=created,
            first_note_by=rng.choice(("requester", "requester", "staff")),
            steps=steps,
            notes=tuple(_notes(rng, created, min(NOW, ends + timedelta(minutes=pace)))),
        )


def _steps(rng: random.Random, created: datetime, pace: int) -> Iterator[Step]:
    at, status = created, "new"
    while NEXT[status]:
        at += timedelta(minutes=rng.randrange(1, 2 * pace))
        if at > NOW:
            return
        may_withdraw = status in ("new", "working", "waiting", "held")
        status = "withdrawn" if may_withdraw and rng.random() < 0.02 else rng.choice(NEXT[status])
        yield Step(at, status)


def _notes(rng: random.Random, created: datetime, ends: datetime) -> Iterator[Note]:
    span = max(2, int((ends - created).total_seconds()) // 60)
    moments = sorted(created + timedelta(minutes=1 + int(span * rng.random() ** 2)) for _ in range(rng.randrange(5)))
    for at in moments:
        if at <= NOW:
            yield Note(
                at, rng.choice(("staff", "staff", "staff", "requester", "machine", "another")), rng.random() < 0.7
            )
