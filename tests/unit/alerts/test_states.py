"""The life cycle of one alert."""

from datetime import date, timedelta

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from schoolward.alerts.states import (
    FIX_HOLDS,
    LIVE,
    OF_QUESTIONS,
    REASONS,
    Action,
    Outcome,
    State,
    Verdict,
    after_action,
    after_recovery,
    after_week,
    verdict,
)
from schoolward.dbt_adapter import project_path
from schoolward.errors import SchoolwardError

TODAY = date(2026, 5, 8)


@pytest.mark.parametrize(
    ("status", "is_breached", "is_flagged", "said"),
    [
        ("act", True, True, Verdict.FLAGGED),
        ("act", True, False, Verdict.LINGERING),
        ("watch", False, False, Verdict.RECOVERED),
        ("ok", False, True, Verdict.FLAGGED),  # two bad weeks out of three, this one good
        ("insufficient_data", True, True, Verdict.UNKNOWN),
    ],
)
def test_a_row_of_the_marts_says_one_thing(status: str, is_breached: bool, is_flagged: bool, said: Verdict) -> None:
    assert verdict(status, is_breached, is_flagged) is said


@given(st.sampled_from([*LIVE, State.DISMISSED, State.ANSWERED]), st.sampled_from(Verdict), st.none() | st.dates())
def test_only_recovery_ends_an_episode_and_a_dismissed_alert_never_becomes_resolved(
    state: State, said: Verdict, until: date | None
) -> None:
    outcome = after_week(state, said, TODAY, until)
    assert outcome.is_recovered == (said is Verdict.RECOVERED)
    assert (outcome.state is State.RESOLVED) == (said is Verdict.RECOVERED and state in LIVE)
    assert (state not in LIVE) == (outcome.state is state and outcome.state not in LIVE)


@given(
    st.sampled_from([Verdict.FLAGGED, Verdict.LINGERING, Verdict.UNKNOWN]),
    st.sampled_from([State.OPEN, State.ACKNOWLEDGED, State.ACTING]),
)
def test_a_week_that_is_no_recovery_leaves_what_people_said_as_it_is(said: Verdict, state: State) -> None:
    assert after_week(state, said, TODAY) == Outcome(state)


def test_a_snoozed_alert_wakes_on_its_day_and_not_before() -> None:
    assert after_week(State.SNOOZED, Verdict.FLAGGED, TODAY, date(2026, 5, 9)).state is State.SNOOZED
    assert after_week(State.SNOOZED, Verdict.FLAGGED, TODAY, TODAY) == Outcome(State.OPEN, actions=("woken",))


@given(
    st.sampled_from(State),
    st.sampled_from(Action),
    st.none() | st.sampled_from(sorted({r for rs in REASONS.values() for r in rs})),
    st.booleans(),
)
def test_an_action_leads_to_a_known_state_or_to_one_sentence_and_never_out_of_an_end(
    state: State, action: Action, reason: str | None, is_question: bool
) -> None:
    refusal = ""
    try:
        after = after_action(state, action, reason, is_question=is_question)
    except SchoolwardError as error:
        refusal = str(error)
    if refusal:
        assert refusal.endswith(".")
        assert "\n" not in refusal
        return
    assert state in LIVE | {State.DISMISSED}
    assert after in LIVE | {State.DISMISSED, State.ANSWERED}
    assert (after is State.ANSWERED) <= is_question
    assert is_question <= (action in OF_QUESTIONS)
    assert action not in REASONS or reason in REASONS[action]


def test_an_action_that_does_not_fit_says_what_would() -> None:
    with pytest.raises(
        SchoolwardError, match=r"The alert is acting; acknowledge is for alerts that are open, snoozed\."
    ):
        after_action(State.ACTING, Action.ACKNOWLEDGE)


@given(st.sampled_from(Verdict), st.integers(0, 60))
def test_a_recovery_is_verified_from_its_thirtieth_day_by_a_week_that_keeps_the_promise_and_undone_before_by_a_flag(
    said: Verdict, n_days: int
) -> None:
    outcome = after_recovery(said, TODAY, TODAY + timedelta(days=n_days))
    assert (outcome.state is State.VERIFIED) == (said is Verdict.RECOVERED and n_days >= 30)
    assert (outcome.state is State.OPEN) == (said is Verdict.FLAGGED and n_days < 30)
    assert outcome.actions == {State.VERIFIED: ("verified",), State.OPEN: ("came_back",)}.get(outcome.state, ())


def test_alerts_and_models_let_a_fix_hold_for_the_same_days() -> None:
    told = yaml.safe_load((project_path() / "dbt_project.yml").read_text(encoding="utf-8"))
    assert told["vars"]["fix_holds_days"] == FIX_HOLDS.days
