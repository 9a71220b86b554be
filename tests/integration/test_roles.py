"""Each role can do its part and nothing else."""

from types import SimpleNamespace

import psycopg
import pytest

from schoolward.warehouse.connection import Role, connect
from schoolward.warehouse.setup import prepare

ALLOWED: list[tuple[Role, str]] = [
    ("loader", "insert into raw_servicenow.incident (sys_id, number, sys_updated_on, _source, _seen_from, _is_current, _is_deleted, _fingerprint, _load_id) "
               "values ('a', 'INC1', now(), 'helpdesk', now(), true, false, '{fingerprint}', 1)"),
    ("loader", "delete from student.oneroster_enrollments"),
    ("loader", "create temporary table stage (a int)"),
    ("loader", "select * from config.source"),
    ("transformer", "select * from raw_servicenow.incident"),
    ("transformer", "select * from student.oneroster_enrollments"),
    ("transformer", "create table marts.built_by_dbt (a int)"),
    ("transformer", "create table staging.built_by_dbt (a int)"),
    ("transformer", "select alert_key, rule_id, resolved_at from alerts.alert"),
    ("transformer", "select school_key, parent_alert_key, is_digest_only from alerts.alert"),
    ("transformer", "select alert_key, action from alerts.alert_action"),
    ("reader", "select * from marts.for_bi"),
    ("alerter", "select * from marts.for_bi"),
    ("alerter", "select * from config.recipient"),
    ("alerter", "delete from alerts.outbox"),
]  # fmt: skip

REFUSED: list[tuple[Role, str]] = [
    ("loader", "create table raw_servicenow.mine (a int)"),
    ("loader", "select * from marts.for_bi"),
    ("loader", "select * from alerts.alert"),
    ("loader", "delete from config.source"),
    ("transformer", "delete from raw_servicenow.incident"),
    ("transformer", "update ops.watermark set cursor = null"),
    ("transformer", "select owner_target from alerts.alert"),
    ("transformer", "select owner_staff_id from alerts.alert"),
    ("transformer", "select actor from alerts.alert_action"),
    ("transformer", "select target from alerts.outbox"),
    ("transformer", "create table public.mine (a int)"),
    ("reader", "select * from raw_servicenow.incident"),
    ("reader", "select * from student.oneroster_enrollments"),
    ("reader", "select * from core.made_by_dbt"),
    ("reader", "select * from alerts.alert"),
    ("reader", "select * from ops.quarantine"),
    ("reader", "create table marts.mine (a int)"),
    ("reader", "set default_transaction_read_only to off; delete from marts.for_bi"),
    ("alerter", "select * from raw_servicenow.incident"),
    ("alerter", "select * from student.oneroster_enrollments"),
    ("alerter", "delete from marts.for_bi"),
]  # fmt: skip


@pytest.fixture(scope="module")
def marts(warehouse: SimpleNamespace) -> SimpleNamespace:
    with connect("transformer") as connection:
        connection.execute("create table marts.for_bi (a int); create table core.made_by_dbt (a int)")
    return warehouse


def _fingerprint() -> str:
    with connect("owner") as connection:
        row = connection.execute(
            "select data_type from information_schema.columns where table_schema = 'raw_servicenow' and table_name = 'incident' and column_name = '_fingerprint'"
        ).fetchone()
    assert row is not None
    return "00000000-0000-0000-0000-000000000000" if row[0] == "uuid" else "\\x00"


@pytest.mark.parametrize(("role", "statement"), ALLOWED, ids=lambda value: str(value)[:60])
def test_a_role_can_do_its_part(marts: SimpleNamespace, role: Role, statement: str) -> None:
    with connect(role) as connection:
        connection.execute(statement.replace("{fingerprint}", _fingerprint()))  # type: ignore[arg-type]
        connection.rollback()


@pytest.mark.parametrize(("role", "statement"), REFUSED, ids=lambda value: str(value)[:60])
def test_a_role_cannot_do_another_part(marts: SimpleNamespace, role: Role, statement: str) -> None:
    with (
        connect(role) as connection,
        pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)),
    ):
        connection.execute(statement)  # type: ignore[arg-type]


def test_preparing_again_changes_nothing_and_keeps_what_was_landed(marts: SimpleNamespace) -> None:
    with connect("loader") as connection:
        connection.execute(ALLOWED[0][1].replace("{fingerprint}", _fingerprint()))  # type: ignore[arg-type]
    prepare(marts.district)
    with connect("owner") as connection:
        assert connection.execute("select count(*) from raw_servicenow.incident").fetchone() == (1,)
        assert connection.execute("select count(*) from config.service_unit").fetchone() == (8,)
