"""The digest of an ILD, "My schools": what to know before walking in. Of other schools it knows nothing, for it reads none."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import class_row

from schoolward.alerts import pictures
from schoolward.alerts.digest_facts import AlertFact, Facts
from schoolward.alerts.digest_page import Figure, Item, Listing, Reason, Row, Shown, View
from schoolward.alerts.digest_view import changes_of, item, warnings_for
from schoolward.alerts.recipients import Recipients
from schoolward.alerts.rendering import count, day, lower_first, moment, short_day
from schoolward.district import District, Recipient

_DEFAULT_LIMIT_DAYS = 15
MOST_STEPS = 5


@dataclass(frozen=True, slots=True)
class OwnSchool:
    """A school paired with the ILD in the week; days are instructional ones."""

    school_key: str
    school_name: str
    days_since_contact: int | None
    """None where too little of the contact log is there."""
    n_open: int
    n_ageing: int
    """Of the open requests, those past twice their promised time."""
    ageing_units: str
    """Names of the units they wait for; empty for none."""
    n_steps_due: int
    """Next steps that are due and still open, however old; like `n_steps_overdue` as the registers say now."""
    n_steps_overdue: int = 0
    """Of these, those that were to be looked at again by now."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """A step agreed with a principal, due and still open. No register keeps what it is."""

    school_name: str
    agreed_on: date
    due_on: date
    review_before_on: date | None
    """First day too late to look at it again; None while the calendar does not reach it."""
    request_number: str | None
    """The service request it is about."""


@dataclass(frozen=True, slots=True)
class IldWeek:
    """What an ILD's page knows of one week."""

    schools: tuple[OwnSchool, ...]
    oldest_steps: tuple[NextStep, ...] = ()


_OWN_SCHOOLS = """
    with steps as (
        select school_key, count(*)::int as n_due, count(*) filter (where review_before_on <= %(today)s)::int as n_overdue
        from marts.open_next_step
        where due_on <= %(today)s
        group by school_key
    )
    select p.school_key, p.school_name, p.instructional_days_since_contact as days_since_contact,
           coalesce(sum(s.n_open), 0)::int as n_open, coalesce(sum(s.n_ageing), 0)::int as n_ageing,
           coalesce(string_agg(s.unit_name, ', ' order by s.unit_name) filter (where s.n_ageing > 0), '') as ageing_units,
           coalesce(steps.n_due, 0) as n_steps_due, coalesce(steps.n_overdue, 0) as n_steps_overdue
    from marts.partnership_school_week as p
    left join marts.service_school_unit_week as s on s.week_start_on = p.week_start_on and s.school_key = p.school_key
    left join steps on steps.school_key = p.school_key
    where p.week_start_on = %(week)s and p.ild_staff_id = %(staff_id)s
    group by p.school_key, p.school_name, p.instructional_days_since_contact, steps.n_due, steps.n_overdue
    order by p.school_name, p.school_key
"""
_OLDEST_STEPS = """
    select school_name, agreed_on, due_on, review_before_on, request_number
    from marts.open_next_step
    where school_key = any(%(schools)s) and due_on <= %(today)s
    order by due_on, agreed_on, school_name, step_key
    limit %(most)s
"""


def read_own_schools(connection: psycopg.Connection[Any], week: date, today: date, staff_id: str | None) -> IldWeek:
    """The schools paired with an ILD at the end of a week, by name, and the oldest of the next steps due by ``today``."""
    with connection.cursor(row_factory=class_row(OwnSchool)) as cursor:
        schools = cursor.execute(_OWN_SCHOOLS, {"week": week, "today": today, "staff_id": staff_id}).fetchall()
    with connection.cursor(row_factory=class_row(NextStep)) as cursor:
        asked = {"schools": [s.school_key for s in schools], "today": today, "most": MOST_STEPS}
        return IldWeek(tuple(schools), tuple(cursor.execute(_OLDEST_STEPS, asked).fetchall()))


