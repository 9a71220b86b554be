"""The short messages: a new alert to its owner, unanswered ones upward, a late source to the engineers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from schoolward.alerts.freshness import LateSource
from schoolward.alerts.outbox import Content
from schoolward.alerts.plan import Alert, Opening
from schoolward.alerts.rendering import count, day, moment, percent, render
from schoolward.alerts.rules import RULES, STEP_FOR_ALL_SCHOOLS, rule
from schoolward.district import District


def new_alert(district: District, opening: Opening, owner_name: str) -> Content:
    """To the owner: what slipped, since when, on what evidence, the first step, and how it closes."""
    about, told = opening.about, rule(opening.about.rule_id)
    where = "across the schools" if opening.is_parent else about.school_name
    whose = about.unit_name or "Leadership partnership"
    facts = [("Promise", told.promise_for(about.act_threshold))]
    if opening.since_on is not None:
        facts.append(("Since", day(opening.since_on)))
    facts.append(("Evidence", _evidence(opening)))
    facts += [
        ("Owner", owner_name),
        ("First step", STEP_FOR_ALL_SCHOOLS if opening.is_parent else told.first_step),
        ("Answer by", day(opening.due_on)),
        ("Closes when", f"{told.closes_when}; nobody has to close it by hand."),
    ]
    values = {
        "subject": f"{told.title}: {where} ({whose})",
        "preheader": opening.reason,
        "kicker": f"{whose} · {'urgent' if opening.severity == 'urgent' else 'a promise slipped'}",
        "headline": f"{told.title}: {where}",
        "reason": opening.reason,
        "facts": facts,
        "is_urgent": opening.severity == "urgent",
        "how_to_answer": (
            f"Say that you have it: schoolward alerts acknowledge '{opening.key}'."
            " A record behind it is wrong? schoolward alerts dispute, with the same key."
        ),
        "data_as_of": f"{district.name}. Data as of {moment(about.data_as_of, district.timezone)}.",
    }
    return _content("alert", values)


def _content(template: str, values: Mapping[str, Any]) -> Content:
    return Content(values["subject"], render(f"{template}.txt.j2", values), render(f"{template}.html.j2", values))


def _evidence(opening: Opening) -> str:
    about = opening.about
    if opening.is_parent:
        return f"{opening.n_schools} of {opening.evidence['n_measured']} schools with enough data"
    if about.value is None:
        return f"from {count(about.n, 'record')}"
    told = rule(about.rule_id)
    value = percent(about.value) if told.limit_is_share else f"{about.value:g}"
    return f"{value}, from {count(about.n, 'record')}"


def escalation(district: District, alerts: Sequence[Alert], names: dict[str, str], now: datetime) -> Content:
    """Upward, once: alerts that nobody has taken up in time. ``names`` gives what each alert is about, by its key."""
    rows = [
        (f"{RULES[a.rule_id].title}: {names[a.key]}", f"{a.reason} Answer was due {day(a.due_on)}.") for a in alerts
    ]
    headline = f"{count(len(alerts), 'alert')} not taken up in time"
    values = {
        "subject": f"{headline}: {rows[0][0]}" if len(rows) == 1 else headline,
        "preheader": "Told once; from here on they stand in the weekly digest.",
        "headline": headline,
        "paragraphs": ["Their owners were told and have not said that they have them. Ask what stands in their way."],
        "rows": rows,
        "closing": f"Told once; from here on they stand in the weekly digest. {district.name}. Data as of {moment(now, district.timezone)}.",
    }
    return _content("notice", values)


def late_source(district: District, late: LateSource, rule_titles: Sequence[str]) -> Content:
    """To the engineers: which source is late, and which promises cannot be judged until it is back."""
    held = (
        f"Until it is back, nothing opens or closes on: {', '.join(rule_titles)}."
        if rule_titles
        else "No alert rests on it."
    )
    values = {
        "subject": f"Data health: source {late.source} is late",
        "preheader": late.sentence,
        "headline": f"Source {late.source} is late",
        "paragraphs": [late.sentence, held],
        "rows": [],
        "closing": f"Told once for as long as it lasts. {district.name}.",
    }
    return _content("notice", values)
