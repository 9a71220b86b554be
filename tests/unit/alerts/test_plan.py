"""What evaluations decide, over any course of weeks and answers: an in-memory life cycle driven by hypothesis."""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from schoolward.alerts.observed import Alert, Observation, dedupe_key
from schoolward.alerts.parents import FEWEST_SCHOOLS_FOR_PARENT
from schoolward.alerts.plan import NEW_PER_OWNER_AND_WEEK, Change, Plan, make_plan
from schoolward.alerts.rules import RULES
from schoolward.alerts.states import FIX_HOLDS, LIVE, Action, State, Verdict, after_action

SCHOOLS = [f"s{i}" for i in range(9)]
RULE_IDS = ["service_ageing", "service_urgent_overdue", "partnership_contact_gap", "service_gone_quiet"]
ROW = st.sampled_from(["flagged", "lingering", "good", "unknown", "absent"])
N_WORDS = len(SCHOOLS) * len(RULE_IDS) + 1
WEEK_OF_WORDS = st.lists(ROW, min_size=N_WORDS, max_size=N_WORDS)
"""What a week says of every school and rule, and last of the unit as a whole."""
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
        unit_id="it" if kind == "service" else None, unit_name=None, act_threshold=0.0, n=5,
        owner_role="unit_chief", owner_staff_id=None, informed_role=None, reason_text=f"{school} {said}", since_on=week,
        data_as_of=datetime(week.year, week.month, week.day, tzinfo=UTC), evidence={}, **FIELDS[said], **{"value": 1.0, **more},
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
        self.actions: dict[str, list[tuple[str, date]]] = defaultdict(list)
        self.rows: list[Observation] = []
        self.unit_rows: list[Observation] = []
        self.held: dict[tuple[date, str], Observation] = {}
        self.late: frozenset[str] = frozenset()

    @initialize(said=WEEK_OF_WORDS)
    def first_week(self, said: list[str]) -> None:
        self.evaluate_week(said, frozenset())

    @rule(
        said=WEEK_OF_WORDS,
        late=st.sampled_from([frozenset(), frozenset({"incident"})]),
        n_weeks=st.sampled_from([1, 1, 1, 5]),
    )
    def next_week(self, said: list[str], late: frozenset[str], n_weeks: int) -> None:
        self.week += timedelta(weeks=n_weeks)
        self.evaluate_week(said, late)

    @rule(said=WEEK_OF_WORDS)
    def later_the_same_week(self, said: list[str]) -> None:
        self.evaluate_week(said, frozenset())

    @precondition(lambda self: any(a.opened_week_on < self.week for a in self.in_play() if not a.is_parent))
    @rule(data=st.data(), word=st.sampled_from(["flagged", "good"]), value=st.sampled_from([1.0, 2.0]))
    def a_record_of_an_opening_week_is_corrected(self, data: st.DataObject, word: str, value: float) -> None:
        alert = data.draw(
            st.sampled_from([a for a in self.in_play() if a.opened_week_on < self.week and not a.is_parent])
        )
        row = observation(str(alert.school_key), alert.rule_id, alert.opened_week_on, word, value=value)
        self.held[alert.opened_week_on, alert.dedupe_key] = row
        self.evaluate(self.rows, self.unit_rows)

    @precondition(lambda self: any(a.state in LIVE for a in self.in_play()))
    @rule(data=st.data())
    def somebody_answers(self, data: st.DataObject) -> None:
        alert = data.draw(st.sampled_from([a for a in self.in_play() if a.state in LIVE]))
        is_question = RULES[alert.rule_id].severity == "question"
        possible = {
            State.OPEN: [Action.ACKNOWLEDGE, Action.ACT, Action.SNOOZE, Action.DISMISS],
            State.ACKNOWLEDGED: [Action.ACT, Action.SNOOZE],
            State.ACTING: [Action.SNOOZE, Action.DISMISS],
            State.SNOOZED: [Action.ACKNOWLEDGE],
        }
        action = data.draw(st.sampled_from([Action.ANSWER] if is_question else possible[alert.state]))
        reason = "contacted" if is_question else "agreed_with_school"
        after = after_action(alert.state, action, reason, is_question=is_question)
        until = self.week + timedelta(days=10) if after is State.SNOOZED else None
        self.alerts[alert.key] = replace(alert, state=after, snoozed_until_on=until)

    def evaluate_week(self, said: list[str], late: frozenset[str]) -> None:
        places = [(s, r) for s in SCHOOLS for r in RULE_IDS]
        rows = [
            observation(s, r, self.week, word)
            for (s, r), word in zip(places, said[:-1], strict=True)
            if word != "absent"
        ]
        self.held |= {(self.week, o.dedupe_key): o for o in rows}
        self.late = late
        of_unit = said[-1]
        units = [] if of_unit == "absent" else [observation("*", "service_ageing", self.week, of_unit)]
        self.evaluate(rows, units)

    def evaluate(self, rows: list[Observation], unit_rows: list[Observation]) -> None:
        self.rows, self.unit_rows = rows, unit_rows
        before = {a.dedupe_key: a for a in self.in_play()}
        plan = self.plan()
        self.check(plan, before)
        self.apply(plan)
        again = self.plan()
        assert again.openings == ()
        assert again.escalations == ()
        assert again.told == ()
        assert [
            c for c in again.changes if c.actions or c.state != c.alert.state or c.reason not in (None, c.alert.reason)
        ] == []

    @property
    def today(self) -> date:
        return self.week + timedelta(days=4)

    def in_play(self) -> list[Alert]:
        newest = self.episodes()
        return [
            a
            for a in self.alerts.values()
            if a.key not in self.closed or (a.is_recovering and a.episode == newest[a.dedupe_key])
        ]

    def episodes(self) -> Counter[str]:
        episodes: Counter[str] = Counter()
        for alert in self.alerts.values():
            episodes[alert.dedupe_key] = max(episodes[alert.dedupe_key], alert.episode)
        return episodes

    def plan(self) -> Plan:
        return make_plan(
            self.rows,
            self.in_play(),
            week=self.week,
            today=self.today,
            last_episode=self.episodes(),
            announced={owner: n for (owner, week), n in self.announced.items() if week == self.week},
            answer_by=lambda n_days: self.week + timedelta(days=6 + n_days),
            owner_of=lambda role, unit, staff: unit or "supervisor",
            unit_rows=self.unit_rows,
            opening_rows={
                a.key: self.held[a.opened_week_on, a.dedupe_key]
                for a in self.in_play()
                if (a.opened_week_on, a.dedupe_key) in self.held
            },
            late_streams=self.late,
        )

    def check(self, plan: Plan, before: dict[str, Alert]) -> None:
        trusted = [o for o in self.rows if not RULES[o.rule_id].streams & self.late]
        verdicts = {o.dedupe_key: o.verdict for o in trusted}
        running = {key for key, a in before.items() if not a.is_recovering}
        for opening in plan.openings:
            assert opening.dedupe_key not in running, "a second alert for an episode that still runs"
            if opening.dedupe_key in before:
                recovered_on = before[opening.dedupe_key].recovered_on
                assert recovered_on is not None
                assert self.today - recovered_on >= FIX_HOLDS, "a new alert for what came back within the days"
            assert opening.is_parent or verdicts[opening.dedupe_key] is Verdict.FLAGGED
            assert not RULES[opening.about.rule_id].streams & self.late, "an opening that rests on a late source"
        for change in plan.changes:
            self.check_change(change, verdicts.get(change.alert.dedupe_key))
        for rule_id in RULE_IDS:
            self.check_parent(plan, rule_id, [o for o in trusted if o.rule_id == rule_id], running)

    def check_change(self, change: Change, said: Verdict | None) -> None:
        alert = change.alert
        if change.recovers and not alert.is_parent:
            is_stale = self.week - alert.last_seen_week_on >= timedelta(weeks=4)
            is_withdrawn = "withdrawn" in change.actions and said is not Verdict.FLAGGED
            assert said is Verdict.RECOVERED or is_stale or is_withdrawn
        if change.state is State.VERIFIED:
            assert alert.recovered_on is not None
            assert self.today - alert.recovered_on >= FIX_HOLDS
            assert alert.is_parent or said is Verdict.RECOVERED
        if change.came_back is not None:
            assert alert.recovered_on is not None
            assert self.today - alert.recovered_on < FIX_HOLDS
            assert change.state is State.OPEN
            assert alert.is_parent or said is Verdict.FLAGGED
        if "corrected" in change.actions:
            assert change.corrected is not None
            assert change.alert.record is not None
            assert not RULES[alert.rule_id].streams & self.late, "a correction that rests on a late source"

    def check_parent(self, plan: Plan, rule_id: str, rows: list[Observation], running: set[str]) -> None:
        measured = [o for o in rows if o.verdict is not Verdict.UNKNOWN]
        n_flagged = sum(o.is_flagged for o in measured)
        is_wide = len(measured) >= FEWEST_SCHOOLS_FOR_PARENT and 2 * n_flagged > len(measured)
        is_missed = any(o.rule_id == rule_id and o.verdict is Verdict.FLAGGED for o in self.unit_rows)
        is_wide = is_wide or (is_missed and len(rows) >= FEWEST_SCHOOLS_FOR_PARENT)
        is_wide = is_wide and RULES[rule_id].severity != "question"
        key = dedupe_key(rule_id, None, "it" if RULES[rule_id].kind == "service" else None)
        back = [c.came_back for c in plan.changes if c.came_back is not None]
        told = [o for o in (*plan.openings, *back) if o.about.rule_id == rule_id]
        assert [o.dedupe_key for o in told if o.is_parent] == ([key] if is_wide and key not in running else [])
        assert not (is_wide and [o for o in told if not o.is_parent]), "alerts per school beside their parent"

    def apply(self, plan: Plan) -> None:
        for o in plan.openings:
            self.alerts[o.key] = Alert(
                o.key, o.dedupe_key, o.about.rule_id, None if o.is_parent else o.about.school_key, o.about.unit_id,
                State.OPEN, o.owner_target, self.week, o.due_on, self.week, is_digest_only=o.is_digest_only, reason=o.reason,
            )  # fmt: skip
        for o in plan.told:
            self.announced[str(o.owner_target), self.week] += 1
        for c in plan.changes:
            self.change(c)
        for alert in plan.escalations:
            self.escalated[alert.key] += 1
            self.alerts[alert.key] = replace(self.alerts[alert.key], is_escalated=True)

    def change(self, c: Change) -> None:
        self.alerts[c.alert.key] = replace(
            c.alert,
            state=c.state,
            due_on=c.due_on,
            parent_key=c.parent_key,
            last_seen_week_on=self.week if c.seen else c.alert.last_seen_week_on,
            snoozed_until_on=c.alert.snoozed_until_on if c.state is State.SNOOZED else None,
            recovered_on=(c.alert.recovered_on or self.today) if c.is_recovered else None,
            record=c.record,
            reason=c.reason or c.alert.reason,
            n_came_back=c.came_back.n_came_back if c.came_back else c.alert.n_came_back,
            is_digest_only=c.came_back.is_digest_only if c.came_back else c.alert.is_digest_only,
        )
        self.actions[c.alert.key] += [(action, self.today) for action in c.actions]
        if c.is_recovered:
            self.closed.add(c.alert.key)
        else:
            self.closed.discard(c.alert.key)

    @invariant()
    def one_running_episode_at_a_time_and_episodes_count_from_one(self) -> None:
        assert max(Counter(a.dedupe_key for a in self.in_play()).values(), default=1) == 1
        for key, n in Counter(a.dedupe_key for a in self.alerts.values()).items():
            assert {f"{key}/{i}" for i in range(1, n + 1)} <= self.alerts.keys()

    @invariant()
    def no_owner_is_told_of_more_than_the_budget_in_a_week(self) -> None:
        assert max(self.announced.values(), default=0) <= NEW_PER_OWNER_AND_WEEK

    @invariant()
    def nothing_is_escalated_twice_and_no_question_ever(self) -> None:
        assert max(self.escalated.values(), default=0) <= 1
        assert [key for key in self.escalated if key.startswith("service_gone_quiet")] == []

    @invariant()
    def resolved_means_recovered(self) -> None:
        ended = (State.RESOLVED, State.VERIFIED, State.CORRECTED)
        assert all(a.key in self.closed for a in self.alerts.values() if a.state in ended)

    @invariant()
    def what_is_verified_or_withdrawn_is_never_touched_again(self) -> None:
        for done in self.actions.values():
            names = [name for name, _ in done]
            for last in ("verified", "withdrawn"):
                assert last not in names[:-1]

    @invariant()
    def a_verified_recovery_had_not_come_back_since(self) -> None:
        for key, alert in self.alerts.items():
            names = [name for name, _ in self.actions[key]]
            assert names.count("came_back") == alert.n_came_back
            if alert.state is State.VERIFIED:
                assert names[-1] == "verified"
                [last] = [day for name, day in self.actions[key] if name in ("resolved", "no_longer_measured")][-1:]
                assert all(day <= last for name, day in self.actions[key] if name == "came_back")


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
        rows, [], week=week, today=week, last_episode={}, announced={}, answer_by=lambda _: week,
        owner_of=lambda *_: "chief",
    )  # fmt: skip
    told = [o.about.school_key for o in plan.openings if not o.is_digest_only]
    assert told == ["s99", "both", "needy", "s00", "s01"]


def test_without_anybody_to_tell_an_alert_still_opens_for_the_digest() -> None:
    week = date(2026, 5, 4)
    plan = make_plan(
        [observation("s1", "service_ageing", week, "flagged")], [], week=week, today=week, last_episode={}, announced={},
        answer_by=lambda _: week, owner_of=lambda *_: None,
    )  # fmt: skip
    assert [(o.key, o.is_digest_only) for o in plan.openings] == [("service_ageing/s1/it/1", True)]