def own_schools_view(district: District, facts: Facts, recipient: Recipient, own: IldWeek) -> View:
    """The page of an ILD."""
    schools = own.schools
    keys = {s.school_key for s in schools}
    facts = replace(facts, alerts=[a for a in facts.alerts if a.school_key in keys], n_dismissed=0, questions=())
    limit = _DEFAULT_LIMIT_DAYS if facts.contact_limit is None else facts.contact_limit
    named = Recipients(district)
    live: dict[str, list[AlertFact]] = {}
    for alert in facts.alerts:
        if alert.resolved_at is None:
            live.setdefault(str(alert.school_key), []).append(alert)
    items = [(s, _item(s, live.get(s.school_key, []), facts, named, limit)) for s in schools]
    told = [found for _, found in sorted(items, key=lambda pair: _order(pair[0], live, limit)) if found.reasons]
    headline = _headline(schools, len(live), limit)
    return View(
        subject=f"My schools, week of {short_day(facts.week_start_on)}: {lower_first(headline)}",
        preheader="Whom to see next, what is open there before you walk in, and which next steps are due.",
        kicker=f"{district.name} · my schools · week of {day(facts.week_start_on)}",
        headline=headline,
        figures=_figures(schools, live, limit),
        pictures=_pictures(schools, limit) if schools else (),
        warnings=warnings_for(facts, recipient),
        system_issues=(),
        n_more_system_issues=0,
        schools=tuple(told),
        n_more_schools=0,
        owners=(),
        changes=changes_of(facts, facts.alerts),
        notes=(
            "Only schools paired with you stand here. Numbers of one ILD go to the ILD and the ILD's supervisor, to nobody else.",
            "A missing contact log is told as missing, not as no visit.",
            f"Data as of {moment(facts.as_of, district.timezone)}, {count(len(schools), 'school')}.",
        ),
        list_heading="Before you walk in",
        empty_list="Nothing is open at your schools: every one was seen as promised, and nothing waits past its time.",
        lists=_steps(own, facts.as_of.astimezone(district.timezone).date()),
    )


def _is_overdue(school: OwnSchool, limit: float) -> bool:
    return school.days_since_contact is not None and school.days_since_contact > limit


def _order(
    school: OwnSchool, live: Mapping[str, Sequence[AlertFact]], limit: float
) -> tuple[bool, bool, int, int, str]:
    """Whom to see first: urgent alerts, then the longest unseen, then by alerts and name; no ranking of the schools."""
    alerts = live.get(school.school_key, ())
    is_urgent = any(a.severity == "urgent" for a in alerts)
    is_overdue = _is_overdue(school, limit)
    unseen = -(school.days_since_contact or 0) if is_overdue else 0
    return not is_urgent, not is_overdue, unseen, -len(alerts), school.school_name


def _headline(schools: Sequence[OwnSchool], n_with_alerts: int, limit: float) -> str:
    if not schools:
        return "No school is paired with you in the newest data"
    n_overdue = sum(_is_overdue(s, limit) for s in schools)
    seen = f"{n_overdue} of {count(len(schools), 'school')} not seen within {limit:g} instructional days"
    if not n_overdue:
        seen = f"No school of {len(schools)} waits longer than promised for you"
    return f"{seen}; {n_with_alerts or 'none'} with something promised still owed"


def _figures(schools: Sequence[OwnSchool], live: Mapping[str, Sequence[AlertFact]], limit: float) -> tuple[Figure, ...]:
    judged = [s for s in schools if s.days_since_contact is not None]
    within = sum(not _is_overdue(s, limit) for s in judged)
    n_unknown = len(schools) - len(judged)
    n_service = sum(a.flag_kind == "service" for alerts in live.values() for a in alerts)
    n_open, n_ageing = sum(s.n_open for s in schools), sum(s.n_ageing for s in schools)
    n_due, n_overdue = sum(s.n_steps_due for s in schools), sum(s.n_steps_overdue for s in schools)
    log = (
        f"{count(n_unknown, 'school')} without enough of a log"
        if n_unknown
        else f"promised: {limit:g} instructional days"
    )
    return (
        Figure(f"{within} of {len(judged)}", "schools seen within the promised days", log, within < len(judged)),
        Figure(str(n_service), "service promises slipped at them", f"{n_ageing} of {n_open} open requests long overdue", n_service > 0),
        Figure(str(n_due), "next steps due and still open", f"{n_overdue} past the time to look at them again", n_overdue > 0),
    )  # fmt: skip


