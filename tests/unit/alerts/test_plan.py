"""What evaluations decide, over any course of weeks and answers: an in-memory life cycle driven by hypothesis."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from schoolward.alerts.plan import (
    FEWEST_SCHOOLS_FOR_PARENT,
    NEW_PER_OWNER_AND_WEEK,
    Alert,
    Observation,
    Plan,
    dedupe_key,
    make_plan,
)
from schoolward.alerts.rules import RULES
from schoolward.alerts.states import LIVE, Action, State, Verdict, after_action

SCHOOLS = [f"s{i}" for i in range(9)]
RULE_IDS = ["service_ageing", "service_urgent_overdue", "partnership_contact_gap"]
ROW = st.sampled_from(["flagged", "lingering", "good", "unknown", "absent"])
FIELDS: dict[str, dict[str, Any]] = {
    "flagged": {"status": "act", "is_breached": True, "is_flagged": True},
    "lingering": {"status": "act", "is_breached": True, "is_flagged": False},
    "good": {"status": "ok", "is_breached": False, "is_flagged": False},
    "unknown": {"status": "insufficient_data", "is_breached": False, "is_flagged": False},
}


def observation(school: str, rule_id: str, week: date, said: str, **more: Any) -> Observation:
    kind = RULES[rule_id].kind
    return Observation(
        week_start_on=week, school_key=school, school_name=school, rule_id=rule_id, flag_kind=kind,
        unit_id="it" if kind == "service" else None, unit_name=None, value=1.0, act_threshold=0.0, n=5,
        owner_role="unit_chief", owner_staff_id=None, informed_role=None, reason_text=f"{school} {said}", since_on=week,
        data_as_of=datetime(week.year, week.month, week.day, tzinfo=UTC), evidence={}, **FIELDS[said], **more,
    )  # fmt: skip


class LifeCycle(RuleBasedStateMachine):
    """Applies plans to alerts kept in memory, as the store does to tables."""

    def __init__(self) -> None:
        super().__init__()
        self.week = date(2025, 9, 1)
        self.alerts: dict[str, Alert] = {}
        self.closed: set[str] = set()
        self.announced: Counter[tuple[str, date]] = Counter()
        self.escalated: Counter[str] = Counter()
        self.rows: list[Observation] = []
        self.late: frozenset[str] = frozenset()

    @initialize(said=st.lists(ROW, min_size=27, max_size=27))
    def first_week(self, said: list[str]) -> None:
        self.evaluate_week(said, frozenset())

    @rule(said=st.lists(ROW, min_size=27, max_size=27), late=st.sampled_from([frozenset(), frozenset({"incident"})]))
    def next_week(self, said: list[str], late: frozenset[str]) -> None:
        self.week += timedelta(weeks=1)
        self.evaluate_week(said, late)

    @rule(said=st.lists(ROW, min_size=27, max_size=27))
    def later_the_same_week(self, said: list[str]) -> None:
        self.evaluate_week(said, frozenset())

    @precondition(lambda self: any(a.state in LIVE for a in self.open_alerts()))
    @rule(data=st.data())
    def somebody_answers(self, data: st.DataObject) -> None:
        alert = data.draw(st.sampled_from([a for a in self.open_alerts() if a.state in LIVE]))
        possible = {
            State.OPEN: [Action.ACKNOWLEDGE, Action.ACT, Action.SNOOZE, Action.DISMISS],
            State.ACKNOWLEDGED: [Action.ACT, Action.SNOOZE],
            State.ACTING: [Action.SNOOZE, Action.DISMISS],
            State.SNOOZED: [Action.ACKNOWLEDGE],
        }
        action = data.draw(st.sampled_from(possible[alert.state]))
        after = after_action(alert.state, action, "agreed_with_school")
        until = self.week + timedelta(days=10) if after is State.SNOOZED else None
        self.alerts[alert.key] = replace(alert, state=after, snoozed_until_on=until)

    def evaluate_week(self, said: list[str], late: frozenset[str]) -> None:
        places = [(s, r) for s in SCHOOLS for r in RULE_IDS]
        self.rows = [
            observation(s, r, self.week, word) for (s, r), word in zip(places, said, strict=True) if word != "absent"
        ]
        self.late = late
        before = {a.dedupe_key: a for a in self.open_alerts()}
        plan = self.plan()
        self.check(plan, before)
        self.apply(plan)
        again = self.plan()
        assert again.openings == ()
        assert again.escalations == ()
        assert [c for c in again.changes if c.actions or c.state != c.alert.state] == []

    def open_alerts(self) -> list[Alert]:
        return [a for a in self.alerts.values() if a.key not in self.closed]

    def plan(self) -> Plan:
        episodes: Counter[str] = Counter()
        for alert in self.alerts.values():
            episodes[alert.dedupe_key] = max(episodes[alert.dedupe_key], int(alert.key.rpartition("/")[2]))
        return make_plan(
            self.rows,
            self.open_alerts(),
            week=self.week,
            today=self.week + timedelta(days=4),
            last_episode=episodes,
            announced={owner: n for (owner, week), n in self.announced.items() if week == self.week},
            answer_by={"act": self.week + timedelta(days=11), "urgent": self.week + timedelta(days=7)},
            owner_of=lambda role, unit, staff: unit or "supervisor",
            late_streams=self.late,
        )

    def check(self, plan: Plan, before: dict[str, Alert]) -> None:
        trusted = [o for o in self.rows if not RULES[o.rule_id].streams & self.late]
        verdicts = {o.dedupe_key: o.verdict for o in trusted}
        for opening in plan.openings:
            assert opening.dedupe_key not in before, "a second alert for an episode that still runs"
            assert opening.is_parent or verdicts[opening.dedupe_key] is Verdict.FLAGGED
            assert not RULES[opening.about.rule_id].streams & self.late, "an opening that rests on a late source"
        for change in plan.changes:
            if change.is_recovered and not change.alert.is_parent:
                is_stale = self.week - change.alert.last_seen_week_on >= timedelta(weeks=4)
                assert verdicts.get(change.alert.dedupe_key) is Verdict.RECOVERED or is_stale
        for rule_id in RULE_IDS:
            self.check_parent(plan, rule_id, [o for o in trusted if o.rule_id == rule_id], before)

    def check_parent(self, plan: Plan, rule_id: str, rows: list[Observation], before: dict[str, Alert]) -> None:
        measured = [o for o in rows if o.verdict is not Verdict.UNKNOWN]
        n_flagged = sum(o.is_flagged for o in measured)
        is_wide = len(measured) >= FEWEST_SCHOOLS_FOR_PARENT and 2 * n_flagged > len(measured)
        opened = [o for o in plan.openings if o.about.rule_id == rule_id]
        key = dedupe_key(rule_id, None, "it" if RULES[rule_id].kind == "service" else None)
        assert [o.dedupe_key for o in opened if o.is_parent] == ([key] if is_wide and key not in before else [])
        assert not (is_wide and [o for o in opened if not o.is_parent]), "alerts per school beside their parent"

    def apply(self, plan: Plan) -> None:
        for o in plan.openings:
            self.alerts[o.key] = Alert(
                o.key, o.dedupe_key, o.about.rule_id, None if o.is_parent else o.about.school_key, o.about.unit_id,
                State.OPEN, o.owner_target, self.week, o.due_on, self.week, is_digest_only=o.is_digest_only,
            )  # fmt: skip
            if not o.is_digest_only:
                self.announced[str(o.owner_target), self.week] += 1
        for c in plan.changes:
            self.alerts[c.alert.key] = replace(
                c.alert,
                state=c.state,
                due_on=c.due_on,
                parent_key=c.parent_key,
                last_seen_week_on=self.week if c.seen else c.alert.last_seen_week_on,
                snoozed_until_on=c.alert.snoozed_until_on if c.state is State.SNOOZED else None,
            )
            if c.is_recovered:
                self.closed.add(c.alert.key)
        for alert in plan.escalations:
            self.escalated[alert.key] += 1
            self.alerts[alert.key] = replace(self.alerts[alert.key], is_escalated=True)

    @invariant()
    def one_running_episode_at_a_time_and_episodes_count_from_one(self) -> None:
        assert max(Counter(a.dedupe_key for a in self.open_alerts()).values(), default=1) == 1
        for key, n in Counter(a.dedupe_key for a in self.alerts.values()).items():
            assert {f"{key}/{i}" for i in range(1, n + 1)} <= self.alerts.keys()

    @invariant()
    def no_owner_is_told_of_more_than_the_budget_in_a_week(self) -> None:
        assert max(self.announced.values(), default=0) <= NEW_PER_OWNER_AND_WEEK

    @invariant()
    def nothing_is_escalated_twice(self) -> None:
        assert max(self.escalated.values(), default=0) <= 1

    @invariant()
    def resolved_means_recovered(self) -> None:
        assert all(a.key in self.closed for a in self.alerts.values() if a.state is State.RESOLVED)


LifeCycle.TestCase.settings = settings(max_examples=60, stateful_step_count=12, deadline=None)
TestAnyCourseOfWeeksAndAnswers = LifeCycle.TestCase


def test_within_the_budget_urgent_goes_first_then_the_widespread_then_both_flags_then_need() -> None:
    week = date(2026, 5, 4)
    rows = [observation(f"s{i:02}", "service_ageing", week, "flagged") for i in range(6)]
    rows += [observation(f"t{i:02}", "service_ageing", week, "good") for i in range(30)]
    rows.append(observation("needy", "service_ageing", week, "flagged", need_quartile=4))
    rows.append(observation("both", "service_ageing", week, "flagged", need_quartile=3, is_compounded=True))
    rows.append(observation("s99", "service_urgent_overdue", week, "flagged"))
    plan = make_plan(
        rows, [], week=week, today=week, last_episode={}, announced={}, answer_by={"act": week, "urgent": week},
        owner_of=lambda *_: "chief",
    )  # fmt: skip
    told = [o.about.school_key for o in plan.openings if not o.is_digest_only]
    assert told == ["s99", "both", "needy", "s00", "s01"]


def test_without_anybody_to_tell_an_alert_still_opens_for_the_digest() -> None:
    week = date(2026, 5, 4)
    plan = make_plan(
        [observation("s1", "service_ageing", week, "flagged")], [], week=week, today=week, last_episode={}, announced={},
        answer_by={"act": week, "urgent": week}, owner_of=lambda *_: None,
    )  # fmt: skip
    assert [(o.key, o.is_digest_only) for o in plan.openings] == [("service_ageing/s1/it/1", True)]
