"""The raw table of a stream: which columns it has, and the DDL that makes and widens it.

A raw table keeps every version of a record ever seen, as half-open intervals ``[_seen_from, _seen_to)`` in the source's
own time; students' tables keep only what was last seen.
"""

from schoolward.sources.base import Column, Stream

HISTORY_COLUMNS: tuple[tuple[str, str], ...] = (
    ("_source", "text not null"),
    ("_seen_from", "timestamptz not null"),
    ("_seen_to", "timestamptz"),
    ("_is_current", "boolean not null"),
    ("_is_deleted", "boolean not null"),
    ("_fingerprint", "uuid not null"),
    ("_load_id", "bigint not null"),
)
"""What landing adds to every version. A deletion is a version too: the last values, with ``_is_deleted``."""

STUDENT_COLUMNS: tuple[tuple[str, str], ...] = (
    ("_source", "text not null"),
    ("_seen_from", "timestamptz not null"),
    ("_load_id", "bigint not null"),
)
"""What landing adds to a student's row: when it was last seen, and by which load."""


def quoted(name: str) -> str:
    """A name as an SQL identifier; vendors call columns ``user``, ``order`` and worse."""
    return '"' + name.replace('"', '""') + '"'


def qualified(stream: Stream) -> str:
    """The stream's raw table, schema and all, as SQL."""
    return f"{quoted(stream.schema)}.{quoted(stream.table)}"


def landing_columns(stream: Stream) -> tuple[tuple[str, str], ...]:
    """Name and SQL type of the columns landing adds to the stream's own."""
    return STUDENT_COLUMNS if stream.is_student else HISTORY_COLUMNS


def ddl(stream: Stream) -> str:
    """Idempotent DDL of the stream's raw table and its indexes, without the schema.

    Run again after the record has gained a field, it adds the column. Only the key is ``not null``: a field that has become
    required says nothing about the versions we already hold.
    """
    table = qualified(stream)
    columns = [_definition(column, stream) for column in stream.columns]
    columns += [f"{quoted(name)} {sql_type}" for name, sql_type in landing_columns(stream)]
    statements = [
        f"create table if not exists {table} (\n  " + ",\n  ".join(columns) + "\n)",
        *(
            f"alter table {table} add column if not exists {quoted(column.name)} {column.sql_type}"
            for column in stream.columns
            if column.name not in stream.key
        ),
        *_indexes(stream),
    ]
    return ";\n".join(statements) + ";\n"


def _definition(column: Column, stream: Stream) -> str:
    return f"{quoted(column.name)} {column.sql_type}" + (" not null" if column.name in stream.key else "")


def _indexes(stream: Stream) -> tuple[str, ...]:
    table = qualified(stream)
    # The key first: led by _source, which nearly every row shares, the planner would walk the whole index for a few keys.
    key = ", ".join(quoted(name) for name in (*stream.key, "_source"))
    only_current = "" if stream.is_student else " where _is_current"
    return (
        f"create unique index if not exists {quoted(f'{stream.table}_current_key')} on {table} ({key}){only_current}",
        # Loads append in the order of their ids, so block ranges find "above what I hold" at a cost near nothing.
        f"create index if not exists {quoted(f'{stream.table}_load_id')} on {table} using brin (_load_id) with (autosummarize = on)",
        *(
            f"create index if not exists {quoted(f'{stream.table}_{column}')} on {table} ({quoted(column)})"
            for column in stream.lookups
        ),
    )
