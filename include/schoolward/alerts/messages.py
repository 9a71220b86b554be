"""The short messages: an alert or a question to its owner, unanswered ones upward, a late source or a dispute to the engineers."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from schoolward.alerts.explanation import closes_when, explain
from schoolward.alerts.freshness import COVERAGE_NEEDED, LateSource
from schoolward.alerts.observed import Alert
from schoolward.alerts.outbox import Content
from schoolward.alerts.plan import Opening
from schoolward.alerts.rendering import count, day, lower_first, moment, percent, render
from schoolward.alerts.rules import RULES, STEP_FOR_ALL_SCHOOLS, Rule, rule
from schoolward.alerts.states import FIX_HOLDS, REASONS, Action
from schoolward.district import District

MOST_NAMES = 6


def slipped(district: District, opening: Opening, owner_name: str) -> Content:
    """To the owner, of an alert that is new or came back: what slipped, since when, on what evidence, the first step, and how it
    closes; of a question: why it is asked, and how it is answered."""
    about, told = opening.about, rule(opening.about.rule_id)
    where = "across the schools" if opening.is_parent else about.school_name
    whose = about.unit_name or "Leadership partnership"
    is_question = told.severity == "question"
    title = f"{told.title}: {where}" if not is_question else f"{where}: {lower_first(told.title)}"
    kind = {"urgent": "urgent", "question": "a question"}.get(opening.severity, "a promise slipped")
    values = {
        "subject": f"{'Back: ' if opening.n_came_back else ''}{title} ({whose})",
        "preheader": opening.reason,
        "kicker": f"{whose} · {kind}{' again' if opening.n_came_back else ''}",
        "headline": title,
        "reason": opening.reason,
        "facts": _facts(opening, told, owner_name),
        "limits": told.known_limits,
        "is_urgent": opening.severity == "urgent",
        "how_to_answer": _how_to_answer(opening.key, is_question),
        "data_as_of": f"{district.name}. Data as of {moment(about.data_as_of, district.timezone)}.",
    }
    return _content("alert", values)


def _facts(opening: Opening, told: Rule, owner_name: str) -> list[tuple[str, str]]:
    about, closes = opening.about, closes_when(told, opening.about.evidence)
    facts = [("Promise", told.promise_for(about.act_threshold, about.promise_text))]
    if opening.recovered_on is not None:
        facts.append(("Came back", _came_back(opening.recovered_on, opening.n_came_back)))
    if opening.since_on is not None:
        facts.append(("Since", day(opening.since_on)))
    compared = about.evidence.get("comparison")
    if compared is not None and not opening.is_parent:
        facts += explain(compared)
    elif told.severity != "question":
        facts.append(("Evidence", _evidence(opening)))
    if opening.is_parent and opening.evidence["schools"]:
        facts.append(("Schools", _schools(opening.evidence["schools"])))
    return [
        *facts,
        ("Owner" if told.severity != "question" else "Asked", owner_name),
        ("First step", STEP_FOR_ALL_SCHOOLS if opening.is_parent else told.first_step),
        ("Answer by", day(opening.due_on)),
        ("Closes when", f"{closes}; nobody has to close it by hand." if told.severity != "question" else f"{closes}."),
    ]  # fmt: skip


def _came_back(recovered_on: date, n_times: int) -> str:
    again = (
        ""
        if n_times == 1
        else f", for the {n_times}th time"
        if n_times > 3
        else f", for the {('second', 'third')[n_times - 2]} time"
    )
    return f"it had recovered on {day(recovered_on)}, and slipped again within {FIX_HOLDS.days} days{again}"


def _schools(schools: Sequence[Mapping[str, Any]]) -> str:
    names = [str(s["school_name"]) for s in schools]
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"{', '.join(names[:MOST_NAMES])}{more}"


def _how_to_answer(key: str, is_question: bool) -> str:
    if is_question:
        reasons = ", ".join(sorted(REASONS[Action.ANSWER]))
        return f"Answer with one of {reasons}: schoolward alerts answer '{key}' --reason … Nobody counts it against the school or you."
    return (
        f"Say that you have it: schoolward alerts acknowledge '{key}'. All about it: schoolward alerts show '{key}'."
        " A record behind it is wrong? schoolward alerts dispute, with the same key."
    )


def _content(template: str, values: Mapping[str, Any]) -> Content:
    return Content(values["subject"], render(f"{template}.txt.j2", values), render(f"{template}.html.j2", values))


def _evidence(opening: Opening) -> str:
    about = opening.about
    if opening.is_parent:
        n_flagged, n_measured = opening.evidence["n_flagged"], opening.evidence["n_measured"]
        schools = f"{n_flagged} of {n_measured} schools with enough data"
        if "unit" not in opening.evidence or about.value is None:
            return schools
        return f"{percent(about.value)} over all schools, from {count(about.n, 'record')}; {schools}"
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


def disputed(alert_key: str, title: str, where: str, reason_code: str) -> Content:
    """To the engineers, once for an alert and reason: somebody says that a record behind it is wrong."""
    said = reason_code.replace("_", " ")
    values = {
        "subject": f"Data health: a record behind an alert is disputed ({where})",
        "preheader": f"Said of it: {said}.",
        "headline": f"A record is disputed: {where}",
        "paragraphs": [
            f'Somebody says of the alert "{title}": {said}.',
            f"Find the record with `schoolward alerts show '{alert_key}'`, and have it put right in the system it comes from. When the"
            " corrected record has been pulled, the alert says so; if nothing had slipped after all, it ends as corrected.",
        ],
        "rows": [],
        "closing": "Told once for each alert and reason. The alert stays open meanwhile, marked as disputed.",
    }
    return _content("notice", values)


def uncovered(district: District, schools: Sequence[str], month: date) -> Content:
    """To the engineers, once a month: schools whose contact log is too thin to judge, so that no alert can open on it."""
    names = ", ".join(schools[:MOST_NAMES]) + (
        f" and {len(schools) - MOST_NAMES} more" if len(schools) > MOST_NAMES else ""
    )
    held = f"Less than {percent(COVERAGE_NEEDED)} of the contact log is there for {count(len(schools), 'school')}: {names}."
    values = {
        "subject": f"Data health: the contact log is too thin at {count(len(schools), 'school')}",
        "preheader": held,
        "headline": f"The contact log is too thin at {count(len(schools), 'school')}",
        "paragraphs": [
            held,
            "A missing log is no missed visit, so nothing opens or closes there. Find out whether the log is not kept, or not pulled.",
        ],
        "rows": [],
        "closing": f"Told once for {month:%B %Y}. {district.name}.",
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
