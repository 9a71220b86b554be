"""The life cycle of one alert, as pure functions.

open ⇄ acknowledged → acting;  any of these → snoozed (until a day) or dismissed (with a reason)
recovery of the data: live → resolved; dismissed stays dismissed but its episode ends
the same breach afterwards is a new episode
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from schoolward.errors import SchoolwardError


class State(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    ACTING = "acting"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    DISMISSED = "dismissed"


class Action(StrEnum):
    """What a person can do to an alert."""

    ACKNOWLEDGE = "acknowledge"
    ACT = "act"
    SNOOZE = "snooze"
    DISMISS = "dismiss"
    DISPUTE = "dispute"


LIVE = frozenset({State.OPEN, State.ACKNOWLEDGED, State.ACTING, State.SNOOZED})

REASONS: Mapping[Action, frozenset[str]] = {
    Action.SNOOZE: frozenset({"work_planned", "waiting_for_parts", "waiting_for_staffing", "agreed_with_school"}),
    Action.DISMISS: frozenset({"data_wrong", "not_our_promise", "duplicate", "school_closing", "agreed_with_school"}),
    Action.DISPUTE: frozenset(
        {"contact_not_logged", "request_misrouted", "already_resolved", "wrong_school", "wrong_dates"}
    ),
}
"""Reasons are codes, never free text: what people type about a school may name a child."""

_ALLOWED: Mapping[Action, frozenset[State]] = {
    Action.ACKNOWLEDGE: frozenset({State.OPEN, State.SNOOZED}),
    Action.ACT: frozenset({State.OPEN, State.ACKNOWLEDGED, State.SNOOZED}),
    Action.SNOOZE: frozenset({State.OPEN, State.ACKNOWLEDGED, State.ACTING}),
    Action.DISMISS: LIVE,
    Action.DISPUTE: LIVE | {State.DISMISSED},
}
_LEADS_TO: Mapping[Action, State] = {
    Action.ACKNOWLEDGE: State.ACKNOWLEDGED,
    Action.ACT: State.ACTING,
    Action.SNOOZE: State.SNOOZED,
    Action.DISMISS: State.DISMISSED,
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
    """The state of an unrecovered alert once the week has spoken; ``today`` is the data's day, not the wall clock's."""
    if said is Verdict.RECOVERED:
        if state is State.DISMISSED:
            return Outcome(State.DISMISSED, is_recovered=True, actions=("recovered",))
        return Outcome(State.RESOLVED, is_recovered=True, actions=("resolved",))
    if state is State.SNOOZED and snoozed_until_on is not None and today >= snoozed_until_on:
        return Outcome(State.OPEN, actions=("woken",))
    return Outcome(state)


def after_action(state: State, action: Action, reason_code: str | None = None) -> State:
    """The state once a person has acted.

    Raises:
        SchoolwardError: when the action does not fit the state, or lacks its reason.
    """
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
