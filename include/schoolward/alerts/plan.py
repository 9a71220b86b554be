"""What one evaluation changes: a pure function of the latest week, the alerts not yet recovered, and the late streams."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from schoolward.alerts.rules import FlagKind, Severity, rule
from schoolward.alerts.states import State, Verdict, after_week, verdict

NEW_PER_OWNER_AND_WEEK = 5
OwnerOf = Callable[[str, str | None, str | None], str | None]
"""The target that answers for a promise, by role, unit and staff id."""
FEWEST_SCHOOLS_FOR_PARENT = 4
"""Below this, "more than half of the schools" is two or three schools, better told one by one."""
UNMEASURED_CLOSES_AFTER = timedelta(weeks=4)
"""A promise without a row in the marts for this long (school closed, unit dissolved) has nobody left to be kept to."""


@dataclass(frozen=True, slots=True)
class Observation:
    """A row of ``marts.school_underserved_reason_week``, with the school's need (1 = least, 4 = most) beside it."""

    week_start_on: date
    school_key: str
    school_name: str
    rule_id: str
    flag_kind: FlagKind
    unit_id: str | None
    unit_name: str | None
    value: float | None
    act_threshold: float | None
    n: int
    status: str
    is_breached: bool
    is_flagged: bool
    owner_role: str
    owner_staff_id: str | None
    informed_role: str | None
    reason_text: str
    since_on: date | None
    data_as_of: datetime
    evidence: Mapping[str, Any]
    need_quartile: int | None = None
    is_compounded: bool = False

    @property
    def dedupe_key(self) -> str:
        return dedupe_key(self.rule_id, self.school_key, self.unit_id)

    @property
    def verdict(self) -> Verdict:
        return verdict(self.status, self.is_breached, self.is_flagged)


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert whose data have not recovered yet, as it stands before the evaluation."""

    key: str
    dedupe_key: str
    rule_id: str
    school_key: str | None
    unit_id: str | None
    state: State
    owner_target: str | None
    opened_week_on: date
    due_on: date
    last_seen_week_on: date
    snoozed_until_on: date | None = None
    is_digest_only: bool = False
    parent_key: str | None = None
    is_escalated: bool = False
    reason: str = ""
    n_schools: int = 1

    @property
    def is_parent(self) -> bool:
        return self.school_key is None


@dataclass(frozen=True, slots=True)
class Opening:
    """A new alert: for one school, or (without one) for a unit that slips at more than half of them."""

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


@dataclass(frozen=True, slots=True)
class Plan:
    openings: tuple[Opening, ...]
    changes: tuple[Change, ...]
    escalations: tuple[Alert, ...]
    n_suppressed: int
    """Flagged rows that open nothing because a stream they rest on is late."""


def dedupe_key(rule_id: str, school_key: str | None, unit_id: str | None) -> str:
    """``rule/school/unit``; ``*`` for all schools, ``-`` for no unit."""
    return f"{rule_id}/{school_key or '*'}/{unit_id or '-'}"


def make_plan(
    observations: Sequence[Observation],
    alerts: Sequence[Alert],
    *,
    week: date,
    today: date,
    last_episode: Mapping[str, int],
    announced: Mapping[str, int],
    answer_by: Mapping[Severity, date],
    owner_of: OwnerOf,
    late_streams: frozenset[str] = frozenset(),
) -> Plan:
    """Decide openings, changes and escalations.

    ``announced`` counts this week's individually announced alerts by owner's target; ``answer_by`` is the day by which
    what starts today wants an answer; ``today`` is the day of the data.
    """
    trusted = [o for o in observations if not rule(o.rule_id).streams & late_streams]
    n_suppressed = sum(o.is_flagged for o in observations) - sum(o.is_flagged for o in trusted)
    by_key = {o.dedupe_key: o for o in trusted}
    unrecovered = {a.dedupe_key: a for a in alerts}
    groups = _groups(trusted)
    wide = {group for group, rows in groups.items() if _slips_everywhere(rows)}

    openings: list[Opening] = []
    for group in wide:
        key = dedupe_key(group[0], None, group[1])
        if key not in unrecovered:
            openings.append(_parent(key, last_episode.get(key, 0) + 1, groups[group], answer_by, owner_of))
    for o in trusted:
        covered = (o.rule_id, o.unit_id) in wide
        if o.verdict is Verdict.FLAGGED and o.dedupe_key not in unrecovered and not covered:
            severity = rule(o.rule_id).severity
            owner = owner_of(o.owner_role, o.unit_id, o.owner_staff_id)
            episode = last_episode.get(o.dedupe_key, 0) + 1
            openings.append(
                Opening(
                    o.dedupe_key, episode, o, False, o.reason_text, 1, o.since_on, o.evidence, severity,
                    answer_by[severity], owner,
                )
            )  # fmt: skip

    openings = _within_budget(openings, announced)
    parents = {o.dedupe_key: o.key for o in openings if o.is_parent} | {
        a.dedupe_key: a.key for a in alerts if a.is_parent
    }
    seen_keys = {o.dedupe_key for o in observations}
    changes = []
    for alert in alerts:
        group = (alert.rule_id, alert.unit_id)
        if alert.is_parent:
            change = _parent_change(alert, groups.get(group, ()), group in wide, today)
        else:
            parent = parents[dedupe_key(group[0], None, group[1])] if group in wide else None
            change = _child_change(alert, by_key.get(alert.dedupe_key), parent, today)
            if alert.dedupe_key not in seen_keys and week - alert.last_seen_week_on >= UNMEASURED_CLOSES_AFTER:
                change = _closed_unmeasured(alert, today)
        if "woken" in change.actions:
            change = replace(change, due_on=answer_by[rule(alert.rule_id).severity])
        changes.append(change)
    return Plan(
        tuple(openings),
        tuple(changes),
        tuple(c.alert for c in changes if _is_due_for_escalation(c, today)),
        n_suppressed,
    )


def _groups(rows: Iterable[Observation]) -> Mapping[tuple[str, str | None], list[Observation]]:
    groups: dict[tuple[str, str | None], list[Observation]] = defaultdict(list)
    for o in rows:
        groups[o.rule_id, o.unit_id].append(o)
    return groups


def _measured(rows: Iterable[Observation]) -> list[Observation]:
    return [o for o in rows if o.verdict is not Verdict.UNKNOWN]


def _slips_everywhere(rows: Iterable[Observation]) -> bool:
    measured = _measured(rows)
    n_flagged = sum(o.is_flagged for o in measured)
    return len(measured) >= FEWEST_SCHOOLS_FOR_PARENT and 2 * n_flagged > len(measured)


def _told_together(rows: Sequence[Observation]) -> tuple[str, int, Mapping[str, Any]]:
    """Reason, number of schools and evidence of a parent."""
    measured = _measured(rows)
    flagged = sorted((o for o in measured if o.is_flagged), key=lambda o: o.school_key)
    whose = rows[0].unit_name or "The central office"
    reason = (
        f"{whose} slips on this promise at {len(flagged)} of the {len(measured)} schools with enough data:"
        f" one cause in the office is likelier than {len(flagged)} in the schools."
    )
    schools = [{"school_key": o.school_key, "value": o.value, "n": o.n, "since_on": str(o.since_on)} for o in flagged]
    return (
        reason,
        len(flagged),
        {"n_measured": len(measured), "act_threshold": rows[0].act_threshold, "schools": schools},
    )


def _parent(
    key: str, episode: int, rows: Sequence[Observation], answer_by: Mapping[Severity, date], owner_of: OwnerOf
) -> Opening:
    reason, n_schools, evidence = _told_together(rows)
    first = rows[0]
    since = [o.since_on for o in rows if o.is_flagged and o.since_on is not None]
    severity = rule(first.rule_id).severity
    return Opening(
        key, episode, first, True, reason, n_schools, min(since, default=None), evidence, severity,
        answer_by[severity], owner_of(first.owner_role, first.unit_id, first.owner_staff_id),
    )  # fmt: skip


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


def _urgency(o: Opening) -> tuple[bool, bool, bool, int, str]:
    need = o.about.need_quartile or 0
    return o.severity != "urgent", not o.is_parent, not o.about.is_compounded, -need, o.dedupe_key


def _parent_change(alert: Alert, rows: Sequence[Observation], is_wide: bool, today: date) -> Change:
    said = Verdict.UNKNOWN
    if is_wide:
        said = Verdict.FLAGGED
    elif _measured(rows):
        said = Verdict.RECOVERED  # at half of the schools or fewer, each is told by itself again
    after = after_week(alert.state, said, today, alert.snoozed_until_on)
    change = Change(alert, after.state, after.is_recovered, after.actions, alert.due_on)
    if not is_wide:
        return change
    reason, n_schools, evidence = _told_together(rows)
    return replace(change, seen=rows[0], reason=reason, n_schools=n_schools, evidence=evidence)


def _child_change(alert: Alert, o: Observation | None, parent_key: str | None, today: date) -> Change:
    said = o.verdict if o is not None else Verdict.UNKNOWN
    after = after_week(alert.state, said, today, alert.snoozed_until_on)
    change = Change(alert, after.state, after.is_recovered, after.actions, alert.due_on, parent_key=alert.parent_key)
    if o is None or said is Verdict.UNKNOWN:
        return change
    reason = o.reason_text if o.is_breached else None  # in a better week the reason stays that of the last bad one
    change = replace(change, seen=o, reason=reason, n_schools=1, evidence=o.evidence)
    if parent_key == alert.parent_key or after.is_recovered:
        return change
    moved = "joined_parent" if parent_key else "left_parent"
    return replace(change, parent_key=parent_key, actions=(*change.actions, moved))


def _closed_unmeasured(alert: Alert, today: date) -> Change:
    after = after_week(alert.state, Verdict.RECOVERED, today)
    return Change(alert, after.state, True, ("no_longer_measured",), alert.due_on, parent_key=alert.parent_key)


def _is_due_for_escalation(change: Change, today: date) -> bool:
    """Announced to its owner, unanswered past its day, not told upward yet, and not told by its parent."""
    a = change.alert
    is_unanswered = a.state is State.OPEN and change.state is State.OPEN
    return (
        is_unanswered and today > a.due_on and not a.is_escalated and not a.is_digest_only and change.parent_key is None
    )
