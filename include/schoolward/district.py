"""The district file, parsed and checked once.

Every mistake is told, a line each, with the place and the mend; nothing else in Schoolward reads the file.
"""

import tomllib
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from schoolward import district_checks as checks
from schoolward.cron import late_after_minutes
from schoolward.crosswalk import read_crosswalk
from schoolward.errors import DistrictFileError, SchoolwardError
from schoolward.home import district_path
from schoolward.open_hours import OpenHours, Span, longest_day
from schoolward.quiet_hours import QuietHours


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """One ``[[source]]``: a system to pull from."""

    name: str
    system: str
    connection: str
    schedule: str
    options: Mapping[str, Any]
    expected_every_minutes: int
    """How old its last good load may grow before it counts as late."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One ``[[unit]]``: a service unit, its assignment groups and its open hours."""

    id: str
    name: str
    family: str
    groups: tuple[str, ...]
    hours: tuple[OpenHours, ...]
    """Until the first of ``hours_changes``, and in promises what "1d" means."""
    hours_changes: tuple[tuple[date, tuple[OpenHours, ...]], ...]
    """Hours in force from a day on, until the next change; in order."""
    special_hours: Mapping[date, tuple[Span, ...]]
    """Dates whose hours are their own, whatever the weekday or a closure says."""
    schedule: tuple[str, str] | None
    """The source and its schedule the hours are taken from, once it has been pulled."""
    closures: tuple[date, ...]
    open_on: tuple[date, ...]
    """Days it is open although the others, a public holiday or its schedule say it is not."""
    chief_staff_id: str | None
    departments: tuple[str, ...]
    """What HR calls the unit's departments, by code or name, where that is not the unit's own id or name."""
    request_group: str | None = None
    """Which of its groups gets the requests that alerts open; None for the first."""

    @property
    def open_day_minutes(self) -> int:
        """The longest open day of the week, in minutes: what "1d" means in a promise of this unit."""
        return longest_day(self.hours)


@dataclass(frozen=True, slots=True)
class Promise:
    """What a unit promised for a priority, in its own business minutes, while a theory of action was in force."""

    unit_id: str
    priority: int
    first_response_business_minutes: int
    resolution_business_minutes: int
    pause_kinds: tuple[str, ...]
    """The waits that stop its resolution clock: for the requester, on hold, both or none."""
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class InstructionBlocking:
    """Which requests keep a class from being taught: those of any of these categories, tags or priorities."""

    categories: tuple[str, ...]
    tags: tuple[str, ...]
    priorities: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TheoryVersion:
    """A version of the theory of action and the days its promises and thresholds are in force."""

    version: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Threshold:
    """A version's own limits for an indicator; None keeps the catalogue's."""

    version: str
    indicator_id: str
    watch: float | None
    act: float | None
    watch_low: float | None
    act_low: float | None
    min_n: int | None
    min_coverage: float | None


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody in the central office who gets alerts or the digest."""

    role: str
    name: str
    to: str
    unit: str | None
    staff_id: str | None
    quiet_hours: QuietHours | None = None
    """When what can wait waits; None for never."""
    urgent_anytime: bool = True
    """Whether an urgent alert comes in quiet hours, too."""
    ticket: str | None = None
    """The source in which every alert this one answers for opens a request, besides the message."""


@dataclass(frozen=True, slots=True)
class SchoolAlias:
    """A line of the reviewed crosswalk: what another system calls a school."""

    school_id: str
    system: str
    kind: str
    alias: str


@dataclass(frozen=True, slots=True)
class District:
    """A district as its file describes it."""

    id: str
    name: str
    timezone: ZoneInfo
    minimum_group_size: int
    first_response_events: tuple[str, ...]
    instruction_blocking: InstructionBlocking
    accountability_profile: str
    """Who may hold principals to account: see ``ind_assistance__system_accountability``."""
    sources: tuple[SourceConfig, ...]
    units: tuple[Unit, ...]
    theories: tuple[TheoryVersion, ...]
    promises: tuple[Promise, ...]
    thresholds: tuple[Threshold, ...]
    recipients: tuple[Recipient, ...]
    no_school_days: tuple[date, ...]
    crosswalk: str | None
    """The reviewed crosswalk's file, beside the district file."""
    school_aliases: tuple[SchoolAlias, ...]
    job_roles: Mapping[str, str]
    """Role by job title, for HR extracts that hold positions only."""
    network_departments: Mapping[str, str]
    """HR department by network (the SIS's org id or name), where the two differ."""
    smtp: str
    sender: str
    path: Path = field(repr=False)
    quiet_days: tuple[str, ...] = checks.QUIET_DAYS[:1]
    """Days that are quiet as a whole for those with quiet hours: ``closed`` (nobody works), ``no_school``."""
    ticket_connections: Mapping[str, str] = field(default_factory=dict)
    """Connection that opens requests by source, where it is not the one that reads them."""

    def source(self, name: str) -> SourceConfig:
        """The source of that name.

        Raises:
            SchoolwardError: naming the sources there are.
        """
        for source in self.sources:
            if source.name == name:
                return source
        raise SchoolwardError(
            f"{self.path.name} has no source {name!r}; it has {', '.join(s.name for s in self.sources)}. Name one of these."
        )


