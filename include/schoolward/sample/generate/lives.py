"""The life of a request: the updates from asking to closing, in the business time of its unit.

In usual service every promise is kept with room to spare. One request in seventy is late or waits long for its caller, and never
two of one school and unit within sixteen weeks, so that chance alone cannot break a promise to a school.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from schoolward.sample.generate import plan
from schoolward.sample.generate.people import People, Person
from schoolward.sample.generate.randomness import lognormal, stream
from schoolward.sample.generate.requests import Course, Draft
from schoolward.sample.generate.rules import Rules
from schoolward.sample.generate.ticket_identities import is_zendesk

NEW, IN_PROGRESS, ON_HOLD, RESOLVED, CLOSED, CANCELED = "1", "2", "3", "6", "7", "8"
AWAITING_CALLER = "1"
DAY = 86_400
CLOSES_AFTER = 7 * DAY
"""A resolved request nobody reopens is closed by the helpdesk itself."""
BREATH_BETWEEN_LATE = 112 * DAY
AT_MOST = 0.88
"""Of the promise, in usual service, waiting on the caller included."""


@dataclass(frozen=True, slots=True)
class Update:
    """One save of the record: who, what changed, and whether a public reply or a work note came with it."""

    at: int
    by: Person | None
    """None: the helpdesk itself."""
    changes: Mapping[str, object]
    """Field → value; people and groups as themselves, not yet as identifiers."""
    has_comment: bool = False
    has_note: bool = False


@dataclass(frozen=True, slots=True)
class Life:
    """A request and its updates in order; the first one creates it."""

    draft: Draft
    first_group: str
    first_priority: int
    updates: tuple[Update, ...]


def live(seed: int, rules: Rules, people: People, drafts: Sequence[Draft]) -> Iterator[Life]:
    """Tell the life of every draft, in the order given (by time of asking)."""
    rng = stream(seed, "lives")
    patience = _Patience(stream(seed, "late"))
    waves = _Waves(seed)
    for draft in drafts:
        course = draft.course if draft.course is not Course.USUAL else patience.course(draft)
        yield _Story(rng, rules, people, draft, course, waves.slowness(draft)).tell()


class _Patience:
    """Deals out the few late requests."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._last: dict[tuple[int, str], int] = {}
        self._planted = {p.school for p in plan.PLANTS}

    def course(self, draft: Draft) -> Course:
        is_unlucky = self._rng.random() < 0.022
        if not is_unlucky or draft.school is None or draft.priority == 1 or draft.school.number in self._planted:
            return Course.USUAL
        key = (draft.school.number, draft.unit)
        if draft.asked_at - self._last.get(key, 0) < BREATH_BETWEEN_LATE:
            return Course.USUAL
        self._last[key] = draft.asked_at
        return Course.LATE if self._rng.random() < 0.6 else Course.LONG_WAIT


