"""What the records declare is all that is ever held: nobody's name, birth date or words are among it."""

import re
import typing
from typing import Any, cast

import pytest

from schoolward.connections import Connection
from schoolward.district import SourceConfig
from schoolward.sources import edfi, oneroster, servicenow, zendesk
from schoolward.sources.base import Column, Hashed, Stream
from schoolward.sources.servicenow import AUDITED_FIELDS, JOURNAL_FIELDS
from schoolward.sources.zendesk_shape import EVENT_FIELDS

FORBIDDEN = re.compile(
    r"(given|family|middle|first|last|preferred|user_?)_?name|birth|sex|race|ethnic|phone|sms|address|password|description|comment|"
    r"work_notes|close_notes|grades|ssn",
    re.IGNORECASE,
)
PLACES_AND_DAYS = {"school_id", "education_organization_id", "session_name", "entry_on", "event_on", "category"}
"""Parts of students' keys that say where, when and what, and not who."""
ALL = [*servicenow.STREAMS, *oneroster.STREAMS, *zendesk.STREAMS, *edfi.STREAMS]


@pytest.mark.parametrize("stream", ALL, ids=lambda s: f"{s.system}-{s.name}")
def test_no_stream_declares_a_field_that_tells_who_or_what_was_said(stream: Stream) -> None:
    in_clear = [c for c in stream.columns if not _is_hashed_log_in(stream, c)]
    assert not [c for c in in_clear if FORBIDDEN.search(c.name) or FORBIDDEN.search(c.vendor_name)]


def _is_hashed_log_in(stream: Stream, column: Column) -> bool:
    """A log-in name may be held as a keyed hash: it tells a requester's own comment from a reply, and nobody's name."""
    hint = typing.get_type_hints(stream.record)[column.name]
    return column.vendor_name == "user_name" and Hashed in typing.get_args(hint)


@pytest.mark.parametrize("stream", [s for s in ALL if s.is_student], ids=lambda s: s.name)
def test_students_are_known_by_keyed_hashes_alone(stream: Stream) -> None:
    hashed = {name for name, kind in stream.record.__annotations__.items() if kind is Hashed}
    assert set(stream.key) - hashed <= PLACES_AND_DAYS
    assert set(stream.key) & hashed
    assert {name for name in stream.record.__annotations__ if name in ("sourced_id", "user", "student")} <= hashed


def test_no_audited_field_holds_text() -> None:
    assert not [f for f in AUDITED_FIELDS if FORBIDDEN.search(f) or f in ("short_description", "number")]
    assert {"oldvalue", "newvalue"}.isdisjoint(servicenow.SysAuditJournal.__struct_fields__)
    assert set(JOURNAL_FIELDS).isdisjoint(AUDITED_FIELDS)


def test_no_field_of_a_ticket_whose_changes_are_kept_holds_text() -> None:
    assert not [f for f in EVENT_FIELDS if FORBIDDEN.search(f) or f in ("subject", "tags", "due_at", "recipient")]


def _oneroster(**options: Any) -> oneroster.OneRoster:
    config = SourceConfig("sis", "oneroster", "sis", "0 4 * * *", options, 1440)
    return oneroster.OneRoster(cast(Any, None), config, Connection("sis", host="sis.example"), b"key")


def test_students_rows_are_left_alone_where_nothing_is_to_be_counted_from_them() -> None:
    assert not [s for s in _oneroster().streams() if s.is_student]


def test_students_rows_are_read_where_the_district_maps_what_to_count() -> None:
    mapped = _oneroster(demographics_metadata={"is_low_income": "frl"})
    assert [s.name for s in mapped.streams() if s.is_student] == ["enrollments", "demographics"]


def test_only_the_streams_a_district_wants_are_offered() -> None:
    assert [s.name for s in _oneroster(streams=["orgs", "users"]).streams()] == ["orgs", "users"]


def test_ed_fi_reads_students_rows_only_where_need_is_to_be_counted() -> None:
    def streams(**options: Any) -> list[str]:
        config = SourceConfig("sis", "edfi", "sis", "0 4 * * *", options, 1440)
        source = edfi.EdFi(cast(Any, None), config, Connection("sis", host="sis.example"), b"key")
        return [stream.name for stream in source.streams() if stream.is_student]

    assert streams() == []
    assert streams(need={}) == [stream.name for stream in edfi.STREAMS if stream.is_student]
