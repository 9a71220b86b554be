"""From a week's facts to the words of a digest: one page, two minutes; pure functions, no names of persons."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from schoolward.alerts import pictures
from schoolward.alerts.digest_facts import AlertFact, Facts
from schoolward.alerts.outbox import Picture
from schoolward.alerts.recipients import Recipients
from schoolward.alerts.rendering import count, day, moment, percent, short_day
from schoolward.alerts.rules import RULES
from schoolward.district import District, Recipient

MOST_SCHOOLS = 10
MOST_SYSTEM_ISSUES = 5
MOST_REASONS = 3
MOST_NAMES = 6


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the numbers on top: value, what it counts, and how it moved."""

    value: str
    label: str
    note: str
    is_short: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture with the one line that says what to see in it."""

    title: str
    picture: Picture


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a school stands here, and who does what about it."""

    title: str
    sentence: str
    tags: tuple[str, ...]
    owner: str
    next_step: str
    due: str


@dataclass(frozen=True, slots=True)
class Item:
    """A school (or a unit across the schools) with its reasons."""

    name: str
    tags: tuple[str, ...]
    reasons: tuple[Reason, ...]
    n_more_reasons: int = 0


@dataclass(frozen=True, slots=True)
class Changes:
    """What moved since the last digest."""

    since: str
    new: str
    resolved: str
    continuing: str
    other: str


