"""Everything about one alert, as lines for a terminal: what `schoolward alerts show` prints."""

from collections.abc import Iterator, Mapping
from typing import Any

from schoolward.alerts.explanation import closes_when, explain
from schoolward.alerts.lifecycle import Account, Deed
from schoolward.alerts.rendering import day, percent
from schoolward.alerts.rules import STEP_FOR_ALL_SCHOOLS, Rule, rule


def lines(account: Account) -> Iterator[str]:
    """Head, promise, evidence, next step and history; times are those of the data, but for what people did."""
    a, told = account.alert, rule(account.alert["rule_id"])
    yield f"{told.title}: {a['school_name'] or 'across the schools'} ({a['unit_name'] or 'Leadership partnership'})"
    yield a["reason"]
    yield ""
    for label, text in _facts(a, told):
        yield f"{label + ':':<24} {text}"
    compared = a["evidence"].get("comparison")
    if compared:
        yield ""
        for label, text in explain(compared):
            first, *more = text.split("\n")
            yield f"{label + ':':<24} {first}"
            yield from (f"{'':<24} {line}" for line in more)
    for school in a["evidence"].get("schools", ()):
        yield f"{'School:':<24} {school['school_name']}, {_value(told, school['value'])} of {school['n']} records"
    if told.known_limits:
        yield ""
        yield "What this cannot see:"
        yield from (f"- {limit}" for limit in told.known_limits)
    yield ""
    yield "What was done:"
    yield from (_deed(deed, told) for deed in account.history)


def _facts(a: Mapping[str, Any], told: Rule) -> Iterator[tuple[str, str]]:
    yield "Key", a["alert_key"]
    yield "State", a["state"] + (", record disputed" if a["is_disputed"] else "")
    yield "Promise", a["promise"] or told.promise_for(a["evidence"].get("act_threshold"))
    yield "Theory of action", a["toa_version_id"] or "none was in force"
    if a["since_on"] is not None:
        yield "Since", day(a["since_on"])
    if a["evidence"].get("value") is not None and told.is_value_told:
        yield "Evidence", f"{_value(told, a['evidence']['value'])}, from {a['evidence']['n']} records"
    yield "Owner", f"{a['owner_role']}, {a['owner_target'] or 'nobody to write to'}"
    yield "First step", STEP_FOR_ALL_SCHOOLS if a["school_key"] is None else told.first_step
    yield "Answer by", day(a["due_on"])
    yield "Closes when", closes_when(told, a["evidence"])
    if a["parent_alert_key"] is not None:
        yield "Told with", a["parent_alert_key"]
    if a["resolved_at"] is not None:
        held = f", and held until {a['verified_at']:%Y-%m-%d}" if a["verified_at"] is not None else ""
        yield "Ended", f"{a['resolved_at']:%Y-%m-%d}{held}"
    if a["n_came_back"]:
        yield "Came back", f"{a['n_came_back']} times" if a["n_came_back"] > 1 else "once"


def _value(told: Rule, value: float | None) -> str:
    if value is None:
        return "nothing measured"
    return percent(value) if told.limit_is_share else f"{value:g}"


def _deed(deed: Deed, told: Rule) -> str:
    why = f" ({deed.reason_code})" if deed.reason_code else ""
    text = f"{deed.acted_at:%Y-%m-%d %H:%M} UTC  {deed.actor}: {deed.action}{why}, then {deed.state_after}"
    if deed.detail is None:
        return text
    before, after = deed.detail["value_before"], deed.detail["value_after"]
    if not told.is_value_told or before == after:
        return f"{text}; the record of the week of {deed.detail['week_start_on']}"
    return f"{text}; the week of {deed.detail['week_start_on']} said {_value(told, before)}, says {_value(told, after)}"
