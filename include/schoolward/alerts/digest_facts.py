"""What the weekly digest knows: one read of the marts and the alerts, as plain frozen facts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import class_row, dict_row

from schoolward.alerts.freshness import LateSource
from schoolward.alerts.pictures import WeekShare
from schoolward.alerts.record_questions import RecordQuestion
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
    came_back_at: datetime | None
    """When it slipped again within 30 days of its recovery, last; this and the next two are moments of the data's clock."""
    verified_at: datetime | None
    """When its recovery had held 30 days."""
    corrected_at: datetime | None
    """When the record it was opened on was put right, so that nothing had slipped."""


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
    """Live ones, and those resolved, verified or withdrawn since ``since``."""
    n_dismissed: int
    questions: Sequence[AlertFact] = ()
    """Those nobody has answered yet; for case managers alone."""
    late: Sequence[LateSource] = ()
    asked: Sequence[RecordQuestion] = ()
    """What is worth asking about the records of the last month that was over."""

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


_FOREVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Moment:
    """What was known when. Without arguments: now, the week still running included."""

    as_of: datetime | None = None
    """The data's "now" (UTC) that the digest tells; None asks the marts."""
    published_until: datetime = _FOREVER
    """Values published at a later "now" of the data are not known yet."""
    recorded_until: datetime = _FOREVER
    """Neither is what was written later by the wall clock: two builds may have had the same "now"."""
    alert_version_id: int | None = None
    """Nor a later version of an alert."""

    @property
    def is_live(self) -> bool:
        return self.as_of is None


LIVE = Moment()


def read_facts(
    connection: psycopg.Connection[Any], week: date, late: Sequence[LateSource] = (),
    asked: Sequence[RecordQuestion] = (), moment: Moment = LIVE,
) -> Facts:  # fmt: skip
    """Everything a digest of that week needs, as it was known at a moment.

    Weeks that are over come from what was published of them, so that a digest told again tells the same.

    Raises:
        SchoolwardError: when nothing was known of the week.
    """
    first = week - timedelta(weeks=N_WEEKS_SHOWN - 1)
    known = {
        "first": first, "week": week, "is_live": moment.is_live, "published_until": moment.published_until,
        "recorded_until": moment.recorded_until, "version": moment.alert_version_id,
    }  # fmt: skip
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_WEEKS, known).fetchall()
    head = next((r for r in rows if r["week_start_on"] == week and r["scope_type"] == "district"), None)
    if head is None:
        raise SchoolwardError(
            f"The marts hold no week that starts on {week}. Name a Monday they hold, or none for the latest."
        )
    as_of: datetime = moment.as_of or _one(connection, _NOW, week=week, next_week=week + timedelta(weeks=1))["as_of"]
    since = _one(connection, _LAST_DIGEST, **known)["at"] or as_of - timedelta(days=7)
    told = {**known, "as_of": as_of, "since": since}
    with connection.cursor(row_factory=class_row(AlertFact)) as cursor:
        found = cursor.execute(_ALERTS, told).fetchall()
    return Facts(
        week_start_on=week,
        as_of=as_of,
        since=since,
        n_schools=head["n_schools"],
        n_partnership=head["n_partnership_underserved"],
        n_service=head["n_service_underserved"],
        n_compounded=head["n_compounded"],
        n_contact_unknown=head["n_schools"] - head["n_contact_judged"],
        contact_limit=_plain(head["contact_limit_days"]),
        kept_promise=_plain(head["promise_kept_limit"]),
        unit_weeks=[_unit_week(r) for r in rows if r["scope_type"] == "unit"],
        contact_weeks=[c for r in rows if r["scope_type"] == "network" for c in _contact_weeks(r)],
        alerts=[a for a in found if a.severity != "question"],
        n_dismissed=_one(connection, _DISMISSED, **told)["n"],
        questions=[a for a in found if a.severity == "question"],
        late=late,
        asked=asked,
    )


def _unit_week(row: dict[str, Any]) -> UnitWeek:
    return UnitWeek(
        row["week_start_on"], row["scope_id"], row["scope_name"], row["n_promises_kept"], row["n_promises_due"],
        row["n_open"], row["n_ageing"],
    )  # fmt: skip


def _contact_weeks(row: dict[str, Any]) -> list[ContactWeek]:
    counted = Counter(row["days_since_contact"])
    return [ContactWeek(row["week_start_on"], row["scope_name"], days, n) for days, n in sorted(counted.items())]


def _plain(value: Any) -> float | None:
    return None if value is None else float(value)


def _one(connection: psycopg.Connection[Any], query: str, **values: Any) -> dict[str, Any]:
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query, values).fetchone()
    return row or {}


