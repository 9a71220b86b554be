"""Reading the alerts, and writing what a plan changes to them; every function works in its caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from schoolward.alerts.observed import Alert, OpeningRecord
from schoolward.alerts.plan import Change, Opening
from schoolward.alerts.rules import rule
from schoolward.alerts.states import State
from schoolward.errors import SchoolwardError

ACTOR = "schoolward"
_LOCK = 7_302_009  # any constant: evaluations wait for each other


def lock(connection: psycopg.Connection[Any]) -> None:
    """Let one evaluation at a time through, until the transaction ends."""
    connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))


def latest_week(connection: psycopg.Connection[Any]) -> date | None:
    """The Monday of the newest week the marts hold; None when they are empty.

    Raises:
        SchoolwardError: when the marts have not been built.
    """
    query = "select max(week_start_on) from marts.school_underserved_reason_week"
    try:
        row = connection.execute(query).fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        raise SchoolwardError(
            "marts.school_underserved_reason_week does not exist yet. Build the marts first: `schoolward transform`."
        ) from None
    return None if row is None else row[0]


def begin_changes(connection: psycopg.Connection[Any], now: datetime) -> None:
    """From here to the end of the transaction, versions of alerts count from this "now" of the data."""
    connection.execute("select set_config('schoolward.as_of', %s, true)", (now.isoformat(),))


def in_play(connection: psycopg.Connection[Any], timezone: str) -> list[Alert]:
    """Alerts that have not recovered, and those whose recovery may yet be verified, locked against people acting meanwhile."""
    query = """
        select alert_key as key, dedupe_key, rule_id, school_key, unit_id, state, owner_target, opened_week_on, due_on,
               last_seen_week_on, snoozed_until_on, is_digest_only, parent_alert_key as parent_key,
               escalated_at is not null as is_escalated, reason, n_schools, (resolved_at at time zone %s)::date as recovered_on,
               n_came_back, since_on, opening_record as record
        from alerts.alert
        where resolved_at is null
            or (
                state = 'resolved'
                and not exists (
                    select 1 from alerts.alert as later
                    where later.dedupe_key = alert.dedupe_key and later.episode > alert.episode
                )
            )
        order by alert_key
        for update of alert
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query, (timezone,)).fetchall()
    return [
        Alert(
            **{**row, "state": State(row["state"]), "record": OpeningRecord(**row["record"]) if row["record"] else None}
        )
        for row in rows
    ]


def last_episodes(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """The last episode's number by dedupe key."""
    return dict(connection.execute("select dedupe_key, max(episode) from alerts.alert group by dedupe_key").fetchall())


def announced(connection: psycopg.Connection[Any], week: date) -> dict[str, int]:
    """How many alerts of that week each owner was told of one by one."""
    query = """
        select owner_target, count(*) from alerts.alert
        where (opened_week_on = %(week)s or came_back_week_on = %(week)s) and not is_digest_only group by owner_target
    """
    return dict(connection.execute(query, {"week": week}).fetchall())


def open_alert(connection: psycopg.Connection[Any], o: Opening, week: date, now: datetime) -> None:
    """Write a new alert and its first action."""
    a = o.about
    school = (None, None) if o.is_parent else (a.school_key, a.school_name)
    values = {
        "alert_key": o.key, "dedupe_key": o.dedupe_key, "episode": o.episode, "rule_id": a.rule_id, "flag_kind": a.flag_kind,
        "school_key": school[0], "school_name": school[1], "unit_id": a.unit_id, "unit_name": a.unit_name,
        "owner_role": a.owner_role, "owner_staff_id": a.owner_staff_id, "owner_target": o.owner_target,
        "informed_role": a.informed_role, "severity": o.severity, "reason": o.reason, "n_schools": o.n_schools,
        "since_on": o.since_on, "due_on": o.due_on, "opened_week_on": week, "opened_at": now, "last_seen_week_on": week,
        "data_as_of": a.data_as_of, "state": State.OPEN.value, "is_digest_only": o.is_digest_only, "evidence": Jsonb(dict(o.evidence)),
        "toa_version_id": a.toa_version_id, "promise": rule(a.rule_id).promise_for(a.act_threshold, a.promise_text),
    }  # fmt: skip
    connection.execute(
        f"insert into alerts.alert ({', '.join(values)}) values ({', '.join(f'%({name})s' for name in values)})", values
    )
    write_action(connection, o.key, "opened", ACTOR, now, None, None, State.OPEN)


def change_alert(connection: psycopg.Connection[Any], change: Change, week: date, now: datetime) -> None:
    """Write what became of an alert; actions only where something happened."""
    seen, back = change.seen, change.came_back
    connection.execute(
        """
        update alerts.alert set
            state = %(state)s,
            due_on = %(due_on)s,
            snoozed_until_on = case when %(state)s = 'snoozed' then snoozed_until_on end,
            resolved_at = case when %(is_over)s then coalesce(resolved_at, %(now)s) end,
            resolved_week_on = case when %(is_over)s then coalesce(resolved_week_on, %(week)s::date) end,
            verified_at = case when %(state)s = 'verified' then coalesce(verified_at, %(now)s) end,
            last_seen_week_on = case when %(is_seen)s then %(week)s else last_seen_week_on end,
            data_as_of = coalesce(%(data_as_of)s, data_as_of),
            reason = coalesce(%(reason)s, reason),
            n_schools = coalesce(%(n_schools)s, n_schools),
            evidence = coalesce(%(evidence)s, evidence),
            opening_record = %(record)s,
            n_came_back = coalesce(%(n_came_back)s, n_came_back),
            came_back_week_on = case when %(n_came_back)s::int is null then came_back_week_on else %(week)s end,
            is_digest_only = coalesce(%(is_digest_only)s, is_digest_only),
            parent_alert_key = %(parent_key)s
        where alert_key = %(key)s
        """,
        {
            "state": change.state.value, "due_on": change.due_on, "is_over": change.is_recovered, "now": now, "week": week,
            "is_seen": seen is not None, "data_as_of": seen.data_as_of if seen else None, "reason": change.reason,
            "n_schools": change.n_schools, "evidence": Jsonb(dict(change.evidence)) if change.evidence else None,
            "record": Jsonb(asdict(change.record)) if change.record else None,
            "n_came_back": back.n_came_back if back else None, "is_digest_only": back.is_digest_only if back else None,
            "parent_key": change.parent_key, "key": change.alert.key,
        },
    )  # fmt: skip
    before = change.alert.state
    for action in change.actions:
        detail = change.corrected if action == "corrected" else None
        write_action(connection, change.alert.key, action, ACTOR, now, None, before, change.state, detail)
        before = change.state


def mark_escalated(connection: psycopg.Connection[Any], alerts: Sequence[Alert], now: datetime) -> None:
    """Remember that these have been told upward, once."""
    for alert in alerts:
        connection.execute("update alerts.alert set escalated_at = %s where alert_key = %s", (now, alert.key))
        write_action(connection, alert.key, "escalated", ACTOR, now, None, alert.state, alert.state)


def write_action(
    connection: psycopg.Connection[Any], key: str, action: str, actor: str, at: datetime, reason_code: str | None,
    before: State | None, after: State, detail: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Add to an alert's history; ``detail`` holds figures, never words that somebody typed."""
    connection.execute(
        "insert into alerts.alert_action (alert_key, action, actor, acted_at, reason_code, state_before, state_after, detail)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s)",
        (key, action, actor, at, reason_code, before, after, Jsonb(dict(detail)) if detail else None),
    )
