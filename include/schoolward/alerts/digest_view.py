"""From a week's facts to the words of a digest: one page, two minutes; pure functions, no names of persons."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from schoolward.alerts import pictures
from schoolward.alerts.digest_facts import AlertFact, Facts
from schoolward.alerts.digest_page import Changes, Figure, Item, Owner, Reason, Shown, Step, View
from schoolward.alerts.recipients import Recipients
from schoolward.alerts.record_questions import questions_for
from schoolward.alerts.rendering import count, day, lower_first, moment, percent, short_day
from schoolward.alerts.rules import RULES, STEP_FOR_ALL_SCHOOLS
from schoolward.district import District, Recipient

MOST_SCHOOLS = 10
MOST_SYSTEM_ISSUES = 5
MOST_REASONS = 3
MOST_NAMES = 6
FEW_NAMES = 3


def digest_view(district: District, facts: Facts, recipient: Recipient) -> View:
    """The digest of a recipient whose role is superintendent, unit_chief or ild_supervisor."""
    units = _units_of(district, recipient)
    mine = [a for a in facts.alerts if _concerns(a, recipient, units)]
    live = [a for a in mine if a.resolved_at is None]
    named = Recipients(district)
    parents = [a for a in live if a.school_key is None]
    covered = {a.alert_key for a in parents}
    singles = [a for a in live if a.school_key is not None and a.parent_alert_key not in covered]
    schools = _by_school(singles, facts, named)
    issues = [
        item(f"{a.unit_name or 'Leadership partnership'}, across the schools", [a], facts, named) for a in parents
    ]
    n_owed = len({a.school_key for a in singles})
    headline = _headline(facts, recipient, units, n_owed)
    return View(
        subject=f"{_subject(recipient, district)}, week of {short_day(facts.week_start_on)}: {lower_first(headline)}",
        preheader=f"{count(n_owed, 'school')} got less than we promised. Pictures, reasons, owners and next steps inside.",
        kicker=f"{district.name} · {_whose(recipient, district)} · week of {day(facts.week_start_on)}",
        headline=headline,
        figures=_figures(facts, recipient, units, singles, len(parents)),
        pictures=_pictures(facts, recipient, units),
        warnings=warnings_for(facts, recipient),
        system_issues=tuple(issues[:MOST_SYSTEM_ISSUES]),
        n_more_system_issues=max(len(issues) - MOST_SYSTEM_ISSUES, 0),
        schools=tuple(schools[:MOST_SCHOOLS]),
        n_more_schools=max(len(schools) - MOST_SCHOOLS, 0),
        owners=_owners([*parents, *singles], named),
        changes=changes_of(facts, mine),
        notes=_notes(district, facts, recipient),
        questions=questions_for(facts.asked, recipient.role, units),
    )


def _units_of(district: District, recipient: Recipient) -> frozenset[str] | None:
    """The units a chief's digest is about; None for all of them."""
    if recipient.role != "unit_chief":
        return None
    if recipient.unit not in (None, "*"):
        return frozenset({str(recipient.unit)})
    taken = {str(r.unit) for r in district.recipients if r.role == "unit_chief"}
    return frozenset(u.id for u in district.units) - taken


def _concerns(alert: AlertFact, recipient: Recipient, units: frozenset[str] | None) -> bool:
    if recipient.role == "superintendent":
        return True
    if recipient.role == "ild_supervisor":
        return alert.flag_kind == "partnership"
    return alert.flag_kind == "service" and units is not None and alert.unit_id in units


def _subject(recipient: Recipient, district: District) -> str:
    return "How we served our schools" if recipient.role == "superintendent" else _whose(recipient, district)


def _whose(recipient: Recipient, district: District) -> str:
    if recipient.role == "ild_supervisor":
        return "Leadership partnership"
    if recipient.role == "unit_chief" and recipient.unit not in (None, "*"):
        return next((u.name for u in district.units if u.id == recipient.unit), str(recipient.unit))
    return "Service units" if recipient.role == "unit_chief" else "The whole office"


