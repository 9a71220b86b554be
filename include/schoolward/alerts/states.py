"""The life cycle of one alert, as pure functions.

open ⇄ acknowledged → acting;  any of these → snoozed (until a day) or dismissed (with a reason)
recovery of the data: live → resolved; dismissed and answered stay so, but their episode ends
resolved → verified once the recovery has held 30 days; the same breach before that is the same story: it came back → open
the same breach after that, or after a dismissed episode ended, is a new episode
a record of the opening week that is corrected so that nothing had slipped: → corrected
A question is closed by an answer instead: open or acknowledged → answered.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from schoolward.errors import SchoolwardError


class State(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    ACTING = "acting"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    """The data have recovered; whether that holds is not known yet."""
    VERIFIED = "verified"
    """The recovery has held."""
    CORRECTED = "corrected"
    """The record it was opened on was wrong, and has been put right: nothing had slipped, so nothing was mended."""
    DISMISSED = "dismissed"
    ANSWERED = "answered"
    """A question, answered by whom it was put to."""


class Action(StrEnum):
    """What a person can do to an alert."""

    ACKNOWLEDGE = "acknowledge"
    ACT = "act"
    SNOOZE = "snooze"
    DISMISS = "dismiss"
    DISPUTE = "dispute"
    ANSWER = "answer"


FIX_HOLDS = timedelta(days=30)
"""For how long a promise must not slip again before its recovery counts as verified; the models' ``fix_holds_days``."""
LIVE = frozenset({State.OPEN, State.ACKNOWLEDGED, State.ACTING, State.SNOOZED})

REASONS: Mapping[Action, frozenset[str]] = {
    Action.SNOOZE: frozenset({"work_planned", "waiting_for_parts", "waiting_for_staffing", "agreed_with_school"}),
    Action.DISMISS: frozenset({"data_wrong", "not_our_promise", "duplicate", "school_closing", "agreed_with_school"}),
    Action.DISPUTE: frozenset(
        {"contact_not_logged", "request_misrouted", "already_resolved", "wrong_school", "wrong_dates"}
    ),
    Action.ANSWER: frozenset({"nothing_needed", "asked_elsewhere", "did_not_know_whom_to_ask", "contacted"}),
}
"""Reasons are codes, never free text: what people type about a school may name a child."""

_ALLOWED: Mapping[Action, frozenset[State]] = {
    Action.ACKNOWLEDGE: frozenset({State.OPEN, State.SNOOZED}),
    Action.ACT: frozenset({State.OPEN, State.ACKNOWLEDGED, State.SNOOZED}),
    Action.SNOOZE: frozenset({State.OPEN, State.ACKNOWLEDGED, State.ACTING}),
    Action.DISMISS: LIVE,
    Action.DISPUTE: LIVE | {State.DISMISSED},
    Action.ANSWER: LIVE,
}
OF_QUESTIONS = frozenset({Action.ACKNOWLEDGE, Action.SNOOZE, Action.ANSWER})
"""What can be done to a question: nobody has to act on it, and there is nothing to dismiss."""
_LEADS_TO: Mapping[Action, State] = {
    Action.ACKNOWLEDGE: State.ACKNOWLEDGED,
    Action.ACT: State.ACTING,
    Action.SNOOZE: State.SNOOZED,
    Action.DISMISS: State.DISMISSED,
    Action.ANSWER: State.ANSWERED,
}


class Verdict(StrEnum):
    """What the latest week says of a promise."""

    FLAGGED = "flagged"
    LINGERING = "lingering"
    """Below the persistence that opens an alert, yet breached this week: neither opens nor closes (hysteresis)."""
    RECOVERED = "recovered"
    UNKNOWN = "unknown"
    """Not enough data, no row, or a late source: says nothing, changes nothing."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """An alert's state after a week's verdict, and the actions to write down."""

    state: State
    is_recovered: bool = False
    actions: tuple[str, ...] = ()


def verdict(status: str, is_breached: bool, is_flagged: bool) -> Verdict:
    """What a row of the marts says (status ``ok | watch | act | insufficient_data``)."""
    if status == "insufficient_data":
        return Verdict.UNKNOWN
    if is_flagged:
        return Verdict.FLAGGED
    return Verdict.LINGERING if is_breached else Verdict.RECOVERED


def after_week(state: State, said: Verdict, today: date, snoozed_until_on: date | None = None) -> Outcome:
    """The state of an alert that has not recovered once the week has spoken; ``today`` is the data's day, not the wall clock's."""
    if said is Verdict.RECOVERED:
        if state in (State.DISMISSED, State.ANSWERED):
            return Outcome(state, is_recovered=True, actions=("recovered",))
        return Outcome(State.RESOLVED, is_recovered=True, actions=("resolved",))
    if state is State.SNOOZED and snoozed_until_on is not None and today >= snoozed_until_on:
        return Outcome(State.OPEN, actions=("woken",))
    return Outcome(state)


def after_recovery(said: Verdict, recovered_on: date, today: date) -> Outcome:
    """The state of a resolved alert once the week has spoken.

    A week beyond the limit that is not flagged neither brings it back nor verifies it, and neither does one without enough
    data: a recovery is verified in a week that shows the promise kept, 30 days or more after it.
    """
    is_over = today >= recovered_on + FIX_HOLDS
    if said is Verdict.FLAGGED and not is_over:
        return Outcome(State.OPEN, actions=("came_back",))
    if said is Verdict.RECOVERED and is_over:
        return Outcome(State.VERIFIED, is_recovered=True, actions=("verified",))
    return Outcome(State.RESOLVED, is_recovered=True)


def after_correction(state: State) -> Outcome:
    """The end of an alert whose opening week, put right, shows that nothing had slipped."""
    ended = state if state in (State.DISMISSED, State.ANSWERED) else State.CORRECTED
    return Outcome(ended, is_recovered=True, actions=("corrected", "withdrawn"))


def after_action(state: State, action: Action, reason_code: str | None = None, *, is_question: bool = False) -> State:
    """The state once a person has acted.

    Raises:
        SchoolwardError: when the action does not fit the alert or its state, or lacks its reason.
    """
    if is_question and action not in OF_QUESTIONS:
        raise SchoolwardError(f"This is a question, and {action} is for alerts. Use `schoolward alerts answer` for it.")
    if not is_question and action is Action.ANSWER:
        raise SchoolwardError(
            "Only questions are answered. For an alert use acknowledge, act, snooze, dismiss or dispute."
        )
    if state not in _ALLOWED[action]:
        fitting = ", ".join(sorted(_ALLOWED[action]))
        raise SchoolwardError(
            f"The alert is {state}; {action} is for alerts that are {fitting}. Look it up with `schoolward alerts list`."
        )
    reasons = REASONS.get(action)
    if reasons is not None and reason_code not in reasons:
        given = f"reason {reason_code!r} is not one of them" if reason_code else "none was given"
        raise SchoolwardError(f"{action} needs a reason and {given}. Use one of {', '.join(sorted(reasons))}.")
    return _LEADS_TO.get(action, state)