def load_district(path: Path | None = None) -> District:
    """Read and check a district file (default: where :func:`schoolward.home.district_path` points).

    Raises:
        DistrictFileError: with every mistake of the file, a line each.
    """
    path = (path or district_path()).absolute()
    try:
        stamp = path.stat().st_mtime_ns
    except OSError as error:
        raise DistrictFileError(
            [
                f"{path}: cannot be read ({error.strerror}). Write it with `schoolward init`, or point SCHOOLWARD_DISTRICT at it."
            ]
        ) from None
    return _load(path, stamp)


@lru_cache(maxsize=4)
def _load(path: Path, _stamp: int) -> District:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise DistrictFileError([f"{path.name}: is not valid TOML: {error}. Mend that line."]) from None
    except UnicodeDecodeError:
        raise DistrictFileError([f"{path.name}: is not UTF-8. Save it as UTF-8."]) from None
    problems = checks.Problems(path.name)
    district = _district(table, path, problems)
    if problems.found:
        raise DistrictFileError(problems.found)
    return district


def _district(table: dict[str, Any], path: Path, problems: checks.Problems) -> District:
    root = checks.Table(table, "", problems)
    head = root.table("district")
    calendar = root.table("calendar", required=False)
    delivery = root.table("delivery", required=False)
    accountability = root.table("accountability", required=False)
    closures = calendar.days("closures")
    holidays = calendar.holidays("holidays")
    sources = tuple(_source(t) for t in root.tables("source", name_key="name"))
    root.unique("source", "name", [s.name for s in sources])
    systems = {source.name: source.system for source in sources}
    quiet_hours = delivery.quiet_hours("quiet_hours")
    units = tuple(_unit(t, {*closures, *holidays}, systems) for t in root.tables("unit", name_key="id"))
    root.unique("unit", "id", [u.id for u in units])
    root.unique("unit", "groups", [g for u in units for g in u.groups])
    root.unique("unit", "departments", [d for u in units for d in u.departments])
    theories, promises, thresholds = _theories(root.tables("theory_of_action", name_key="version"), units)
    crosswalk = head.optional_text("crosswalk")
    aliases = _aliases(crosswalk, path, problems)
    district = District(
        id=head.identifier("id"),
        name=head.text("name"),
        timezone=head.zone("timezone"),
        minimum_group_size=head.integer("minimum_group_size", default=10, at_least=1),
        first_response_events=head.choices("first_response_events", checks.RESPONSE_EVENTS, default=("public_reply",)),
        instruction_blocking=_instruction_blocking(root.table("instruction_blocking", required=False)),
        accountability_profile=accountability.choice(
            "profile", checks.ACCOUNTABILITY_PROFILES, default=checks.ACCOUNTABILITY_PROFILES[0]
        ),
        sources=sources,
        units=units,
        theories=theories,
        promises=promises,
        thresholds=thresholds,
        recipients=tuple(_recipient(t, units, systems, quiet_hours) for t in root.tables("recipient", name_key="name")),
        no_school_days=calendar.days("no_school"),
        crosswalk=crosswalk,
        school_aliases=aliases,
        job_roles={
            t.text("title"): t.choice("role", checks.STAFF_ROLES) for t in root.tables("job_role", name_key="title")
        },
        network_departments={
            t.text("network"): t.text("department") for t in root.tables("network", name_key="network")
        },
        smtp=delivery.text("smtp", default="smtp"),
        sender=delivery.text("sender", default="Schoolward <schoolward@localhost>"),
        quiet_days=delivery.choices("quiet_days", checks.QUIET_DAYS, default=checks.QUIET_DAYS[:1]),
        ticket_connections=_ticket_connections(delivery.table("ticket_connections", required=False), systems),
        path=path,
    )
    for part in (head, calendar, delivery, accountability, root):
        part.refuse_unknown()
    return district


