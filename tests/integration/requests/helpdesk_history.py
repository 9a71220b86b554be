"""A help desk's two years, made up ticket by ticket: what happened, second by second, before any vendor has written it down.

Nothing here knows of the models or of the sample's generator. A ticket is a list of steps; a step is what one person (or rule) did at once.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

BEGIN = datetime(2024, 1, 2, 5, tzinfo=UTC)
END = datetime(2026, 1, 20, 17, 3, 20, tzinfo=UTC)
REQUESTERS = range(100, 120)
AGENTS = range(200, 210)
LEFT_AGENT = 210
"""Deactivated; still an agent by role."""
DEMOTED_AGENT = 211
"""An agent until DEMOTED_AT, an end user since."""
STRANGER = 299
"""Writes comments, and is nobody the account tells of."""
ADMIN = 300
SYSTEM = -1
DEMOTED_AT = datetime(2025, 7, 1, 12, tzinfo=UTC)
GROUPS = {1: "Boilers", 2: "Roofs", 3: "Help Line", 4: "Weekend Crew", 5: "Nobody's Own"}
PRIORITIES = ("urgent", "high", "normal", "low", None)
BUSY = tuple(
    datetime.fromisoformat(day).replace(tzinfo=UTC)
    for day in ("2024-03-08", "2024-11-01", "2024-12-30", "2025-03-07", "2025-10-31", "2025-12-22", "2025-12-31")
)
"""Days before clocks change, and around closures and the ends of years."""
_GAPS = (0, 0, 1, 59, 60, 61, 600, 3600, 4 * 3600, 20 * 3600, 3 * 86400, 12 * 86400)
_ACTS = {
    "reply": 5, "note": 2, "ask": 2, "answer": 3, "receipt": 1, "nudge": 1, "hand_over": 2, "priority": 1, "start": 1, "pend": 2,
    "hold": 2, "solve": 4, "reopen": 2, "close": 1, "auto_close": 1, "merge": 0.2,
}  # fmt: skip

Changes = dict[str, tuple[str | None, str | None]]


@dataclass(frozen=True)
class Comment:
    author: int
    is_public: bool
    is_by_rule: bool = False


@dataclass(frozen=True)
class Step:
    """What one update did: the fields it set, each with its value before, and a comment."""

    at: datetime
    actor: int
    changes: Changes
    comment: Comment | None


@dataclass
class Ticket:
    id: int
    requester: int
    steps: list[Step] = field(default_factory=list)
    is_merged: bool = False
    deleted_at: datetime | None = None
    purged_at: datetime | None = None

    @property
    def created_at(self) -> datetime:
        return self.steps[0].at

    def values(self, n_steps: int | None = None) -> dict[str, str | None]:
        """The fields after so many steps; after all, unless told otherwise."""
        return {name: after for step in self.steps[:n_steps] for name, (_, after) in step.changes.items()}


def history(n_tickets: int, seed: int) -> list[Ticket]:
    """Tickets of two years, by number."""
    rng = random.Random(seed)
    return [_Story(rng, 7001 + n).told() for n in range(n_tickets)]


class _Story:
    """One ticket on its way."""

    def __init__(self, rng: random.Random, id: int) -> None:
        self.rng = rng
        self.of = Ticket(id, rng.choice(AGENTS) if rng.random() < 0.05 else rng.choice(REQUESTERS))
        self.now: dict[str, str | None] = {"status": None, "group_id": None, "priority": None}
        busy = rng.choice(BUSY) + timedelta(seconds=rng.randrange(5 * 86400))
        any_day = BEGIN + (END - BEGIN) * rng.random()
        self.at = (busy if rng.random() < 0.5 else any_day).replace(microsecond=0)
        self.pace = rng.choice((1, 1, 1, 1, 1, 8, 60))

    def told(self) -> Ticket:
        rng, last = self.rng, END - timedelta(minutes=5)
        self.at = min(self.at, last)
        self._create()
        for _ in range(rng.choice((0, 1, 2, 4, 6, 9, 14))):
            self.at += timedelta(seconds=rng.choice(_GAPS) * self.pace + rng.choice((0, rng.randrange(3600))))
            if self.at > last or self.now["status"] == "closed":
                break
            getattr(self, "_" + rng.choices(list(_ACTS), list(_ACTS.values()))[0])()
        gone_at = self.of.steps[-1].at + timedelta(days=rng.randrange(1, 90), seconds=7)
        if rng.random() < 0.06 and gone_at < last:
            self.of.deleted_at = gone_at
            purged_at = gone_at + timedelta(days=30)
            self.of.purged_at = purged_at if rng.random() < 0.6 and purged_at < last else None
        return self.of

    def _step(self, actor: int, comment: Comment | None = None, **values: str | None) -> None:
        changes = {name: (self.now[name], value) for name, value in values.items() if self.now[name] != value}
        self.now |= values
        if changes or comment:
            self.of.steps.append(Step(self.at, actor, changes, comment))

    def _agent(self) -> int:
        others: tuple[int, ...] = (
            ADMIN,
            LEFT_AGENT,
            STRANGER,
            *((DEMOTED_AGENT, DEMOTED_AGENT) if self.at < DEMOTED_AT else ()),
        )
        return int(self.rng.choice((*AGENTS, *others)))

    def _create(self) -> None:
        is_by_agent = self.rng.random() < 0.2
        actor = self.rng.choice(AGENTS) if is_by_agent else self.of.requester
        self._step(
            actor,
            Comment(actor, is_public=not is_by_agent or self.rng.random() < 0.7),
            status=self.rng.choice(("new", "open", "pending", "hold", "solved")) if is_by_agent else "new",
            group_id=None if self.rng.random() < 0.1 else self._any_group(),
            priority=self.rng.choice(PRIORITIES),
        )

    def _any_group(self) -> str:
        return str(self.rng.choices(list(GROUPS), (4, 4, 4, 4, 1))[0])

    def _reply(self) -> None:
        agent, status = self._agent(), self.now["status"]
        self._step(agent, Comment(agent, is_public=True), status="open" if status == "new" else status)

    def _note(self) -> None:
        agent = self._agent()
        self._step(agent, Comment(agent, is_public=False))

    def _ask(self) -> None:
        agent = self._agent()
        self._step(agent, Comment(agent, is_public=True), status="pending")

    def _answer(self) -> None:
        status = self.now["status"]
        writer = self.of.requester if self.rng.random() < 0.8 else self.rng.choice(REQUESTERS)
        self._step(
            writer, Comment(writer, is_public=True), status="open" if status in ("pending", "solved") else status
        )

    def _receipt(self) -> None:
        self._step(SYSTEM, Comment(SYSTEM, is_public=True, is_by_rule=True))

    def _nudge(self) -> None:
        """A rule writes in an administrator's name."""
        self._step(SYSTEM, Comment(ADMIN, is_public=True, is_by_rule=True))

    def _hand_over(self) -> None:
        self._step(self._agent(), group_id=self._any_group())

    def _priority(self) -> None:
        self._step(self._agent(), priority=self.rng.choice(PRIORITIES))

    def _start(self) -> None:
        self._step(self._agent(), status="open")

    def _pend(self) -> None:
        self._step(self._agent(), status="pending")

    def _hold(self) -> None:
        self._step(self._agent(), status="hold")

    def _solve(self) -> None:
        agent = self._agent()
        self._step(agent, Comment(agent, is_public=True) if self.rng.random() < 0.5 else None, status="solved")

    def _reopen(self) -> None:
        if self.now["status"] == "solved":
            self._answer()

    def _close(self) -> None:
        self._step(self._agent(), status="closed")

    def _auto_close(self) -> None:
        if self.now["status"] == "solved":
            self._step(SYSTEM, status="closed")

    def _merge(self) -> None:
        agent = self._agent()
        self.of.is_merged = True
        self._step(agent, Comment(agent, is_public=False), status="closed")
