"""What one evaluation changes: a pure function of the latest week, the alerts whose story is not over, and the late streams."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from schoolward.alerts.corrections import correction, with_note
from schoolward.alerts.observed import Alert, Observation, OpeningRecord, dedupe_key
from schoolward.alerts.parents import Place, Whole, wholes
from schoolward.alerts.rules import WORKING_DAYS_TO_ANSWER, Severity, rule
from schoolward.alerts.states import Outcome, State, Verdict, after_correction, after_recovery, after_week

NEW_PER_OWNER_AND_WEEK = 5
OwnerOf = Callable[[str, str | None, str | None], str | None]
"""The target that answers for a promise, by role, unit and staff id."""
UNMEASURED_CLOSES_AFTER = timedelta(weeks=4)
"""A promise without a row in the marts for this long (school closed, unit dissolved) has nobody left to be kept to."""


@dataclass(frozen=True, slots=True)
class Opening:
    """An alert to tell of: new, or back within the days its recovery had to hold; without a school's own, about a unit."""

    dedupe_key: str
    episode: int
    about: Observation
    is_parent: bool
    reason: str
    n_schools: int
    since_on: date | None
    evidence: Mapping[str, Any]
    severity: Severity
    due_on: date
    owner_target: str | None
    is_digest_only: bool = False
    n_came_back: int = 0
    recovered_on: date | None = None
    """Of one that came back: the day on which its data had recovered."""

    @property
    def key(self) -> str:
        return f"{self.dedupe_key}/{self.episode}"


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of an alert already there; ``None`` fields stay as they are."""

    alert: Alert
    state: State
    is_recovered: bool
    actions: tuple[str, ...]
    due_on: date
    seen: Observation | None = None
    reason: str | None = None
    n_schools: int | None = None
    evidence: Mapping[str, Any] | None = None
    parent_key: str | None = None
    record: OpeningRecord | None = None
    corrected: Mapping[str, Any] | None = None
    """Old and new record, kept with the action "corrected"."""
    came_back: Opening | None = None

    @property
    def recovers(self) -> bool:
        return self.is_recovered and not self.alert.is_recovering


@dataclass(frozen=True, slots=True)
class Plan:
    openings: tuple[Opening, ...]
    changes: tuple[Change, ...]
    escalations: tuple[Alert, ...]
    n_suppressed: int
    """Flagged rows that open nothing because a stream they rest on is late."""

    @property
    def told(self) -> tuple[Opening, ...]:
        """What owners hear of by itself: what is new, and what came back."""
        back = (c.came_back for c in self.changes if c.came_back is not None)
        return tuple(o for o in (*self.openings, *back) if not o.is_digest_only and o.owner_target is not None)


@dataclass(frozen=True, slots=True)
class _Week:
    """All that the decisions about one alert look at."""

    week: date
    today: date
    by_key: Mapping[str, Observation]
    seen_keys: frozenset[str]
    wholes: Mapping[Place, Whole]
    opening_rows: Mapping[str, Observation]
    answer_by: Callable[[int], date]
    owner_of: OwnerOf
    wide: frozenset[Place] = field(default=frozenset())

    def due(self, o: Observation | None, rule_id: str) -> date:
        days = o.days_to_answer if o is not None else None
        return self.answer_by(days if days is not None else WORKING_DAYS_TO_ANSWER[rule(rule_id).severity])

    def opening(self, o: Observation, episode: int) -> Opening:
        owner = self.owner_of(o.owner_role, o.unit_id, o.owner_staff_id)
        return Opening(
            o.dedupe_key, episode, o, False, o.reason_text, 1, o.since_on, o.evidence, rule(o.rule_id).severity,
            self.due(o, o.rule_id), owner,
        )  # fmt: skip

    def parent(self, place: Place, episode: int) -> Opening:
        whole = self.wholes[place]
        o = whole.about
        owner = self.owner_of(o.owner_role, o.unit_id, o.owner_staff_id)
        return Opening(
            dedupe_key(place[0], None, place[1]), episode, o, True, whole.reason, whole.n_schools, whole.since_on,
            whole.evidence, rule(o.rule_id).severity, self.due(o, o.rule_id), owner,
        )  # fmt: skip


def make_plan(
    observations: Sequence[Observation],
    alerts: Sequence[Alert],
    *,
    week: date,
    today: date,
    last_episode: Mapping[str, int],
    announced: Mapping[str, int],
    answer_by: Callable[[int], date],
    owner_of: OwnerOf,
    unit_rows: Sequence[Observation] = (),
    opening_rows: Mapping[str, Observation] | None = None,
    late_streams: frozenset[str] = frozenset(),
) -> Plan:
    """Decide openings, changes and escalations.

    Args:
        announced: this week's individually announced alerts by owner's target.
        answer_by: the day by which what starts today wants an answer, from a number of working days.
        today: the day of the data.
        unit_rows: what the week says of whole units, ``*`` for the school.
        opening_rows: by alert, what the week it opened in says now.
    """
    trusted = _trusted(observations, late_streams)
    n_suppressed = sum(o.is_flagged for o in observations) - sum(o.is_flagged for o in trusted)
    groups = wholes(trusted, _trusted(unit_rows, late_streams))
    known = _Week(
        week, today, {o.dedupe_key: o for o in trusted}, frozenset(o.dedupe_key for o in observations), groups,
        {key: o for key, o in (opening_rows or {}).items() if not rule(o.rule_id).streams & late_streams},
        answer_by, owner_of, frozenset(place for place, whole in groups.items() if whole.slips_everywhere),
    )  # fmt: skip
    parent_keys = _parent_keys(known, alerts, last_episode)
    changes = [_change(known, a, parent_keys) for a in alerts]
    runs = {c.alert.dedupe_key for c in changes if not c.alert.is_recovering or not c.is_recovered}
    openings = [
        known.parent(place, last_episode.get(key, 0) + 1)
        for place in sorted(known.wide, key=lambda p: (p[0], p[1] or ""))
        if (key := dedupe_key(place[0], None, place[1])) not in runs
    ]
    openings += [
        known.opening(o, last_episode.get(o.dedupe_key, 0) + 1)
        for o in trusted
        if o.verdict is Verdict.FLAGGED and o.dedupe_key not in runs and (o.rule_id, o.unit_id) not in known.wide
    ]
    told = _within_budget([*openings, *(c.came_back for c in changes if c.came_back is not None)], announced)
    by_key = {o.key: o for o in told}
    changes = [c if c.came_back is None else replace(c, came_back=by_key[c.came_back.key]) for c in changes]
    return Plan(
        tuple(o for o in told if o.n_came_back == 0),
        tuple(changes),
        tuple(c.alert for c in changes if _is_due_for_escalation(c, today)),
        n_suppressed,
    )


def _trusted(rows: Iterable[Observation], late_streams: frozenset[str]) -> list[Observation]:
    return [o for o in rows if not rule(o.rule_id).streams & late_streams]


def _parent_keys(known: _Week, alerts: Sequence[Alert], last_episode: Mapping[str, int]) -> Mapping[Place, str]:
    """The alert that tells of a unit, by where it slips everywhere: one there already, or the one that opens now."""
    there = {a.dedupe_key: a for a in alerts if a.is_parent}
    keys = {}
    for place in known.wide:
        key = dedupe_key(place[0], None, place[1])
        parent = there.get(key)
        is_there = parent is not None and _after(parent, Verdict.FLAGGED, known.today).state is not State.RESOLVED
        keys[place] = parent.key if parent is not None and is_there else f"{key}/{last_episode.get(key, 0) + 1}"
    return keys


def _after(alert: Alert, said: Verdict, today: date) -> Outcome:
    if alert.is_recovering and alert.recovered_on is not None:
        return after_recovery(said, alert.recovered_on, today)
    return after_week(alert.state, said, today, alert.snoozed_until_on)


def _within_budget(openings: list[Opening], announced: Mapping[str, int]) -> list[Opening]:
    """Mark what exceeds an owner's budget for the digest: the urgent, the widespread and the schools of most need go first."""
    left = defaultdict(lambda: NEW_PER_OWNER_AND_WEEK, {t: NEW_PER_OWNER_AND_WEEK - n for t, n in announced.items()})
    kept = []
    for opening in sorted(openings, key=_urgency):
        target = opening.owner_target
        if target is None or left[target] <= 0:
            kept.append(replace(opening, is_digest_only=True))
        else:
            left[target] -= 1
            kept.append(opening)
    return kept