def _unit(t: checks.Table, closed: Set[date], systems: Mapping[str, str]) -> Unit:
    open_on, groups = t.days("open_on"), t.texts("groups")
    unit = Unit(
        id=t.identifier("id"),
        name=t.text("name"),
        family=t.text("family", default=t.peek("id")),
        groups=groups,
        hours=t.hours("hours"),
        hours_changes=_hours_changes(t.tables("hours_change", name_key="valid_from")),
        special_hours=t.special_hours("special_hours"),
        schedule=t.schedule("hours_from", systems),
        closures=tuple(sorted({*closed, *t.days("closures")} - set(open_on))),
        open_on=open_on,
        chief_staff_id=t.optional_text("chief_staff_id"),
        departments=t.texts("departments", default=()),
        request_group=t.one_of("request_group", "groups", groups),
    )
    t.refuse_unknown()
    return unit


def _hours_changes(tables: list[checks.Table]) -> tuple[tuple[date, tuple[OpenHours, ...]], ...]:
    changes = []
    for t in tables:
        changes.append((t.day("valid_from"), t.hours("hours")))
        t.refuse_unknown()
    return tuple(sorted(changes, key=lambda change: change[0]))


def _instruction_blocking(t: checks.Table) -> InstructionBlocking:
    blocking = InstructionBlocking(
        categories=t.texts("categories", default=()),
        tags=t.texts("tags", default=()),
        priorities=t.integers("priorities", default=(1,), at_least=1),
    )
    t.refuse_unknown()
    return blocking


def _source(t: checks.Table) -> SourceConfig:
    options = t.mapping("options")
    system = t.choice("system", checks.systems())
    schedule = t.cron("schedule")
    t.source_options("options", system, options)
    source = SourceConfig(
        name=t.identifier("name"),
        system=system,
        connection=t.identifier("connection"),
        schedule=schedule,
        options=options,
        expected_every_minutes=t.integer("late_after_minutes", default=late_after_minutes(schedule), at_least=1),
    )
    t.refuse_unknown()
    return source


def _theories(
    tables: list[checks.Table], units: tuple[Unit, ...]
) -> tuple[tuple[TheoryVersion, ...], tuple[Promise, ...], tuple[Threshold, ...]]:
    """Every version with its promises and thresholds, each in force until the next one starts."""
    versions: list[TheoryVersion] = []
    promises: list[Promise] = []
    thresholds: list[Threshold] = []
    dated = sorted(((t.day("effective_from"), t) for t in tables), key=lambda pair: pair[0])
    # A file without a theory of action has nothing to end.
    for (start, t), end in zip(dated, [*(d for d, _ in dated[1:]), None], strict=bool(dated)):
        version = TheoryVersion(t.text("version"), start, end)
        versions.append(version)
        by_unit = t.promises("promises", {u.id: u.open_day_minutes for u in units if u.hours})
        promises += [
            Promise(unit_id, priority, *minutes, pause_kinds=promised.pause_kinds, valid_from=start, valid_to=end)
            for unit_id, promised in by_unit.items()
            for priority, minutes in promised.minutes.items()
        ]
        thresholds += [
            Threshold(version.version, indicator, **limits) for indicator, limits in t.thresholds("thresholds").items()
        ]
        t.refuse_unknown()
    return tuple(versions), tuple(promises), tuple(thresholds)


def _recipient(
    t: checks.Table, units: tuple[Unit, ...], systems: Mapping[str, str], quiet_hours: QuietHours | None
) -> Recipient:
    recipient = Recipient(
        role=t.choice("role", checks.RECIPIENT_ROLES),
        name=t.text("name"),
        to=t.target("to"),
        unit=t.unit("unit", {u.id for u in units}),
        staff_id=t.text("staff_id") if t.peek("role") == "ild" else t.optional_text("staff_id"),
        quiet_hours=t.quiet_hours("quiet_hours", quiet_hours),
        urgent_anytime=t.boolean("urgent_anytime", default=True),
        ticket=t.desk("ticket", systems),
    )
    t.refuse_unknown()
    return recipient


def _ticket_connections(t: checks.Table, systems: Mapping[str, str]) -> Mapping[str, str]:
    desks = [name for name, system in systems.items() if system in checks.DESK_SYSTEMS]
    found = {name: t.identifier(name) for name in desks if t.has(name)}
    t.refuse_unknown()
    return found


def _aliases(name: str | None, path: Path, problems: checks.Problems) -> tuple[SchoolAlias, ...]:
    if name is None:
        return ()
    return tuple(SchoolAlias(*row) for row in read_crosswalk(path.parent / name, problems))
