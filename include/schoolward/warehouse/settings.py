"""The district's settings as tables of schema ``config``, so that models read them like any other source.

The district file is the truth: every write replaces the tables' rows by what the file says, in the caller's transaction.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import psycopg
from psycopg import sql

from schoolward.district import District, Unit
from schoolward.open_hours import OpenHours
from schoolward.sources.base import model_options

CONFIG_DDL = """
create table if not exists config.district (
    id text primary key, name text not null, timezone text not null, minimum_group_size int not null,
    first_response_events text[] not null
);
alter table config.district add column if not exists accountability_profile text not null default 'seed_strict';
create table if not exists config.source (
    name text primary key, system text not null, expected_every_minutes int not null
);
create table if not exists config.source_option (
    source_name text not null, option_name text not null, value text not null,
    primary key (source_name, option_name, value)
);
create table if not exists config.service_unit (
    unit_id text primary key, name text not null, family text not null, chief_staff_id text
);
create table if not exists config.unit_group (
    group_name text primary key, unit_id text not null
);
create table if not exists config.unit_department (
    department text primary key, unit_id text not null
);
create table if not exists config.unit_hours (
    unit_id text not null, iso_weekday int not null, opens_at time not null, closes_at time not null
);
alter table config.unit_hours drop constraint if exists unit_hours_pkey;
alter table config.unit_hours add column if not exists valid_from date not null default '-infinity';
alter table config.unit_hours add column if not exists valid_to date;
create unique index if not exists unit_hours_key on config.unit_hours (unit_id, valid_from, iso_weekday, opens_at);
create table if not exists config.unit_special_hours (
    unit_id text not null, day date not null, opens_at time not null, closes_at time not null,
    primary key (unit_id, day, opens_at)
);
create table if not exists config.unit_schedule (
    unit_id text primary key, source_name text not null, schedule_name text not null
);
create table if not exists config.unit_open_day (
    unit_id text not null, open_on date not null, primary key (unit_id, open_on)
);
create table if not exists config.unit_closure (
    unit_id text not null, closed_on date not null, primary key (unit_id, closed_on)
);
create table if not exists config.no_school_day (
    day date primary key
);
create table if not exists config.promise (
    unit_id text not null, priority int not null, first_response_business_minutes int not null,
    resolution_business_minutes int not null, valid_from date not null, valid_to date,
    primary key (unit_id, priority, valid_from)
);
alter table config.promise add column if not exists pause_kinds text[] not null default '{requester_wait}';
create table if not exists config.instruction_blocking (
    kind text not null check (kind in ('category', 'tag', 'priority')), value text not null, primary key (kind, value)
);
create table if not exists config.toa_version (
    version_id text primary key, valid_from date not null, valid_to date
);
create table if not exists config.indicator_limit (
    version_id text not null, indicator_id text not null, watch double precision, act double precision,
    watch_low double precision, act_low double precision, min_n int, min_coverage double precision,
    primary key (version_id, indicator_id)
);
create table if not exists config.school_alias (
    school_id text not null, system text not null, kind text not null, alias text not null,
    primary key (system, kind, alias)
);
create table if not exists config.job_role (
    job_title text primary key, role text not null
);
create table if not exists config.network_alias (
    network_id text primary key, hr_department text not null
);
create table if not exists config.recipient (
    role text not null, unit_id text, staff_id text, name text not null, target text not null
);
"""


def write(connection: psycopg.Connection[Any], district: District) -> None:
    """Make the ``config`` tables and replace their rows by what the district file says."""
    connection.execute(CONFIG_DDL)
    for table, rows in _rows(district).items():
        _replace(connection, table, rows)


def _rows(district: District) -> dict[str, list[Sequence[Any]]]:
    d = district
    return {
        "district": [
            (
                d.id,
                d.name,
                d.timezone.key,
                d.minimum_group_size,
                list(d.first_response_events),
                d.accountability_profile,
            )
        ],
        "source": [(s.name, s.system, s.expected_every_minutes) for s in d.sources],
        "source_option": [
            (s.name, name, value) for s in d.sources for name, value in model_options(s.system, s.options)
        ],
        "service_unit": [(u.id, u.name, u.family, u.chief_staff_id) for u in d.units],
        "unit_group": [(group, u.id) for u in d.units for group in u.groups],
        "unit_department": [(department, u.id) for u in d.units for department in u.departments],
        "unit_hours": [row for u in d.units for row in _hours(u)],
        "unit_special_hours": [
            (u.id, day, span.opens_at, span.closes_at)
            for u in d.units
            for day, spans in u.special_hours.items()
            for span in spans
        ],
        "unit_schedule": [(u.id, *u.schedule) for u in d.units if u.schedule],
        "unit_open_day": [(u.id, day) for u in d.units for day in u.open_on],
        "unit_closure": [(u.id, day) for u in d.units for day in u.closures],
        "no_school_day": [(day,) for day in d.no_school_days],
        "promise": [
            (
                p.unit_id,
                p.priority,
                p.first_response_business_minutes,
                p.resolution_business_minutes,
                p.valid_from,
                p.valid_to,
                list(p.pause_kinds),
            )
            for p in d.promises
        ],
        "instruction_blocking": [
            *(("category", category) for category in dict.fromkeys(d.instruction_blocking.categories)),
            *(("tag", tag) for tag in dict.fromkeys(d.instruction_blocking.tags)),
            *(("priority", str(priority)) for priority in dict.fromkeys(d.instruction_blocking.priorities)),
        ],
        "toa_version": [(v.version, v.valid_from, v.valid_to) for v in d.theories],
        "indicator_limit": [
            (t.version, t.indicator_id, t.watch, t.act, t.watch_low, t.act_low, t.min_n, t.min_coverage)
            for t in d.thresholds
        ],
        "school_alias": [(a.school_id, a.system, a.kind, a.alias) for a in d.school_aliases],
        "job_role": list(d.job_roles.items()),
        "network_alias": list(d.network_departments.items()),
        "recipient": [(r.role, r.unit, r.staff_id, r.name, r.to) for r in d.recipients],
    }


def _hours(unit: Unit) -> list[Sequence[Any]]:
    """A unit's weekly spans with the days they are in force; the end is exclusive."""
    starts: list[tuple[date | str, tuple[OpenHours, ...]]] = [("-infinity", unit.hours), *unit.hours_changes]
    ends = [*(day for day, _ in unit.hours_changes), None]
    return [
        (unit.id, span.iso_weekday, span.opens_at, span.closes_at, start, end)
        for (start, spans), end in zip(starts, ends, strict=True)
        for span in spans
    ]


def _replace(connection: psycopg.Connection[Any], table: str, rows: Iterable[Sequence[Any]]) -> None:
    target = sql.Identifier("config", table)
    connection.execute(sql.SQL("delete from {}").format(target))  # not truncate: readers of the old rows go on reading
    with connection.cursor().copy(sql.SQL("copy {} from stdin").format(target)) as copy:
        for row in rows:
            copy.write_row(row)