def _urgency(o: Opening) -> tuple[int, bool, bool, int, str]:
    need = o.about.need_quartile or 0
    order = {"urgent": 0, "act": 1, "question": 2}
    return order[o.severity], not o.is_parent, not o.about.is_compounded, -need, o.dedupe_key


def _change(known: _Week, alert: Alert, parent_keys: Mapping[Place, str]) -> Change:
    place = (alert.rule_id, alert.unit_id)
    if alert.is_parent:
        change = _parent_change(known, alert, known.wholes.get(place), place)
    else:
        change = _child_change(known, alert, parent_keys.get(place))
    if "woken" in change.actions:
        change = replace(change, due_on=known.due(change.seen, alert.rule_id))
    return change


def _parent_change(known: _Week, alert: Alert, whole: Whole | None, place: Place) -> Change:
    after = _after(alert, whole.verdict if whole is not None else Verdict.UNKNOWN, known.today)
    change = Change(alert, after.state, after.is_recovered, after.actions, alert.due_on)
    if whole is None or not whole.slips_everywhere or after.is_recovered:
        return change
    change = replace(change, seen=whole.about, reason=whole.reason, n_schools=whole.n_schools, evidence=whole.evidence)
    return _told_again(change, known.parent(place, alert.episode)) if "came_back" in after.actions else change


