"""What the weekly digest knows: one read of the marts and the alerts, as plain frozen facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import class_row, dict_row

from schoolward.alerts.freshness import LateSource
from schoolward.alerts.pictures import WeekShare
from schoolward.errors import SchoolwardError

N_WEEKS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class AlertFact:
    """An alert as the digest tells it."""

    alert_key: str
    rule_id: str
    flag_kind: str
    school_key: str | None
    school_name: str | None
    unit_id: str | None
    unit_name: str | None
    owner_target: str | None
    severity: str
    reason: str
    since_on: date | None
    due_on: date
    opened_at: datetime
    resolved_at: datetime | None
    state: str
    is_disputed: bool
    is_digest_only: bool
    parent_alert_key: str | None
    is_escalated: bool
    n_schools: int
    need_quartile: int | None
    is_compounded: bool
    act_threshold: float | None


@dataclass(frozen=True, slots=True)
class UnitWeek:
    """All schools' requests of a unit together, as of a week's end.

    Promises are those of the four weeks up to it (eight where a school has few), open and ageing requests those of its end.
    """

    week_start_on: date
    unit_id: str
    unit_name: str
    n_kept: int
    n_due: int
    n_open: int
    n_ageing: int


@dataclass(frozen=True, slots=True)
class ContactWeek:
    """Schools of a network and week by instructional days since the last substantive contact."""

    week_start_on: date
    network_name: str
    days: int
    n_schools: int


@dataclass(frozen=True, slots=True)
class Facts:
    """One week as the marts and the alerts tell it."""

    week_start_on: date
    as_of: datetime
    since: datetime
    """What happened after this is news."""
    n_schools: int
    n_partnership: int
    n_service: int
    n_compounded: int
    n_contact_unknown: int
    """Schools whose contact cannot be judged: too little of the log."""
    contact_limit: float | None
    kept_promise: float | None
    unit_weeks: Sequence[UnitWeek]
    contact_weeks: Sequence[ContactWeek]
    alerts: Sequence[AlertFact]
    """Live ones, and those resolved since ``since``."""
    n_dismissed: int
    late: Sequence[LateSource] = ()

    def unit_lines(self, unit_ids: frozenset[str] | None = None) -> Mapping[str, list[WeekShare]]:
        """Promises kept by unit name, in the order of names; None takes every unit."""
        lines: dict[str, list[WeekShare]] = {}
        for w in sorted(self.unit_weeks, key=lambda w: (w.unit_name, w.week_start_on)):
            if unit_ids is None or w.unit_id in unit_ids:
                lines.setdefault(w.unit_name, []).append(WeekShare(w.week_start_on, w.n_kept, w.n_due))
        return lines

    def kept(self, unit_ids: frozenset[str] | None, week: date) -> WeekShare:
        """Promises kept by the given units together in a week."""
        of_week = [
            w for w in self.unit_weeks if w.week_start_on == week and (unit_ids is None or w.unit_id in unit_ids)
        ]
        return WeekShare(week, sum(w.n_kept for w in of_week), sum(w.n_due for w in of_week))

    def contact(self, week: date) -> Mapping[int, int]:
        """Number of schools by days since contact."""
        counts: dict[int, int] = {}
        for c in self.contact_weeks:
            if c.week_start_on == week:
                counts[c.days] = counts.get(c.days, 0) + c.n_schools
        return counts

    def contact_by_network(self) -> Mapping[str, list[int]]:
        """Days since contact, one entry per school, by network."""
        found: dict[str, list[int]] = {}
        for c in sorted(self.contact_weeks, key=lambda c: (c.network_name, c.days)):
            if c.week_start_on == self.week_start_on:
                found.setdefault(c.network_name, []).extend([c.days] * c.n_schools)
        return found

    def contact_lines(self) -> Mapping[str, list[WeekShare]]:
        """Share of schools within the promised days, week by week, as one line."""
        limit = 15 if self.contact_limit is None else self.contact_limit
        weeks = sorted({c.week_start_on for c in self.contact_weeks})
        shares = []
        for week in weeks:
            by_days = self.contact(week)
            shares.append(WeekShare(week, sum(n for d, n in by_days.items() if d <= limit), sum(by_days.values())))
        return {"Schools within promise": shares} if shares else {}


def read_facts(connection: psycopg.Connection[Any], week: date, late: Sequence[LateSource] = ()) -> Facts:
    """Everything a digest of that week needs.

    Raises:
        SchoolwardError: when the marts do not hold the week.
    """
    head = _one(connection, _HEAD, week=week, next_week=week + timedelta(weeks=1))
    if not head["n_schools"]:
        raise SchoolwardError(
            f"The marts hold no week that starts on {week}. Name a Monday they hold, or none for the latest."
        )
    as_of: datetime = head["as_of"]
    last = connection.execute("select max(data_as_of) from alerts.digest where week_start_on < %s", (week,)).fetchone()
    since = (last[0] if last else None) or as_of - timedelta(days=7)
    first = week - timedelta(weeks=N_WEEKS_SHOWN - 1)
    limits = _one(connection, _LIMITS, week=week)
    with connection.cursor(row_factory=class_row(UnitWeek)) as cursor:
        unit_weeks = cursor.execute(_UNIT_WEEKS, {"first": first, "week": week}).fetchall()
    with connection.cursor(row_factory=class_row(ContactWeek)) as cursor:
        contact_weeks = cursor.execute(_CONTACT_WEEKS, {"first": first, "week": week}).fetchall()
    with connection.cursor(row_factory=class_row(AlertFact)) as cursor:
        alerts = cursor.execute(_ALERTS, {"week": week, "as_of": as_of, "since": since}).fetchall()
    dismissed = _one(connection, _DISMISSED, as_of=as_of)
    return Facts(
        week_start_on=week,
        as_of=as_of,
        since=since,
        n_schools=head["n_schools"],
        n_partnership=head["n_partnership"],
        n_service=head["n_service"],
        n_compounded=head["n_compounded"],
        n_contact_unknown=head["n_contact_unknown"],
        contact_limit=limits["contact_limit"],
        kept_promise=limits["kept_promise"],
        unit_weeks=unit_weeks,
        contact_weeks=contact_weeks,
        alerts=alerts,
        n_dismissed=dismissed["n"],
        late=late,
    )


def _one(connection: psycopg.Connection[Any], query: str, **values: Any) -> dict[str, Any]:
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query, values).fetchone()
    return row or {}


_HEAD = """
    select
        -- the data's now, as evaluation reads it (the newest of its rows, for sources have clocks of their own); a digest of
        -- the week that is over is written in the next one and tells what happened until then
        greatest(
            max(w.data_as_of),
            (select max(data_as_of) from marts.school_underserved_reason_week where week_start_on <= %(next_week)s)
        ) as as_of,
        count(*) as n_schools,
        count(*) filter (where w.is_partnership_underserved) as n_partnership,
        count(*) filter (where w.is_service_underserved) as n_service,
        count(*) filter (where w.is_compounded) as n_compounded,
        count(*) filter (where p.school_key is null or p.status = 'insufficient_data'
                         or p.instructional_days_since_contact is null) as n_contact_unknown
    from marts.school_underserved_week as w
    left join marts.partnership_school_week as p using (week_start_on, school_key)
    where w.week_start_on = %(week)s