class _Waves:
    """Weeks in which a unit's backlog makes everybody wait longer, the same for all schools."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._known: dict[tuple[str, int], float] = {}

    def slowness(self, draft: Draft) -> float:
        key = (draft.unit, draft.asked_at // (7 * DAY))
        if key not in self._known:
            rng = stream(self._seed, "wave", *key)
            self._known[key] = rng.uniform(1.3, 1.9) if rng.random() < 0.15 else rng.uniform(0.9, 1.1)
        return self._known[key]


class _Story:
    """One request's life in the making; times are open seconds since asking until :meth:`_save` turns them into instants."""

    def __init__(
        self, rng: Random, rules: Rules, people: People, draft: Draft, course: Course, slowness: float
    ) -> None:
        self.rng, self.rules, self.people = rng, rules, people
        self.draft, self.course, self.slowness = draft, course, slowness
        self.clock = rules.clocks[draft.unit]
        self.limit = rules.limits[draft.unit, draft.priority]
        self.groups = next(unit.groups for unit in rules.units if unit.id == draft.unit)
        self.group = self.groups[draft.type.group]
        self.agent = rng.choice(people.agents[self.group])
        self.updates: list[Update] = []
        self.waited = 0.0
        """Open seconds on hold for the caller."""

    def tell(self) -> Life:
        draft, rng = self.draft, self.rng
        resolve_after, respond_after = self._durations()
        first_group = self._first_group(respond_after, resolve_after)
        is_raised = draft.priority == 3 and self.course is Course.USUAL and rng.random() < 0.02
        self._save(0, draft.caller, {})
        if self.course is Course.USUAL and rng.random() < 0.02:
            self._cancel(respond_after)
        else:
            self._begin(first_group, respond_after, is_raised)
            self._work(respond_after, resolve_after)
        return Life(draft, first_group, 4 if is_raised else draft.priority, tuple(self._in_order()))

    def _durations(self) -> tuple[float | None, float]:
        """Open seconds to resolution (None: never) and to the first public reply."""
        rng, limit = self.rng, self.limit
        respond = lognormal(rng, 0.16, 0.6, at_most=0.7) * limit.response
        if self.course is Course.LEFT_OPEN:
            return None, respond
        if self.course is Course.SLOW:
            return rng.uniform(2.2, 3.4) * limit.resolution, respond
        if self.course is Course.LATE:
            return rng.uniform(1.1, 1.6) * limit.resolution, respond
        resolve = min(0.85, lognormal(rng, 0.22, 0.6, at_most=0.8) * self.slowness) * limit.resolution
        return resolve, min(respond, 0.9 * resolve)

    def _first_group(self, respond_after: float, resolve_after: float | None) -> str:
        """The group it reaches first: the right one, the unit's intake, or another unit's by mistake."""
        draw = self.rng.random()
        if draw < 0.03 and resolve_after is not None and self.course is Course.USUAL:
            other = self.rng.choice(self.rules.units)
            if is_zendesk(other.id) or is_zendesk(self.draft.unit):
                return self.group  # a request does not wander from one help desk to the other
            clock, limit = self.rules.clocks[other.id], self.rules.limits[other.id, self.draft.priority]
            start = self.draft.asked_at
            resolved, responded = self._at(resolve_after), self._at(respond_after)
            if (
                clock.between(start, resolved) < 0.6 * limit.resolution
                and clock.between(start, responded) < 0.8 * limit.response
            ):
                return other.groups[0]
        return self.groups[0] if draw < 0.25 else self.group

    def _at(self, open_seconds: float) -> int:
        return self.clock.after(self.draft.asked_at, open_seconds) if open_seconds else self.draft.asked_at

    def _save(
        self,
        after: float,
        by: Person | None,
        changes: Mapping[str, object],
        *,
        comment: bool = False,
        note: bool = False,
    ) -> None:
        self.updates.append(Update(self._at(after), by, changes, comment, note))

    def _cancel(self, respond_after: float) -> None:
        at = self._at(respond_after)
        changes = {"state": CANCELED, "active": "false", "closed_at": at, "closed_by": self.draft.caller}
        self.updates.append(Update(at, self.draft.caller, changes, has_comment=True))

    def _begin(self, first_group: str, respond_after: float, is_raised: bool) -> None:
        """Assignment, hand-offs and the first public reply."""
        rng = self.rng
        if is_raised:
            self._save(respond_after * 0.1, self.agent, {"priority": "3"}, note=True)
        path = self._path(first_group)
        for number, (group, following) in enumerate(pairwise(path)):
            dispatcher = rng.choice(self.people.agents[group])
            share = number / len(path)
            self._save(respond_after * (share + 0.1) * 0.7, dispatcher, {"assigned_to": dispatcher})
            changes = {"assignment_group": following, "assigned_to": None}
            self._save(respond_after * (share + 0.2) * 0.7, dispatcher, changes, note=rng.random() < 0.6)
        taken: dict[str, object] = {"assigned_to": self.agent}
        if self.draft.school is not None and not self.draft.location and rng.random() < 0.15:
            taken["location"] = self.draft.school
        self._save(respond_after * 0.75, self.agent, taken)
        self._save(respond_after, self.agent, {"state": IN_PROGRESS}, comment=True)

    def _path(self, first_group: str) -> list[str]:
        """The groups it goes through; at times by way of the unit's intake."""
        intake = self.groups[0]
        by_way = [intake] if intake not in (first_group, self.group) and self.rng.random() < 0.7 else []
        return [first_group, *by_way, self.group] if first_group != self.group else [self.group]

    def _work(self, respond_after: float, resolve_after: float | None) -> None:
        if resolve_after is None:
            for days in range(14, 320, 21):
                self.updates.append(Update(self._at(respond_after) + days * DAY, self.agent, {}, has_note=True))
            return
        rng, span = self.rng, resolve_after - respond_after
        for share in sorted(rng.random() for _ in range(rng.choices((0, 1, 2), (4, 4, 2))[0])):
            self._save(respond_after + share * span * 0.9, self.agent, {}, note=True)
        if rng.random() < 0.15 or self.course is Course.LONG_WAIT:
            resolve_after += self._hold(respond_after + span * rng.uniform(0.93, 0.99), resolve_after)
        self._resolve(resolve_after)
        ceiling = AT_MOST * self.limit.resolution
        if (
            self.course is Course.USUAL
            and self.draft.priority > 2
            and resolve_after < 0.4 * ceiling
            and rng.random() < 0.06
        ):
            back_after = resolve_after + rng.uniform(0.1, 0.3) * (ceiling - resolve_after)
            resolve_after = back_after + rng.uniform(0.2, 0.9) * (ceiling - back_after)
            changes = {
                "state": IN_PROGRESS,
                "reopen_count": "1",
                "resolved_at": None,
                "resolved_by": None,
                "close_code": "",
            }
            self._save(back_after, self.draft.caller, changes, comment=True)
            self._resolve(resolve_after)
        at = self._at(resolve_after) + CLOSES_AFTER
        self.updates.append(Update(at, None, {"state": CLOSED, "active": "false", "closed_at": at}))

    def _hold(self, from_after: float, resolve_after: float) -> float:
        """On hold until the caller answers; returns the open seconds of waiting."""
        rng, room = self.rng, AT_MOST * self.limit.resolution - resolve_after
        if self.course is Course.LONG_WAIT:
            waiting = rng.uniform(0.9, 1.4) * self.limit.resolution
        elif self.course in (Course.LATE, Course.SLOW):
            waiting = rng.uniform(0.05, 0.2) * self.limit.resolution
        elif room > 0:
            waiting = rng.uniform(0.1, 0.8) * room
        else:
            return 0.0
        self.waited += waiting
        self._save(from_after, self.agent, {"state": ON_HOLD, "hold_reason": AWAITING_CALLER}, comment=True)
        self._save(from_after + waiting, self.draft.caller, {"state": IN_PROGRESS, "hold_reason": ""}, comment=True)
        return waiting

    def _resolve(self, after: float) -> None:
        changes = {
            "state": RESOLVED,
            "resolved_at": self._at(after),
            "resolved_by": self.agent,
            "close_code": "Solved",
            "made_sla": "true" if after - self.waited <= self.limit.resolution else "false",
        }
        self._save(after, self.agent, changes, comment=self.rng.random() < 0.7)

    def _in_order(self) -> Iterator[Update]:
        """The updates a second apart at least; a later one never overtakes."""
        last = -1
        for update in self.updates:
            at = max(update.at, last + 1)
            changes = {
                k: at if k in ("resolved_at", "closed_at") and v is not None else v for k, v in update.changes.items()
            }
            yield Update(at, update.by, changes, update.has_comment, update.has_note)
            last = at