def _child_change(known: _Week, alert: Alert, parent_key: str | None) -> Change:
    o = known.by_key.get(alert.dedupe_key)
    said = o.verdict if o is not None else Verdict.UNKNOWN
    if alert.is_recovering and said is Verdict.FLAGGED and parent_key is not None:
        said = Verdict.UNKNOWN  # the parent tells it
    is_unmeasured = (
        alert.dedupe_key not in known.seen_keys and known.week - alert.last_seen_week_on >= UNMEASURED_CLOSES_AFTER
    )
    fix = correction(alert, known.opening_rows.get(alert.key) if alert.opened_week_on < known.week else None)
    corrected = ("corrected",) if fix.detail else ()
    if fix.removes_breach and said is not Verdict.FLAGGED:
        after = after_correction(alert.state)
    elif is_unmeasured and not alert.is_recovering:
        ended = after_week(alert.state, Verdict.RECOVERED, known.today)
        after = replace(ended, actions=(*corrected, "no_longer_measured"))
    else:
        after = _after(alert, said, known.today)
        after = replace(after, actions=(*corrected, *after.actions))
    change = Change(
        alert, after.state, after.is_recovered, after.actions, alert.due_on, parent_key=alert.parent_key,
        record=fix.record, corrected=fix.detail,
    )  # fmt: skip
    base = o.reason_text if o is not None and o.is_breached and not after.is_recovered else alert.reason
    change = replace(change, reason=with_note(base, alert.rule_id, alert.opened_week_on, fix.record))
    if o is None or said is Verdict.UNKNOWN or after.is_recovered:
        return replace(change, seen=o if o is not None and said is not Verdict.UNKNOWN else None)
    change = replace(change, seen=o, n_schools=1, evidence=o.evidence)
    if "came_back" in after.actions:
        return _told_again(replace(change, parent_key=None), known.opening(o, alert.episode))
    if parent_key == alert.parent_key:
        return change
    moved = "joined_parent" if parent_key else "left_parent"
    return replace(change, parent_key=parent_key, actions=(*change.actions, moved))


def _told_again(change: Change, opening: Opening) -> Change:
    """An alert that came back, with a new day to answer by, and what its owner is to hear of it."""
    a = change.alert
    back = replace(
        opening, n_came_back=a.n_came_back + 1, recovered_on=a.recovered_on, reason=change.reason or a.reason
    )
    return replace(change, due_on=opening.due_on, came_back=back)


def _is_due_for_escalation(change: Change, today: date) -> bool:
    """Announced to its owner, unanswered past its day, not told upward yet, and not told by its parent; never a question."""
    a = change.alert
    is_unanswered = a.state is State.OPEN and change.state is State.OPEN
    return (
        is_unanswered
        and today > a.due_on
        and not a.is_escalated
        and not a.is_digest_only
        and change.parent_key is None
        and rule(a.rule_id).severity != "question"
    )