"""
_LIMITS = """
    select
        max(act_threshold) filter (where rule_id = 'partnership_contact_gap')::float8 as contact_limit,
        max(act_threshold) filter (where rule_id = 'service_promise_kept')::float8 as kept_promise
    from marts.school_underserved_reason_week
    where week_start_on = %(week)s
"""
_UNIT_WEEKS = """
    select week_start_on, unit_id, max(unit_name) as unit_name,
           coalesce(sum(n_promises_kept), 0)::bigint as n_kept, coalesce(sum(n_promises_due), 0)::bigint as n_due,
           coalesce(sum(n_open), 0)::bigint as n_open, coalesce(sum(n_ageing), 0)::bigint as n_ageing
    from marts.service_school_unit_week
    where week_start_on between %(first)s and %(week)s
    group by week_start_on, unit_id
"""
_CONTACT_WEEKS = """
    select week_start_on, coalesce(network_name, 'No network') as network_name,
           instructional_days_since_contact::integer as days, count(*) as n_schools
    from marts.partnership_school_week
    where week_start_on between %(first)s and %(week)s
        and instructional_days_since_contact is not null and status <> 'insufficient_data'
    group by 1, 2, 3
"""
_ALERTS = """
    select a.alert_key, a.rule_id, a.flag_kind, a.school_key, a.school_name, a.unit_id, a.unit_name, a.owner_target,
           a.severity, a.reason, a.since_on, a.due_on, a.opened_at, a.resolved_at, a.state, a.is_disputed, a.is_digest_only,
           a.parent_alert_key, a.escalated_at is not null as is_escalated, a.n_schools, w.need_quartile,
           coalesce(w.is_compounded, false) as is_compounded, (a.evidence ->> 'act_threshold')::float8 as act_threshold
    from alerts.alert as a
    left join marts.school_underserved_week as w on w.school_key = a.school_key and w.week_start_on = %(week)s
    where a.state <> 'dismissed' and a.opened_at <= %(as_of)s and (a.resolved_at is null or a.resolved_at > %(since)s)
    order by a.alert_key
"""
_DISMISSED = """
    select count(*) as n from alerts.alert
    where state = 'dismissed' and resolved_at is null and opened_at <= %(as_of)s
"""