_LAST_DIGEST = """
    select max(data_as_of) as at from alerts.digest where week_start_on < %(week)s and enqueued_at < %(recorded_until)s
"""
_NOW = """
    select
        -- the data's now, as evaluation reads it (the newest of its rows, for sources have clocks of their own); a digest of
        -- the week that is over is written in the next one and tells what happened until then
        greatest(
            (select max(data_as_of) from marts.school_underserved_week where week_start_on = %(week)s),
            (select max(data_as_of) from marts.school_underserved_reason_week where week_start_on <= %(next_week)s)
        ) as as_of
"""
_WEEK_COLUMNS = """
    week_start_on, scope_type, scope_id, scope_name, n_schools, n_partnership_underserved, n_service_underserved, n_compounded,
    n_contact_judged, days_since_contact, contact_limit_days, promise_kept_limit, n_promises_kept, n_promises_due, n_open, n_ageing
"""
_WEEKS = f"""
    select {_WEEK_COLUMNS} from (
        select distinct on (week_start_on, scope_type, scope_id) *
        from marts.leadership_digest_week_published
        where week_start_on between %(first)s and %(week)s and published_at <= %(published_until)s and recorded_at <= %(recorded_until)s
        order by week_start_on, scope_type, scope_id, revision_no desc
    ) as told
    where not is_withdrawn
    union all
    select {_WEEK_COLUMNS} from marts.leadership_digest_week as running
    where %(is_live)s and week_start_on between %(first)s and %(week)s
        and not exists (
            select 1 from marts.leadership_digest_week_published as told where told.week_start_on = running.week_start_on
        )
"""
_KNOWN_VERSIONS = """
    select alert_key, version_id, as_of_at, content from alerts.alert_version
    where as_of_at <= %(as_of)s and recorded_at <= %(recorded_until)s
        and (%(version)s::bigint is null or version_id <= %(version)s)
"""
_ALERTS_THEN = f"""
    select (jsonb_populate_record(null::alerts.alert, version.content)).*
    from (
        select distinct on (alert_key) content from ({_KNOWN_VERSIONS}) as known order by alert_key, version_id desc
    ) as version
"""
_ALERTS = f"""
    with school_then as (
        select school_key, need_quartile, is_compounded from (
            select distinct on (school_key) *
            from marts.school_underserved_week_published
            where week_start_on = %(week)s and published_at <= %(published_until)s and recorded_at <= %(recorded_until)s
            order by school_key, revision_no desc
        ) as told
        where not is_withdrawn
        union all
        select school_key, need_quartile, is_compounded from marts.school_underserved_week
        where %(is_live)s and week_start_on = %(week)s
            and not exists (select 1 from marts.school_underserved_week_published where week_start_on = %(week)s)
    )
    select a.alert_key, a.rule_id, a.flag_kind, a.school_key, a.school_name, a.unit_id, a.unit_name, a.owner_target,
           a.severity, a.reason, a.since_on, a.due_on, a.opened_at, a.resolved_at, a.state, a.is_disputed, a.is_digest_only,
           a.parent_alert_key, a.escalated_at is not null as is_escalated, a.n_schools, w.need_quartile,
           coalesce(w.is_compounded, false) as is_compounded, (a.evidence ->> 'act_threshold')::float8 as act_threshold,
           turned.came_back_at, a.verified_at, turned.corrected_at
    from ({_ALERTS_THEN}) as a
    left join school_then as w on w.school_key = a.school_key
    -- The first version that says so tells when; an alert itself keeps the week only, and a withdrawn one when it had recovered.
    cross join lateral (
        select
            min(known.as_of_at) filter (where (known.content ->> 'n_came_back')::int = a.n_came_back) as came_back_at,
            min(known.as_of_at) filter (where known.content ->> 'state' = 'corrected') as corrected_at
        from ({_KNOWN_VERSIONS}) as known
        where known.alert_key = a.alert_key and (a.n_came_back > 0 or a.state = 'corrected')
    ) as turned
    where a.opened_at <= %(as_of)s
        and case
            when a.severity = 'question' then a.state in ('open', 'acknowledged', 'snoozed')
            when a.state = 'dismissed' then false
            when a.state = 'corrected' then turned.corrected_at > %(since)s
            else a.resolved_at is null or a.resolved_at > %(since)s or a.verified_at > %(since)s
        end
    order by a.alert_key
"""
_DISMISSED = f"""
    select count(*) as n from ({_ALERTS_THEN}) as a
    where state = 'dismissed' and resolved_at is null and opened_at <= %(as_of)s
"""