def _headline(facts: Facts, recipient: Recipient, units: frozenset[str] | None, n_owed: int) -> str:
    owed = (
        f"{count(n_owed, 'school')} {'is' if n_owed == 1 else 'are'} owed something"
        if n_owed
        else "no school by itself is owed anything"
    )
    if recipient.role == "ild_supervisor":
        within, judged = _contact_within(facts)
        return f"{within} of {count(judged, 'school')} seen within the promised days; {owed}"
    kept = facts.kept(units, facts.week_start_on)
    if kept.share is None:
        return f"{owed[0].upper()}{owed[1:]}"
    return f"{percent(kept.share)} of service promises kept; {owed}"


def _contact_within(facts: Facts) -> tuple[int, int]:
    limit = 15 if facts.contact_limit is None else facts.contact_limit
    by_days = facts.contact(facts.week_start_on)
    return sum(n for d, n in by_days.items() if d <= limit), sum(by_days.values())


def _figures(
    facts: Facts, recipient: Recipient, units: frozenset[str] | None, singles: Sequence[AlertFact], n_issues: int
) -> tuple[Figure, ...]:
    figures = []
    if recipient.role != "ild_supervisor":
        week = facts.week_start_on
        kept, before = facts.kept(units, week), facts.kept(units, week - timedelta(weeks=1))
        is_short = kept.share is not None and facts.kept_promise is not None and kept.share < facts.kept_promise
        label = f"service promises kept in four weeks, {kept.n_kept:,} of {kept.n_due:,}"
        figures.append(Figure(percent(kept.share), label, _moved(kept.share, before.share), is_short))
    if recipient.role != "unit_chief":
        within, judged = _contact_within(facts)
        note = (
            f"{count(facts.n_contact_unknown, 'school')} cannot be judged"
            if facts.n_contact_unknown
            else "every school could be judged"
        )
        figures.append(
            Figure(f"{within} of {judged}", "schools seen by their ILD within the promised days", note, within < judged)
        )
    by_kind = {kind: {a.school_key for a in singles if a.flag_kind == kind} for kind in ("partnership", "service")}
    n_owed = len(by_kind["partnership"] | by_kind["service"])
    note = f"of {count(facts.n_schools, 'school')}"
    if recipient.role == "superintendent":
        n_both = len(by_kind["partnership"] & by_kind["service"])
        note = f"{len(by_kind['partnership'])} partnership, {len(by_kind['service'])} service, {n_both} both"
    if n_issues:
        note += f"; besides, {count(n_issues, 'promise')} slipped across the schools"
    figures.append(Figure(str(n_owed), "schools we owe something", note, n_owed > 0))
    if recipient.role == "unit_chief":
        current = [
            w for w in facts.unit_weeks if w.week_start_on == facts.week_start_on and units and w.unit_id in units
        ]
        n_open, n_ageing = sum(w.n_open for w in current), sum(w.n_ageing for w in current)
        figures.append(
            Figure(
                f"{n_ageing:,}",
                f"requests far past their promise, of {n_open:,} open",
                "in the newest data",
                n_ageing > 0,
            )
        )
    return tuple(figures)


def _moved(now: float | None, before: float | None) -> str:
    if now is None or before is None:
        return "no comparison with the week before"
    points = round(now * 100) - round(before * 100)
    if points == 0:
        return "as the week before"
    return f"{'▲ up' if points > 0 else '▼ down'} from {percent(before)} the week before"


def _pictures(facts: Facts, recipient: Recipient, units: frozenset[str] | None) -> tuple[Shown, ...]:
    until = short_day(facts.week_start_on)
    to_the_right = "at the right the last share, and of how many."
    four_weeks = f"Twelve weeks to {until}, each with the three before it; {to_the_right}"
    limit, contact = facts.contact_limit, facts.contact(facts.week_start_on)
    if recipient.role == "ild_supervisor":
        by_network = pictures.contact_by_network(facts.contact_by_network(), limit, "contact")
        trend = pictures.promises_kept(facts.contact_lines(), None, "trend")
        return (
            Shown("When schools were last seen, by network", "A mark for each school; a triangle is beyond the promise.", by_network),
            Shown("Schools seen within the promised days", f"Twelve weeks to {until}; {to_the_right}", trend),
        )  # fmt: skip
    kept = pictures.promises_kept(facts.unit_lines(units), facts.kept_promise, "kept")
    shown = [Shown("Service promises kept, by unit", f"{four_weeks} A triangle is below the promise.", kept)]
    if recipient.role == "superintendent":
        picture = pictures.days_since_contact(contact, limit, "contact")
        shown.append(
            Shown(
                "When schools were last seen by their ILD", "Number of schools; amber is beyond the promise.", picture
            )
        )
    else:
        rows = _open_requests(facts, units or frozenset())
        lead = "Open requests, and how many of them are far past their promise."
        shown.append(Shown("Open requests", "Amber: far past the promised time.", pictures.bars(rows, lead, "open")))
    return tuple(shown)