@dataclass(frozen=True, slots=True)
class View:
    """A digest ready for its templates."""

    subject: str
    preheader: str
    kicker: str
    headline: str
    figures: tuple[Figure, ...]
    pictures: tuple[Shown, ...]
    warnings: tuple[str, ...]
    system_issues: tuple[Item, ...]
    n_more_system_issues: int
    schools: tuple[Item, ...]
    n_more_schools: int
    changes: Changes | None
    notes: tuple[str, ...]
    list_heading: str = "Schools we owe, and who does what"
    empty_list: str = "None this week. Every school with enough data got what it was promised."


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
        _item(f"{a.unit_name or 'Leadership partnership'}, across the schools", [a], facts, named) for a in parents
    ]
    n_owed = len({a.school_key for a in singles})
    headline = _headline(facts, recipient, units, n_owed, len(parents))
    return View(
        subject=f"{_subject(recipient, district)}, week of {short_day(facts.week_start_on)}: {headline[0].lower() + headline[1:]}",
        preheader=f"{count(n_owed, 'school')} got less than we promised. Pictures, reasons, owners and next steps inside.",
        kicker=f"{district.name} · {_whose(recipient, district)} · week of {day(facts.week_start_on)}",
        headline=headline,
        figures=_figures(facts, recipient, units, n_owed),
        pictures=_pictures(facts, recipient, units),
        warnings=tuple(facts.late),
        system_issues=tuple(issues[:MOST_SYSTEM_ISSUES]),
        n_more_system_issues=max(len(issues) - MOST_SYSTEM_ISSUES, 0),
        schools=tuple(schools[:MOST_SCHOOLS]),
        n_more_schools=max(len(schools) - MOST_SCHOOLS, 0),
        changes=_changes(facts, mine),
        notes=_notes(district, facts, recipient),
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


def _headline(facts: Facts, recipient: Recipient, units: frozenset[str] | None, n_owed: int, n_issues: int) -> str:
    owed = (
        f"{count(n_owed, 'school')} got less than we promised"
        if n_owed
        else "no single school got less than we promised"
    )
    if n_issues:
        owed += f", and {count(n_issues, 'promise')} slipped across the schools"
    if recipient.role == "ild_supervisor":
        within, judged = _contact_within(facts)
        return f"{within} of {count(judged, 'school')} seen within the promised days; {owed}"
    kept = facts.kept(units, facts.shown_until_week_on)
    if kept.share is None:
        return f"{owed[0].upper()}{owed[1:]}"
    return f"{percent(kept.share)} of service promises kept; {owed}"


def _contact_within(facts: Facts) -> tuple[int, int]:
    limit = 15 if facts.contact_limit is None else facts.contact_limit
    by_days = facts.contact(facts.week_start_on)
    return sum(n for d, n in by_days.items() if d <= limit), sum(by_days.values())


def _figures(facts: Facts, recipient: Recipient, units: frozenset[str] | None, n_owed: int) -> tuple[Figure, ...]:
    figures = []
    if recipient.role != "ild_supervisor":
        week = facts.shown_until_week_on
        kept, before = facts.kept(units, week), facts.kept(units, week - timedelta(weeks=1))
        is_short = kept.share is not None and facts.kept_promise is not None and kept.share < facts.kept_promise
        label = f"service promises kept, {kept.n_kept:,} of {kept.n_due:,} due"
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
    if recipient.role == "superintendent":
        note = f"{facts.n_partnership} partnership, {facts.n_service} service, {facts.n_compounded} both with high need"
    else:
        note = f"of {count(facts.n_schools, 'school')}"
    figures.append(Figure(str(n_owed), "schools that got less than promised", note, n_owed > 0))
    if recipient.role == "unit_chief":
        current = [
            w for w in facts.unit_weeks if w.week_start_on == facts.week_start_on and units and w.unit_id in units
        ]
        n_open, n_ageing = sum(w.n_open for w in current), sum(w.n_ageing for w in current)
        figures.append(
            Figure(
                f"{n_ageing:,}",
                f"requests far past their promise, of {n_open:,} open",
                "as of today's data",
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
    until = f"week by week to {short_day(facts.shown_until_week_on)}; at the right the last week's promises kept of those due"
    limit = facts.contact_limit
    kept = pictures.promises_kept
    if recipient.role == "ild_supervisor":
        return (
            Shown("Days since contact, a mark for each school", pictures.contact_by_network(facts.contact_by_network(), limit, "contact")),
            Shown(f"Schools within the promise, {until.partition(';')[0]}", kept(facts.contact_lines(), None, "trend")),
        )  # fmt: skip
    shown = [Shown(f"Promises kept by unit, {until}", kept(facts.unit_lines(units), facts.kept_promise, "kept"))]
    if recipient.role == "superintendent":
        by_days = facts.contact(facts.week_start_on)
        shown.append(
            Shown("How long ago schools were last seen", pictures.days_since_contact(by_days, limit, "contact"))
        )
    else:
        rows = [
            pictures.Bar(w.unit_name, w.n_open, w.n_ageing, f"{w.n_open:,} open, {w.n_ageing:,} aged")
            for w in sorted(facts.unit_weeks, key=lambda w: w.unit_name)
            if w.week_start_on == facts.week_start_on and units and w.unit_id in units
        ]
        lead = "Open requests, and how many of them are far past their promise."
        shown.append(Shown("Open requests, the aged ones set off", pictures.bars(rows, lead, "open")))
    return tuple(s for s in shown)


def _by_school(alerts: Iterable[AlertFact], facts: Facts, named: Recipients) -> list[Item]:
    """Schools by need and urgency, then by name: the order of work, no ranking."""
    grouped: dict[str, list[AlertFact]] = {}
    for a in alerts:
        grouped.setdefault(str(a.school_key), []).append(a)

    def order(group: Sequence[AlertFact]) -> tuple[bool, bool, int, str]:
        first = group[0]
        is_urgent = any(a.severity == "urgent" for a in group)
        return not first.is_compounded, not is_urgent, -(first.need_quartile or 0), str(first.school_name)

    return [_item(str(g[0].school_name), g, facts, named) for g in sorted(grouped.values(), key=order)]


def _item(name: str, alerts: Sequence[AlertFact], facts: Facts, named: Recipients) -> Item:
    ordered = sorted(alerts, key=lambda a: (a.severity != "urgent", a.rule_id, a.unit_id or ""))
    tags = ("partnership and service, high need",) if alerts[0].is_compounded else ()
    reasons = tuple(_reason(a, facts, named) for a in ordered[:MOST_REASONS])
    return Item(name, tags, reasons, max(len(ordered) - MOST_REASONS, 0))


def _reason(a: AlertFact, facts: Facts, named: Recipients) -> Reason:
    told = RULES[a.rule_id]
    title = f"{told.title} · {a.unit_name}" if a.unit_name and a.school_key is not None else told.title
    since = f" Since {short_day(a.since_on)}." if a.since_on is not None else ""
    return Reason(
        title,
        f"{a.reason}{since}",
        _tags(a, facts),
        named.name(a.owner_target),
        told.first_step,
        f"by {short_day(a.due_on)}",
    )


def _tags(a: AlertFact, facts: Facts) -> tuple[str, ...]:
    tags = ["new" if a.opened_at > facts.since else "continuing"]
    if a.severity == "urgent":
        tags.append("urgent")
    tags += {"acknowledged": ["taken up"], "acting": ["being worked on"], "snoozed": ["resting"]}.get(a.state, [])
    if a.is_escalated and a.state == "open":
        tags.append("unanswered past its day")
    if a.is_disputed:
        tags.append("record disputed")
    if a.is_digest_only and "new" in tags:
        tags.append("told only here")
    return tuple(tags)


def _changes(facts: Facts, alerts: Sequence[AlertFact]) -> Changes:
    live = [a for a in alerts if a.resolved_at is None]
    new = [a for a in live if a.opened_at > facts.since]
    continuing = [a for a in live if a.opened_at <= facts.since]
    n_answered = sum(a.state in ("acknowledged", "acting") for a in continuing)
    other = f"{facts.n_dismissed} dismissed for a reason." if facts.n_dismissed else ""
    return Changes(
        since=short_day(facts.since.date()),
        new=_listed(new),
        resolved=_listed([a for a in alerts if a.resolved_at is not None]),
        continuing=f"{len(continuing)}, of which {n_answered} taken up" if continuing else "none",
        other=other,
    )


def _listed(alerts: Sequence[AlertFact]) -> str:
    """``3: Elm (no case manager), …`` with at most six names, and how many more."""
    if not alerts:
        return "none"
    names: Mapping[str, None] = dict.fromkeys(
        f"{a.school_name or a.unit_name or 'across the schools'} ({RULES[a.rule_id].title.lower()})"
        for a in sorted(alerts, key=lambda a: (a.school_name or "", a.rule_id))
    )
    shown = list(names)[:MOST_NAMES]
    more = f", and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    return f"{len(alerts)}: {', '.join(shown)}{more}"


def _notes(district: District, facts: Facts, recipient: Recipient) -> tuple[str, ...]:
    notes = [
        "A school stands here because the central office owes it something, never because the school failed. The order is need and urgency, then the alphabet; it is no ranking.",
        f"A share of fewer than {pictures.FEWEST_TO_SHOW} promises is not shown. A missing contact log is told as missing, not as no visit.",
    ]
    if recipient.role == "superintendent":
        notes.append("Contact is counted for the district; a network's own numbers go to the supervisor of its ILD.")
    notes.append(f"Data as of {moment(facts.as_of, district.timezone)}, {count(facts.n_schools, 'school')}.")
    return tuple(notes)
