"""The life cycle of one alert."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolward.alerts.states import LIVE, REASONS, Action, Outcome, State, Verdict, after_action, after_week, verdict
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


@given(st.sampled_from([*LIVE, State.DISMISSED]), st.sampled_from(Verdict), st.none() | st.dates())
def test_only_recovery_ends_an_episode_and_a_dismissed_alert_never_becomes_resolved(
    state: State, said: Verdict, until: date | None
) -> None:
    outcome = after_week(state, said, TODAY, until)
    assert outcome.is_recovered == (said is Verdict.RECOVERED)
    assert (outcome.state is State.RESOLVED) == (said is Verdict.RECOVERED and state is not State.DISMISSED)
    assert (state is State.DISMISSED) == (outcome.state is State.DISMISSED)


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
)
def test_an_action_leads_to_a_known_state_or_to_one_sentence_and_never_out_of_resolved(
    state: State, action: Action, reason: str | None
) -> None:
    refusal = ""
    try:
        after = after_action(state, action, reason)
    except SchoolwardError as error:
        refusal = str(error)
    if refusal:
        assert refusal.endswith(".")
        assert "\n" not in refusal
        return
    assert state is not State.RESOLVED
    assert after in LIVE | {State.DISMISSED}
    assert action not in REASONS or reason in REASONS[action]


def test_an_action_that_does_not_fit_says_what_would() -> None:
    with pytest.raises(
        SchoolwardError, match=r"The alert is acting; acknowledge is for alerts that are open, snoozed\."
    ):
        after_action(State.ACTING, Action.ACKNOWLEDGE)
