"""Making a warehouse ready: roles, schemas, rights, the tables that dbt does not own, and the district's settings.

Everything here may run again at any time; it only adds.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import psycopg
from psycopg import sql

from schoolward.alerts.tables import ddl as alerts_ddl
from schoolward.district import District
from schoolward.ingest.raw_table import ddl as raw_ddl
from schoolward.secrets import secret
from schoolward.sources.base import SYSTEMS, all_streams
from schoolward.warehouse import settings
from schoolward.warehouse.connection import LOGIN_ROLES, Role, connect, login
from schoolward.warehouse.ops_tables import OPS_DDL

RAW_SCHEMAS = tuple(f"raw_{system}" for system in SYSTEMS)
SUPERVISION = "schoolward_supervision"
"""Whose members see the numbers of single ILDs, beside what their own role may read: the ILDs' supervisors. Nobody logs in as it."""
DBT_SCHEMAS = ("staging", "core", "indicators", "marts", "seeds")
LEARNT_FROM_ALERTS = {
    "alert": (
        "alert_key", "dedupe_key", "episode", "rule_id", "school_key", "unit_id", "parent_alert_key", "is_digest_only",
        "opened_at", "resolved_at",
    ),
    "alert_action": ("alert_key", "action", "reason_code", "acted_at"),
}  # fmt: skip
"""What the models may read of the alerts: what slipped and where, was acted on and held; not who acted, nor whom it was told."""
_SETUP_LOCK = 7_302_001  # any constant: two set-ups at once wait for each other


def prepare(district: District) -> None:
    """Bring the warehouse to what this release and this district file need, in one transaction.

    Raises:
        SchoolwardError: when the server cannot be reached or the owner lacks the right to make roles.
    """
    with connect("owner") as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", (_SETUP_LOCK,))
        connection.execute("set local client_min_messages to warning")
        _roles(connection)
        _schemas(connection)
        connection.execute(OPS_DDL)
        connection.execute(alerts_ddl())
        for stream in all_streams():
            connection.execute(raw_ddl(stream))
        settings.write(connection, district)
        _rights(connection)


def _roles(connection: psycopg.Connection[Any]) -> None:
    for role in LOGIN_ROLES:
        name = sql.Identifier(login(role))
        known = connection.execute("select 1 from pg_roles where rolname = %s", (login(role),)).fetchone()
        if not known:
            connection.execute(sql.SQL("create role {}").format(name))
        connection.execute(
            sql.SQL("alter role {} login nosuperuser nocreatedb nocreaterole password {}").format(
                name, sql.Literal(secret(role))
            )
        )
        connection.execute(sql.SQL("alter role {} set timezone to 'UTC'").format(name))
    if not connection.execute("select 1 from pg_roles where rolname = %s", (SUPERVISION,)).fetchone():
        connection.execute(sql.SQL("create role {} nologin").format(sql.Identifier(SUPERVISION)))
    connection.execute(
        sql.SQL("alter role {} set default_transaction_read_only to on").format(sql.Identifier(login("reader")))
    )


def _schemas(connection: psycopg.Connection[Any]) -> None:
    for schema in (*RAW_SCHEMAS, "student", "ops", "config", "alerts"):
        connection.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(schema)))
    transformer = sql.Identifier(login("transformer"))
    connection.execute(sql.SQL("grant {} to current_user").format(transformer))  # to hand it its schemas
    for schema in DBT_SCHEMAS:
        connection.execute(
            sql.SQL("create schema if not exists {} authorization {}").format(sql.Identifier(schema), transformer)
        )


def _rights(connection: psycopg.Connection[Any]) -> None:
    """Each role gets what its part needs and nothing else; nobody gets anything by being PUBLIC."""
    database = connection.info.dbname
    _grant(connection, "revoke all on database {} from public", database)
    _grant(connection, "revoke all on schema {} from public", "public")
    for role in LOGIN_ROLES:
        connection.execute(
            sql.SQL("grant connect, temporary on database {} to {}").format(
                sql.Identifier(database), sql.Identifier(login(role))
            )
        )
    for schema in (*RAW_SCHEMAS, "student", "ops"):
        _allow(connection, "loader", schema, "select, insert, update, delete, truncate, maintain")
    for schema in (*RAW_SCHEMAS, "student", "ops", "config"):
        _allow(connection, "transformer", schema, "select")
    for schema in ("config", "ops"):
        _allow(connection, "alerter", schema, "select")
    _allow_columns(connection, "transformer", "alerts", LEARNT_FROM_ALERTS)
    _allow(connection, "loader", "config", "select")
    _allow(connection, "alerter", "alerts", "select, insert, update, delete")
    for schema in ("marts", "seeds"):
        _allow(connection, "reader", schema, "select", owner=login("transformer"))
        _allow(connection, "alerter", schema, "select", owner=login("transformer"))


def _grant(connection: psycopg.Connection[Any], statement: str, name: str) -> None:
    connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


def _allow(connection: psycopg.Connection[Any], role: Role, schema: str, verbs: str, owner: str | None = None) -> None:
    """Grant verbs on all tables of a schema, those to come included (made by ``owner``, default the one connected)."""
    if connection.info.server_version < 170_000:  # MAINTAIN came with PostgreSQL 17
        verbs = verbs.replace(", maintain", "")
    names = {"schema": sql.Identifier(schema), "role": sql.Identifier(login(role)), "verbs": sql.SQL(verbs)}
    by = sql.SQL("for role {}").format(sql.Identifier(owner)) if owner else sql.SQL("")
    sequences = sql.SQL("usage, select" if "insert" in verbs else "select")
    for statement in (
        "grant usage on schema {schema} to {role}",
        "grant {verbs} on all tables in schema {schema} to {role}",
        "alter default privileges {by} in schema {schema} grant {verbs} on tables to {role}",
        "grant {sequences} on all sequences in schema {schema} to {role}",
    ):
        connection.execute(sql.SQL(statement).format(**names, by=by, sequences=sequences))


def _allow_columns(
    connection: psycopg.Connection[Any], role: Role, schema: str, columns: Mapping[str, Iterable[str]]
) -> None:
    """Grant reading of some columns of some tables, and of nothing else in the schema."""
    names = {"schema": sql.Identifier(schema), "role": sql.Identifier(login(role))}
    connection.execute(sql.SQL("grant usage on schema {schema} to {role}").format(**names))
    for table, wanted in columns.items():
        connection.execute(
            sql.SQL("grant select ({columns}) on {schema}.{table} to {role}").format(
                **names, table=sql.Identifier(table), columns=sql.SQL(", ").join(map(sql.Identifier, wanted))
            )
        )