def _open_requests(facts: Facts, units: frozenset[str]) -> list[pictures.Bar]:
    """A bar per unit; for a chief of one unit, a bar per week of the last six."""
    mine = [w for w in facts.unit_weeks if w.unit_id in units]
    if len({w.unit_id for w in mine}) == 1:
        rows = [(f"week of {short_day(w.week_start_on)}", w) for w in sorted(mine, key=lambda w: w.week_start_on)[-6:]]
    else:
        now = [w for w in mine if w.week_start_on == facts.week_start_on]
        rows = [(w.unit_name, w) for w in sorted(now, key=lambda w: w.unit_name)]
    return [pictures.Bar(name, w.n_open, w.n_ageing, f"{w.n_open:,} open, {w.n_ageing:,} aged") for name, w in rows]


def warnings_for(facts: Facts, recipient: Recipient) -> tuple[str, ...]:
    """What late data means to this reader, without the engineers' detail; they have been told it."""
    kind = {"unit_chief": "service", "case_manager": "service", "ild_supervisor": "partnership"}.get(recipient.role)
    said = []
    for late in facts.late:
        held = [
            lower_first(r.title) for r in RULES.values() if r.streams & set(late.streams) and kind in (None, r.kind)
        ]
        waits = (
            f"until it is back nothing new is said of: {', '.join(held)}."
            if held
            else "no promise told here rests on it."
        )
        said.append(f"The data of {late.source} is older than it should be; {waits} The data engineers have been told.")
    return tuple(said)


def _by_school(alerts: Iterable[AlertFact], facts: Facts, named: Recipients) -> list[Item]:
    """Schools by need and urgency, then by name: the order of work, no ranking."""
    grouped: dict[str, list[AlertFact]] = {}
    for a in alerts:
        grouped.setdefault(str(a.school_key), []).append(a)

    def order(group: Sequence[AlertFact]) -> tuple[bool, bool, int, str]:
        first = group[0]
        is_urgent = any(a.severity == "urgent" for a in group)
        return not first.is_compounded, not is_urgent, -(first.need_quartile or 0), str(first.school_name)

    return [item(str(g[0].school_name), g, facts, named) for g in sorted(grouped.values(), key=order)]


def item(name: str, alerts: Sequence[AlertFact], facts: Facts, named: Recipients) -> Item:
    ordered = sorted(alerts, key=lambda a: (a.severity != "urgent", a.rule_id, a.unit_id or ""))
    tags = ("partnership and service, high need",) if alerts[0].is_compounded else ()
    reasons = tuple(_reason(a, facts, named) for a in ordered[:MOST_REASONS])
    return Item(name, tags, reasons, max(len(ordered) - MOST_REASONS, 0))


def _reason(a: AlertFact, facts: Facts, named: Recipients) -> Reason:
    told = RULES[a.rule_id]
    title = f"{told.title} · {a.unit_name}" if a.unit_name and a.school_key is not None else told.title
    since = f" Since {short_day(a.since_on)}." if a.since_on is not None else ""
    due = f"by {short_day(a.due_on)}"
    return Reason(title, f"{a.reason}{since}", _tags(a, facts), named.name(a.owner_target), due)


def _owners(alerts: Sequence[AlertFact], named: Recipients) -> tuple[Owner, ...]:
    """A step per owner and promise, the soonest due first; what is resting asks for nothing."""
    grouped: dict[str, dict[tuple[str, bool], list[AlertFact]]] = {}
    for a in sorted(alerts, key=lambda a: (a.due_on, a.rule_id)):
        if a.state != "snoozed":
            of_owner = grouped.setdefault(named.name(a.owner_target), {})
            of_owner.setdefault((a.rule_id, a.school_key is None), []).append(a)
    return tuple(Owner(name, tuple(_step(group) for group in groups.values())) for name, groups in grouped.items())


