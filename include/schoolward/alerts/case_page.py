"""The digest of a case manager, "My queue": which request needs a push, who has gone quiet, what keeps coming back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from schoolward.alerts import pictures
from schoolward.alerts.case_week import AgeClass, CaseSchool, CaseWeek, QueuedRequest, RecurringType
from schoolward.alerts.digest_facts import AlertFact, Facts
from schoolward.alerts.digest_page import Figure, Item, Listing, Row, Shown, View
from schoolward.alerts.digest_view import changes_of, item, warnings_for
from schoolward.alerts.recipients import Recipients
from schoolward.alerts.rendering import count, day, lower_first, moment, short_day
from schoolward.district import District, Recipient

MOST_QUESTIONS = 5
MOST_OWED = 5
_TOLD_IN_DAYS_FROM = 2
"""Working days from which a time is told in days."""
_DAY_MINUTES = 480


def case_view(district: District, facts: Facts, recipient: Recipient, own: CaseWeek) -> View:
    """The page of a case manager."""
    alerts = [a for a in facts.alerts if (str(a.school_key), a.unit_id) in own.pairs]
    facts = replace(facts, alerts=alerts, n_dismissed=0)
    questions = sorted(
        (q for q in facts.questions if (str(q.school_key), q.unit_id) in own.pairs),
        key=lambda q: (q.due_on, str(q.school_name)),
    )
    units = sorted({s.unit_name for s in own.schools})
    headline = _headline(own, len(questions))
    owed = _owed(facts, Recipients(district))
    return View(
        subject=f"My queue, week of {short_day(facts.week_start_on)}: {lower_first(headline)}",
        preheader="Which requests need a push, which schools have gone quiet, and what keeps coming back.",
        kicker=f"{district.name} · my queue{''.join(f' · {u}' for u in units)} · week of {day(facts.week_start_on)}",
        headline=headline,
        figures=_figures(own.schools, questions, facts, district) if own.is_known else (),
        pictures=_pictures(own) if own.schools else (),
        warnings=warnings_for(facts, recipient),
        system_issues=(),
        n_more_system_issues=0,
        schools=owed[:MOST_OWED],
        n_more_schools=max(len(owed) - MOST_OWED, 0),
        owners=(),
        changes=changes_of(facts, alerts),
        notes=(
            "Only schools that are yours, and what they asked of your unit, stand here. The order is urgency and time, no ranking of schools.",
            "Requests stand by their number in the help desk; what they say is not read.",
            f"Queue as of the end of the week or the newest data, data as of {moment(facts.as_of, district.timezone)},"
            f" {count(len(own.schools), 'school')}.",
        ),
        list_heading="Promised, and still owed to my schools",
        empty_list="Nothing: your unit has kept its promises to your schools.",
        lists=_lists(own, questions, facts, district),
    )


def _headline(own: CaseWeek, n_questions: int) -> str:
    if not own.is_known:
        return "What was waiting in this week is no longer shown"
    schools = own.schools
    if not schools:
        return "No school is yours in the newest data"
    n_open, n_past = sum(s.n_open for s in schools), sum(s.n_past_promise for s in schools)
    queue = (
        f"{n_past} of {count(n_open, 'open request')} past their promise"
        if n_past
        else "No request is past its promise"
    )
    return f"{queue}; {count(n_questions, 'school')} gone quiet, still to be asked" if n_questions else queue


def _figures(
    schools: Sequence[CaseSchool], questions: Sequence[AlertFact], facts: Facts, district: District
) -> tuple[Figure, ...]:
    n_open, n_past = sum(s.n_open for s in schools), sum(s.n_past_promise for s in schools)
    n_ageing = sum(s.n_ageing for s in schools)
    oldest = max(schools, key=lambda s: s.oldest_open_working_days or 0, default=None)
    days = oldest.oldest_open_working_days if oldest else None
    today = facts.as_of.astimezone(district.timezone).date()
    n_late = sum(q.due_on < today for q in questions)
    return (
        Figure(f"{n_past} of {n_open}", "open requests past their promise", f"{n_ageing} for more than twice the promised time", n_past > 0),
        Figure(
            "–" if days is None else str(days), "working days the oldest has been open",
            "nothing is open" if days is None or oldest is None else f"{oldest.oldest_request_number}, {oldest.school_name}",
        ),
        Figure(str(len(questions)), "schools gone quiet, still to be asked", f"{n_late} past the day of the answer", n_late > 0),
    )  # fmt: skip


def _pictures(own: CaseWeek) -> tuple[Shown, ...]:
    waiting = sorted((s for s in own.schools if s.n_open), key=lambda s: (-s.n_past_promise, -s.n_open, s.school_name))
    queue = [
        pictures.Bar(s.school_name, s.n_open, s.n_past_promise, f"{s.n_open} open, {s.n_past_promise} past")
        for s in waiting
    ]
    ages = [
        pictures.Bar(_age(a), a.n_open, a.n_past_promise, f"{a.n_open} open, {a.n_past_promise} past") for a in own.ages
    ]
    lead = "Open requests by school, and how many of them are past their promise."
    queue = queue or [pictures.Bar("all schools", 0, 0, "nothing open")]
    by_age = pictures.bars(ages, "Open requests by the working days they have been open.", "ages")
    return (
        Shown("What my schools wait for", "Open requests; amber: past their promise.", pictures.bars(queue, lead, "open")),
        Shown("How long they have waited", "Open requests by working days since they were made; amber: past their promise.", by_age),
    )  # fmt: skip


def _age(found: AgeClass) -> str:
    return f"more than {found.first - 1} days" if found.last is None else f"{found.first or 1}–{found.last} days"


def _lists(own: CaseWeek, questions: Sequence[AlertFact], facts: Facts, district: District) -> tuple[Listing, ...]:
    today = facts.as_of.astimezone(district.timezone).date()
    day_minutes = {u.id: u.open_day_minutes or _DAY_MINUTES for u in district.units}
    has_units = len({s.unit_id for s in own.schools}) > 1
    n_pushes_more = sum(s.n_open for s in own.schools) - len(own.pushes)
    pushes = tuple(_push(r, day_minutes.get(r.unit_id, _DAY_MINUTES)) for r in own.pushes)
    quiet = tuple(_question(q, today) for q in questions[:MOST_QUESTIONS])
    lists = [
        Listing("Push these first", pushes, f"and {n_pushes_more} more open requests." if n_pushes_more > 0 else ""),
        Listing("Gone quiet: to be asked", quiet, _more(len(questions), len(quiet))),
        Listing("Keeps coming back", _recurring(own), _more(own.n_recurring, len(own.recurring))),
        Listing("My schools", tuple(_school(s, has_units=has_units) for s in own.schools)),
    ]
    return tuple(found for found in lists if found.rows)


def _more(n_all: int, n_shown: int) -> str:
    return f"and {n_all - n_shown} more." if n_all > n_shown else ""


def _push(r: QueuedRequest, day_minutes: int) -> Row:
    left = r.promise_left_business_minutes
    if left is None:
        told = f"nothing promised, open for {count(r.open_working_days, 'working day')}"
    else:
        told = f"{_time(abs(left), day_minutes)} {'past its promise' if left < 0 else 'left'}"
    tags = ("urgent",) if r.priority == 1 else ()
    return Row(f"{r.request_number} · {r.school_name}", tags, f"{r.request_type}, priority {r.priority}: {told}")


def _time(minutes: float, day_minutes: int) -> str:
    """In working days of the unit, or in its working hours where it is less than two of them."""
    if minutes >= _TOLD_IN_DAYS_FROM * day_minutes:
        return count(int(minutes // day_minutes), "working day")
    return count(int(minutes // 60), "working hour") if minutes >= 60 else "less than a working hour"


def _question(q: AlertFact, today: date) -> Row:
    tags = ("unanswered past its day",) if q.due_on < today else ()
    return Row(str(q.school_name), tags, f"{q.reason} Answer by {short_day(q.due_on)}.")


def _recurring(own: CaseWeek) -> tuple[Row, ...]:
    """A line for each type: at which of the schools it comes back how often, and at how many of the district."""
    by_type: dict[str, list[RecurringType]] = {}
    for r in own.recurring:
        by_type.setdefault(r.request_type, []).append(r)
    rows = []
    for request_type, found in by_type.items():
        where = ", ".join(f"{r.school_name} {r.n_requests} times" for r in found)
        n_schools = max(len(found), *(r.n_schools for r in found))
        others = f"; at {n_schools} schools of the district, so worth a project" if n_schools > 1 else ""
        rows.append(Row(request_type, (), f"In four weeks {where}{others}."))
    return tuple(rows)


def _school(s: CaseSchool, *, has_units: bool) -> Row:
    name = f"{s.school_name} · {s.unit_name}" if has_units else s.school_name
    if not s.n_open or s.oldest_open_working_days is None:
        return Row(name, (), "nothing open")
    age = count(s.oldest_open_working_days, "working day")
    return Row(name, (), f"{s.n_open} open, {s.n_past_promise} past; the oldest, {s.oldest_request_number}, {age}")


def _owed(facts: Facts, named: Recipients) -> tuple[Item, ...]:
    """Schools with a promise that has slipped, urgent ones first, then by name."""
    grouped: dict[str, list[AlertFact]] = {}
    for a in facts.alerts:
        if a.resolved_at is None:
            grouped.setdefault(str(a.school_key), []).append(a)
    ordered = sorted(grouped.values(), key=lambda g: (all(a.severity != "urgent" for a in g), str(g[0].school_name)))
    return tuple(item(str(g[0].school_name), g, facts, named) for g in ordered)
