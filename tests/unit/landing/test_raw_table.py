"""A stream's DDL follows from its record."""

from schoolward.ingest.raw_table import ddl, qualified
from schoolward.sources.base import Record, Stream, all_streams


class Odd(Record, frozen=True):
    sys_id: str
    user: str | None = None


def test_history_tables_have_one_current_version_a_key_and_source() -> None:
    statement = ddl(Stream("servicenow", "odd", Odd, ("sys_id",), "Odd."))
    assert 'create table if not exists "raw_servicenow"."odd"' in statement
    assert '"sys_id" text not null' in statement
    assert '"user" text,' in statement
    assert 'on "raw_servicenow"."odd" ("sys_id", "_source") where _is_current' in statement
    assert '"odd_load_id" on "raw_servicenow"."odd" using brin (_load_id)' in statement


def test_student_tables_stand_apart_and_keep_no_history() -> None:
    stream = Stream("oneroster", "odd", Odd, ("sys_id",), "Odd.", is_student=True)
    assert qualified(stream) == '"student"."oneroster_odd"'
    assert "_seen_to" not in ddl(stream)
    assert "where _is_current" not in ddl(stream)


def test_a_field_a_newer_record_declares_is_added() -> None:
    statement = ddl(Stream("servicenow", "odd", Odd, ("sys_id",), "Odd."))
    assert 'alter table "raw_servicenow"."odd" add column if not exists "user" text;' in statement
    assert 'add column if not exists "sys_id"' not in statement


def test_every_declared_stream_has_a_table_whose_names_postgres_does_not_cut() -> None:
    for stream in all_streams():
        assert set(stream.key) <= {column.name for column in stream.columns}
        assert len(f"{stream.table}_current_key") <= 63
        assert not any(column.name.startswith("_") for column in stream.columns)