def _step(group: Sequence[AlertFact]) -> Step:
    first = group[0]
    told, due = RULES[first.rule_id], f"by {short_day(first.due_on)}"
    if first.school_key is None:
        return Step(STEP_FOR_ALL_SCHOOLS, f"{told.title}: {first.n_schools} schools", due)
    schools = sorted({str(a.school_name) for a in group})
    where = schools[0] if len(schools) == 1 else count(len(schools), "school")
    return Step(told.first_step, f"{told.title}: {where}", due)


def _tags(a: AlertFact, facts: Facts) -> tuple[str, ...]:
    is_back = _came_back(a, facts)
    tags = ["new" if a.opened_at > facts.since else "came back" if is_back else "continuing"]
    if a.severity == "urgent":
        tags.append("urgent")
    tags += {"acknowledged": ["taken up"], "acting": ["being worked on"], "snoozed": ["resting"]}.get(a.state, [])
    if a.is_escalated and a.state == "open":
        tags.append("unanswered past its day")
    if a.is_disputed:
        tags.append("record disputed")
    if a.is_digest_only and "continuing" not in tags:
        tags.append("told only here")
    return tuple(tags)


def changes_of(facts: Facts, alerts: Sequence[AlertFact]) -> Changes:
    """What became of these since the last digest: each in the line of the last thing that happened to it."""
    live = [a for a in alerts if a.resolved_at is None]
    new = [a for a in live if a.opened_at > facts.since]
    back = [a for a in live if a.opened_at <= facts.since and _came_back(a, facts)]
    continuing = [a for a in live if a.opened_at <= facts.since and not _came_back(a, facts)]
    resolved = [a for a in alerts if a.state == "resolved"]
    held = [a for a in alerts if a.state == "verified"]
    withdrawn = [a for a in alerts if a.state == "corrected"]
    n_answered = sum(a.state in ("acknowledged", "acting") for a in continuing)
    lines = [("New", _listed(new))]
    if back:
        lines.append(("Came back", f"{_listed(back, FEW_NAMES)}: recovered less than 30 days ago, and slipped again"))
    lines.append(("Resolved", _listed(resolved)))
    if held:
        lines.append(("Held 30 days", _listed(held, FEW_NAMES)))
    if withdrawn:
        lines.append(("Withdrawn", f"{_listed(withdrawn, FEW_NAMES)}: the record was corrected, nothing had slipped"))
    lines.append(("Continuing", f"{len(continuing)}, of which {n_answered} taken up" if continuing else "none"))
    other = f"{facts.n_dismissed} dismissed for a reason." if facts.n_dismissed else ""
    return Changes(short_day(facts.since.date()), tuple(lines), other)


def _came_back(a: AlertFact, facts: Facts) -> bool:
    return a.came_back_at is not None and a.came_back_at > facts.since


def _listed(alerts: Sequence[AlertFact], most_names: int = MOST_NAMES) -> str:
    """``4: Elm (3 promises), Oak (no case manager)`` with at most so many names, and how many more."""
    if not alerts:
        return "none"
    titles: dict[str, list[str]] = {}
    for a in sorted(alerts, key=lambda a: (a.school_name or "", a.rule_id)):
        titles.setdefault(a.school_name or a.unit_name or "the whole office", []).append(
            lower_first(RULES[a.rule_id].title)
        )
    names = [f"{name} ({of[0] if len(of) == 1 else count(len(of), 'promise')})" for name, of in titles.items()]
    more = f", and {len(names) - most_names} more" if len(names) > most_names else ""
    return f"{len(alerts)}: {', '.join(names[:most_names])}{more}"


def _notes(district: District, facts: Facts, recipient: Recipient) -> tuple[str, ...]:
    notes = [
        "A school stands here because the central office owes it something, never because the school failed. The order is need and urgency, then the alphabet; it is no ranking.",
        f"A share of fewer than {pictures.FEWEST_TO_SHOW} promises is not shown. A missing contact log is told as missing, not as no visit.",
    ]
    if recipient.role == "superintendent":
        notes.append("Contact is counted for the district; a network's own numbers go to the supervisor of its ILD.")
    notes.append(f"Data as of {moment(facts.as_of, district.timezone)}, {count(facts.n_schools, 'school')}.")
    return tuple(notes)
