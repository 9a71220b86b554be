"""Why a school stands out in the comparison with identical requests elsewhere: the evidence of an alert, and its lines in words.

The evidence holds, under ``comparison``, the requests done (O) and those the district's pace would have done (E), both with
reports of one trouble counted once, and what each unit and type of request adds to O - E: signed, and adding up to it. ``any_priority_*``
and ``same_priority_times_as_long`` are of the school year to date and the clock to the resolution, whichever clock and window the rest is of.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import dict_row

from schoolward.alerts.rendering import count, short_day
from schoolward.alerts.rules import Rule

COMPARED = "service_slower_than_elsewhere"
MOST_KINDS = 4
MINUS = "\N{MINUS SIGN}"

_COMPARISONS = """
    select school_key, clearest_clock as clock, window_starts_on, times_as_long, times_as_long_low, times_as_long_high,
           n_requests, n_open, oldest_open_on, n_done_at_pace_elsewhere as done_at_pace_of_others, flagged_since_on,
           n_clear_of_last_looks, closes_after_looks, any_priority_n_requests, any_priority_n_done,
           any_priority_n_done_at_pace_elsewhere, any_priority_times_as_long, same_priority_times_as_long, data_as_of
    from marts.school_service_comparison_week
    where week_start_on = %(week)s and school_key = any(%(schools)s)
"""
_CONTRIBUTIONS = """
    select school_key, unit_id, unit_name, request_type, n_requests, n_open, oldest_open_on, observed, expected, difference
    from marts.school_service_contribution_week
    where week_start_on = %(week)s and school_key = any(%(schools)s)
    order by school_key, difference, unit_id, request_type
"""


def read_comparisons(
    connection: psycopg.Connection[Any], week: date, school_keys: Sequence[str]
) -> Mapping[str, Mapping[str, Any]]:
    """The comparison of each of these schools in a week, as JSON takes it; a school without one has no entry."""
    if not school_keys:
        return {}
    wanted = {"week": week, "schools": list(school_keys)}
    with connection.cursor(row_factory=dict_row) as cursor:
        heads = cursor.execute(_COMPARISONS, wanted).fetchall()
        parts = cursor.execute(_CONTRIBUTIONS, wanted).fetchall()
    by_school: dict[str, list[dict[str, Any]]] = {}
    for part in parts:
        by_school.setdefault(part.pop("school_key"), []).append(_plain(part))
    return {
        key: comparison(_plain(head), by_school.get(key, [])) for head in heads for key in (head.pop("school_key"),)
    }


def comparison(head: Mapping[str, Any], contributions: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """A school's comparison with its parts; the sums are those of the parts, so that they add up to the last digit."""
    sums = {name: round(sum(c[name] for c in contributions), 6) for name in ("observed", "expected", "difference")}
    return {**head, **sums, "contributions": list(contributions)}


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    def value(v: Any) -> Any:
        if isinstance(v, date):  # datetimes are dates, too
            return v.isoformat()
        return float(v) if type(v).__name__ == "Decimal" else v

    return {name: value(v) for name, v in row.items()}


def explain(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What stands under the sentence, by label: how much longer, on what, and (a line each) which kinds of request make it up."""
    ended = "answered" if found["clock"] == "response" else "resolved"
    lines = [
        ("How much longer", f"{_times(found)} to be {ended}"),
        ("Counted", f"{_counted(found, ended)}"),
    ]
    if found["contributions"]:
        lines += [
            (
                ended.capitalize(),
                f"{found['observed']:.1f}; for as long as these waited, the district's pace is {found['expected']:.1f}"
                f" such requests: {_signed(found['difference'])} (reports of one trouble on one day counted once)",
            ),
            ("Made up of", "\n".join(_kinds(found["contributions"]))),
        ]
    if found.get("any_priority_times_as_long") is not None:
        lines.append(("Whatever the priority", _any_priority(found)))
    return lines


def closes_when(told: Rule, evidence: Mapping[str, Any]) -> str:
    """What ends an alert; how many weekly looks that takes is as the evidence has it, which may be too old to say."""
    n_looks = evidence.get("comparison", {}).get("closes_after_looks")
    looks = "enough weekly looks" if n_looks is None else count(n_looks, "weekly look")
    return told.closes_when.replace("{looks}", looks)


def _any_priority(found: Mapping[str, Any]) -> str:
    text = (
        f"without regard to priority it would be {found['any_priority_times_as_long']:.1f} times as long to be resolved"
        " this school year"
    )
    if found["same_priority_times_as_long"] is not None:
        text += f", against {found['same_priority_times_as_long']:.1f} among requests of the same priority"
    return f"{text} ({count(found['any_priority_n_requests'], 'request')}; plain ratios, with no allowance for chance)"


def _times(found: Mapping[str, Any]) -> str:
    low, high = found["times_as_long_low"], found["times_as_long_high"]
    span = f"between {low:.1f} and {high:.1f}" if high is not None else f"at least {low:.1f}"
    return f"about {found['times_as_long']:.1f} times as long ({span}, at 95\N{NO-BREAK SPACE}%)"


def _counted(found: Mapping[str, Any], ended: str) -> str:
    since = short_day(date.fromisoformat(found["window_starts_on"]))
    text = (
        f"{count(found['n_requests'], 'request')} that waited to be {ended} since {since}; {found['n_open']} still open"
    )
    if found["oldest_open_on"] is not None:
        text += f", the oldest since {short_day(date.fromisoformat(found['oldest_open_on']))}"
    return text


def _kinds(contributions: Sequence[Mapping[str, Any]]) -> list[str]:
    """The kinds with the greatest shortfall, and all others together; rounded by their running sum, so that they add up."""
    ordered = sorted(contributions, key=lambda c: (c["difference"], c["unit_id"], c["request_type"]))
    first = [c for c in ordered if c["difference"] < 0][:MOST_KINDS]
    lines, running, shown = [], 0.0, 0.0
    for c in first:
        running += c["difference"]
        step = round(running, 1) - shown
        shown += step
        lines.append(
            f"{_signed(step)} {c['unit_name'] or c['unit_id']}, {c['request_type']}"
            f" ({count(c['n_requests'], 'request')}, {c['n_open']} open)"
        )
    n_others = len(ordered) - len(first)
    if n_others:
        total = sum(c["difference"] for c in ordered)
        lines.append(f"{_signed(round(total, 1) - shown)} all others ({count(n_others, 'kind')})")
    return lines


def _signed(value: float) -> str:
    shown = f"{abs(value):.1f}"
    return shown if shown == "0.0" else f"{MINUS if value < 0 else '+'}{shown}"
