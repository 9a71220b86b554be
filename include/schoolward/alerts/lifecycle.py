"""What people do to alerts, and the listing that shows them: the functions behind ``schoolward alerts acknowledge`` and its kin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import psycopg
from psycopg.rows import class_row, dict_row

from schoolward.alerts import messages
from schoolward.alerts.outbox import Content, enqueue
from schoolward.alerts.rules import rule
from schoolward.alerts.states import LIVE, Action, State, after_action
from schoolward.alerts.store import write_action
from schoolward.errors import SchoolwardError
from schoolward.warehouse.connection import connect

_UNKNOWN = "There is no alert {key!r}. `schoolward alerts list` shows those there are."


@dataclass(frozen=True, slots=True)
class AlertLine:
    """A line of the listing."""

    alert_key: str
    rule_id: str
    school_name: str | None
    unit_name: str | None
    owner_role: str
    severity: str
    state: str
    reason: str
    since_on: date | None
    due_on: date
    opened_week_on: date
    n_schools: int
    is_disputed: bool
    is_digest_only: bool
    parent_alert_key: str | None


def acknowledge(alert_key: str, actor: str) -> State:
    """The owner says: I have it. Stops the escalation."""
    return _act(alert_key, Action.ACKNOWLEDGE, actor)


def act(alert_key: str, actor: str) -> State:
    """Somebody works on the cause."""
    return _act(alert_key, Action.ACT, actor)


def snooze(alert_key: str, actor: str, until: date, reason_code: str) -> State:
    """Let it rest until a day of the data (work is planned); then it opens again unless the data have recovered."""
    return _act(alert_key, Action.SNOOZE, actor, reason_code, until)


def dismiss(alert_key: str, actor: str, reason_code: str) -> State:
    """Not a slipped promise, for a reason; the same breach does not alert again until the data have recovered once."""
    return _act(alert_key, Action.DISMISS, actor, reason_code)


def dispute(alert_key: str, actor: str, reason_code: str) -> State:
    """Somebody (often the school) says that a record behind it is wrong: the state stays, the doubt is shown, and the data
    engineers are told once, who can find which system's record it is."""
    return _act(alert_key, Action.DISPUTE, actor, reason_code)


def answer(alert_key: str, actor: str, reason_code: str) -> State:
    """What became of a question; the same silence is not asked about again until requests have come again."""
    return _act(alert_key, Action.ANSWER, actor, reason_code)


def _act(
    alert_key: str, action: Action, actor: str, reason_code: str | None = None, until: date | None = None
) -> State:
    if not actor.strip():
        raise SchoolwardError(f"{action} needs to know who does it. Give a name or a role.")
    with connect("alerter") as connection:
        row = connection.execute(
            "select state, (data_as_of at time zone 'UTC')::date, severity, rule_id, school_name, unit_name"
            " from alerts.alert where alert_key = %s for update",
            (alert_key,),
        ).fetchone()
        if row is None:
            raise SchoolwardError(_UNKNOWN.format(key=alert_key))
        before = State(row[0])
        after = after_action(before, action, reason_code, is_question=row[2] == "question")
        if until is not None and until <= row[1]:
            raise SchoolwardError(
                f"An alert cannot be snoozed until {until}: its data are already of {row[1]}. Give a later day."
            )
        connection.execute(
            "update alerts.alert set state = %s, snoozed_until_on = %s, is_disputed = is_disputed or %s where alert_key = %s",
            (after, _snoozed_until(connection, alert_key, after, until), action is Action.DISPUTE, alert_key),
        )
        write_action(connection, alert_key, action, actor, datetime.now(UTC), reason_code, before, after)
        if action is Action.DISPUTE:
            where = ", ".join(name for name in (row[4] or "all schools", row[5]) if name)
            _tell_engineers(connection, messages.disputed(alert_key, rule(row[3]).title, where, str(reason_code)),
                            f"dispute:{alert_key}:{reason_code}")  # fmt: skip
        return after


def _tell_engineers(connection: psycopg.Connection[Any], content: Content, key: str) -> None:
    engineers = connection.execute(
        "select distinct target, name from config.recipient where role = 'engineer'"
    ).fetchall()
    for target, name in engineers:
        enqueue(connection, f"{key}:{target}", "data_health", target, name, content)


def _snoozed_until(
    connection: psycopg.Connection[Any], alert_key: str, after: State, until: date | None
) -> date | None:
    """The day to wake on; a dispute of a snoozed alert leaves its day as it is."""
    if after is not State.SNOOZED or until is not None:
        return until
    row = connection.execute("select snoozed_until_on from alerts.alert where alert_key = %s", (alert_key,)).fetchone()
    return None if row is None else row[0]


def listing(*, states: Sequence[str] = tuple(sorted(LIVE)), unit_id: str | None = None) -> list[AlertLine]:
    """Alerts in the given states, most urgent and longest due first; all units unless one is named."""
    columns = ", ".join(AlertLine.__slots__)
    with connect("alerter") as connection, connection.cursor(row_factory=class_row(AlertLine)) as cursor:
        return cursor.execute(
            f"select {columns} from alerts.alert where state = any(%s) and (%s::text is null or unit_id = %s)"
            " order by severity = 'urgent' desc, due_on, alert_key",
            (list(states), unit_id, unit_id),
        ).fetchall()


@dataclass(frozen=True, slots=True)
class Deed:
    """A line of an alert's history."""

    action: str
    actor: str
    acted_at: datetime
    reason_code: str | None
    state_after: str
    detail: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Account:
    """Everything about one alert: its columns as they are, and what was done, oldest first."""

    alert: Mapping[str, Any]
    history: Sequence[Deed]


def account(alert_key: str) -> Account:
    """Everything about one alert.

    Raises:
        SchoolwardError: when there is none of that key.
    """
    with connect("alerter") as connection:
        with connection.cursor(row_factory=dict_row) as cursor:
            alert = cursor.execute("select * from alerts.alert where alert_key = %s", (alert_key,)).fetchone()
        if alert is None:
            raise SchoolwardError(_UNKNOWN.format(key=alert_key))
        with connection.cursor(row_factory=class_row(Deed)) as deeds:
            query = (
                f"select {', '.join(Deed.__slots__)} from alerts.alert_action where alert_key = %s order by action_id"
            )
            return Account(alert, deeds.execute(query, (alert_key,)).fetchall())


def counts() -> dict[str, int]:
    """Alerts by state, and messages waiting (``queued``) or given up (``failed``): for ``schoolward status``."""
    query = """
        select state, count(*) from alerts.alert group by state
        union all
        select state, count(*) from alerts.outbox where state in ('queued', 'failed') group by state
    """
    with connect("alerter") as connection:
        return dict(connection.execute(query).fetchall())