def _pictures(schools: Sequence[OwnSchool], limit: float) -> tuple[Shown, ...]:
    unseen = sorted(schools, key=lambda s: (-(s.days_since_contact or 0), s.school_name))
    days = [
        pictures.Bar(s.school_name, s.days_since_contact or 0, s.days_since_contact or 0 if _is_overdue(s, limit) else 0, _days(s))
        for s in unseen
    ]  # fmt: skip
    waiting = sorted((s for s in schools if s.n_open), key=lambda s: (-s.n_ageing, -s.n_open, s.school_name))
    open_ = [pictures.Bar(s.school_name, s.n_open, s.n_ageing, f"{s.n_open} open, {s.n_ageing} aged") for s in waiting]
    shown = [
        Shown(
            "Days since I was there", f"Instructional days since the last substantive contact; amber: more than {limit:g}.",
            pictures.bars(days, "Instructional days since the last substantive contact, by school.", "days"),
        )
    ]  # fmt: skip
    if open_:
        lead = "Open requests by school, and how many of them are far past their promise."
        shown.append(Shown("What they wait for", "Open requests; amber: far past the promised time.", pictures.bars(open_, lead, "open")))  # fmt: skip
    return tuple(shown)


def _steps(own: IldWeek, today: date) -> tuple[Listing, ...]:
    """The oldest of the steps that are due; the rest is a number."""
    if not own.oldest_steps:
        return ()
    named = Counter(step.school_name for step in own.oldest_steps)
    others = [s for s in own.schools if s.n_steps_due > named[s.school_name]]
    n_more = sum(s.n_steps_due - named[s.school_name] for s in others)
    more = f"and {n_more} more, newer ones: {', '.join(s.school_name for s in others)}." if n_more else ""
    return (Listing("Next steps due, the oldest first", tuple(_step(s, today) for s in own.oldest_steps), more),)


def _step(step: NextStep, today: date) -> Row:
    is_late = step.review_before_on is not None and step.review_before_on <= today
    about = f", about request {step.request_number}" if step.request_number else ""
    sentence = f"Agreed on {short_day(step.agreed_on)}, due on {short_day(step.due_on)}{about}."
    return Row(step.school_name, ("overdue",) if is_late else (), sentence)


def _days(school: OwnSchool) -> str:
    return "log is missing" if school.days_since_contact is None else count(school.days_since_contact, "day")


def _item(school: OwnSchool, alerts: Sequence[AlertFact], facts: Facts, named: Recipients, limit: float) -> Item:
    """Alerts first, then what no alert tells yet."""
    found = item(school.school_name, alerts, facts, named) if alerts else Item(school.school_name, (), ())
    kinds = {a.rule_id for a in alerts}
    mine = []
    if _is_overdue(school, limit) and "partnership_contact_gap" not in kinds:
        sentence = f"{count(school.days_since_contact or 0, 'instructional day')} since the last substantive contact; promised: at most {limit:g}."
        mine.append(Reason("To be seen", sentence, (), "you", "next"))
    if school.n_ageing and "service_ageing" not in kinds:
        sentence = f"{school.n_ageing} of {count(school.n_open, 'open request')} far past the promised time, with {school.ageing_units}."
        mine.append(Reason("Still waiting", sentence, (), "the unit's chief", "told if it stays"))
    return replace(found, reasons=(*found.reasons, *mine))
