"""Decoding Zendesk: every shape that accounts give comes out as one, and nobody's words or addresses come along."""

from datetime import UTC, datetime
from typing import Any, cast

import msgspec
import pytest

from schoolward.connections import Connection
from schoolward.district import SourceConfig
from schoolward.sources.base import Page
from schoolward.sources.zendesk import STREAMS, Zendesk

OPTIONS: dict[str, Any] = {
    "ticket_fields": {"category": 101, "subcategory": "102", "school_code": 103},
    "organization_code_field": "code",
    "staff_id_pattern": "E[0-9]{5}",
    "kept_tags": ["blocks_class"],
}
AT = "2026-01-05T08:00:00Z"


def page(stream: str, *rows: Any, **options: Any) -> Page:
    """The rows as a page of the stream."""
    config = SourceConfig("fd", "zendesk", "fd", "0 4 * * *", {**OPTIONS, **options}, 1440)
    source = Zendesk(cast(Any, None), config, Connection("fd", "http", "127.0.0.1", None, "svc", "pw"), b"key")
    collection = source._collection(next(s for s in STREAMS if s.name == stream))
    return collection.page([msgspec.Raw(msgspec.json.encode(row)) for row in rows])


def one(stream: str, row: Any, **options: Any) -> Any:
    found = page(stream, row, **options)
    assert found.rejects == ()
    [record] = found.records
    return record


def ticket(**members: Any) -> dict[str, Any]:
    return {"id": 7, "status": "open", "created_at": AT, "updated_at": AT, **members}


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("hvac", "hvac"), ("007", "007"), ("", None), (None, None), (True, "true"), (False, "false"), (12, "12"), (1.5, "1.5"), (2.0, "2"),
        (["hvac", "roof"], "hvac roof"), ([], None), ({"name": "Ann Lee"}, None),
    ],
)  # fmt: skip
def test_a_custom_fields_value_is_text_whatever_its_type_has_become(value: Any, kept: str | None) -> None:
    assert one("tickets", ticket(custom_fields=[{"id": 101, "value": value}])).category == kept


@pytest.mark.parametrize(
    "fields",
    [
        [{"id": 103, "value": "0042"}, {"id": 999, "value": "Ann Lee"}],
        [{"id": "103", "value": "0042"}],
        {"103": "0042", "999": "Ann Lee"},
    ],
)
def test_mapped_custom_fields_are_found_by_number_in_a_list_or_an_object(fields: Any) -> None:
    record = one("tickets", ticket(custom_fields=fields))
    assert (record.category, record.subcategory, record.school_code) == (None, None, "0042")


def test_custom_fields_that_are_not_mapped_are_not_read() -> None:
    record = one("tickets", ticket(custom_fields=[{"id": 101, "value": "hvac"}]), ticket_fields={})
    assert (record.category, record.subcategory, record.school_code) == (None, None, None)


def test_a_mapped_field_that_no_ticket_has_is_noted() -> None:
    found = page("tickets", ticket(custom_fields=[{"id": 101, "value": "x"}]))
    assert {"custom_fields.subcategory", "custom_fields.school_code"} <= found.vanished_fields
    assert "custom_fields.category" not in found.vanished_fields


@pytest.mark.parametrize(
    ("via", "channel"),
    [
        ({"channel": "web", "source": {"from": {"address": "ann@x.example"}}}, "web"),
        ("Web form", "Web form"),
        (None, None),
        ({}, None),
    ],
)
def test_how_a_ticket_came_in_is_kept_without_from_whom(via: Any, channel: str | None) -> None:
    assert one("tickets", ticket(via=via)).via_channel == channel


def test_numbers_may_come_as_texts() -> None:
    record = one("tickets", ticket(id="7", group_id="12", follower_ids=["1", 2], generated_timestamp="1767600000"))
    assert (record.id, record.group_id, record.follower_ids, record.generated_timestamp) == (7, 12, [1, 2], 1767600000)


def test_of_tags_only_those_the_district_named_and_the_vendors_own_are_kept() -> None:
    tags = ["ann_lee_fell_ill", "blocks_class", "closed_by_merge"]
    assert one("tickets", ticket(tags=tags)).tags == ["blocks_class", "closed_by_merge"]
    assert one("organizations", {"id": 1, "tags": ["blocks_class", "x"]}).tags == ["blocks_class"]


def test_the_remains_of_a_deleted_ticket_need_no_more_than_id_and_status() -> None:
    record = one("tickets", {"id": 7, "status": "deleted", "subject": "SCRUBBED", "custom_fields": None, "via": None})
    assert (record.id, record.status, record.created_at, record.tags) == (7, "deleted", None, None)


@pytest.mark.parametrize(
    ("external_id", "options", "kept"),
    [
        ("E00017", {}, "E00017"),
        ("20431", {}, None),
        (20431, {}, None),
        (20431, {"staff_id_pattern": "[0-9]{5}"}, "20431"),
        ("E00017", {"staff_id_pattern": None}, None),
        ("E000179", {}, None),
        (None, {}, None),
    ],
)
def test_an_external_id_that_is_no_employee_number_may_be_a_students_and_is_not_kept(
    external_id: Any, options: dict[str, Any], kept: str | None
) -> None:
    assert one("users", {"id": 1, "external_id": external_id}, **options).external_id == kept


def test_of_an_address_the_hash_and_the_domain_are_kept() -> None:
    record = one("users", {"id": 1, "name": "Ann Lee", "email": " Ann.Lee@Lakeside.Example "})
    same = one("users", {"id": 2, "email": "ann.lee@lakeside.example"})
    assert record.email_hash == same.email_hash
    assert len(record.email_hash) == 64
    assert (record.email_domain, one("users", {"id": 3, "email": None}).email_domain) == ("lakeside.example", None)


@pytest.mark.parametrize(
    ("field", "row", "code"),
    [
        ("code", {"organization_fields": {"code": "0042", "phone": "555"}}, "0042"),
        ("code", {"organization_fields": {"code": 42}}, "42"),
        ("code", {"organization_fields": None}, None),
        ("external_id", {"external_id": "0042"}, "0042"),
        ("external_id", {"external_id": 42}, "42"),
        (None, {"external_id": "0042", "organization_fields": {"code": "1"}}, None),
    ],
)
def test_a_schools_code_is_read_from_where_the_district_keeps_it(field: Any, row: Any, code: str | None) -> None:
    assert one("organizations", {"id": 1, **row}, organization_code_field=field).school_code == code


def audit(*children: Any, **members: Any) -> dict[str, Any]:
    told = {"id": 900, "ticket_id": 7, "created_at": AT, "updater_id": 3, "via": "Web form", "event_type": "Audit"}
    return {**told, **members, "child_events": list(children)}


def events(*children: Any, **members: Any) -> list[tuple[Any, ...]]:
    found = page("ticket_events", audit(*children, **members))
    assert found.rejects == ()
    return [(r.child_id, r.event_type, r.field_name, r.value, r.previous_value) for r in cast(Any, found.records)]


def test_a_change_is_told_by_the_key_of_the_field_with_the_old_value_beside_it() -> None:
    assert events(
        {"id": 1, "event_type": "Change", "status": "solved", "previous_value": "open", "via": "Web form"}
    ) == [(1, "Change", "status", "solved", "open")]


def test_a_change_may_be_written_as_audits_write_it() -> None:
    assert events({"id": 1, "type": "Change", "field_name": "group_id", "value": "12", "previous_value": "11"}) == [
        (1, "Change", "group_id", "12", "11")
    ]


def test_a_creation_tells_every_coded_field_it_set_and_no_text() -> None:
    created = {
        "id": 1,
        "event_type": "Create",
        "status": "new",
        "group_id": 12,
        "priority": None,
        "subject": "Ann Lee",
        "type": "incident",
    }
    assert sorted(events(created)) == [
        (1, "Create", "group_id", "12", None),
        (1, "Create", "status", "new", None),
        (1, "Create", "type", "incident", None),
    ]


def test_several_changes_in_one_event_each_have_their_own_old_value() -> None:
    change = {
        "id": 1,
        "event_type": "Change",
        "status": "open",
        "group_id": 2,
        "previous_value": {"status": "new", "group_id": 1},
    }
    assert sorted(events(change)) == [(1, "Change", "group_id", "2", "1"), (1, "Change", "status", "open", "new")]


@pytest.mark.parametrize(
    "change",
    [
        {"custom_ticket_fields": {"101": "roof", "999": "Ann Lee"}},
        {"custom_fields": [{"id": 101, "value": "roof"}]},
        {"field_name": "101", "value": "roof"},
        {"field_name": 101, "value": ["roof"]},
        {"101": "roof"},
        {"custom_fields_101": "roof"},
        {"field_name": "custom_field_101", "value": "roof"},
    ],
)
def test_a_mapped_custom_fields_change_goes_by_our_name(change: dict[str, Any]) -> None:
    assert events({"id": 1, "event_type": "Change", "previous_value": "hvac", **change}) == [
        (1, "Change", "category", "roof", "hvac")
    ]


@pytest.mark.parametrize(
    ("child", "is_public", "author"),
    [
        (
            {"type": "Comment", "event_type": "Comment", "public": True, "author_id": 3, "body": "Ann Lee fell ill"},
            True,
            3,
        ),
        ({"event_type": "Comment", "comment_present": True, "comment_public": False}, False, None),
        ({"type": "Comment", "public": "false", "author_id": "3"}, False, 3),
        ({"event_type": "comment", "comment_public": True, "public": True, "author_id": 3}, True, 3),
    ],
)
def test_of_a_comment_is_kept_that_it_was_written_by_whom_and_for_whom(
    child: Any, is_public: bool, author: Any
) -> None:
    [event] = cast(Any, page("ticket_events", audit({"id": 1, **child})).records)
    assert (event.event_type, event.field_name, event.is_public, event.author_id) == (
        "Comment",
        "comment",
        is_public,
        author,
    )
    assert (event.value, event.previous_value) == (None, None)


def test_an_event_that_says_no_comment_is_there_is_none() -> None:
    assert events({"id": 1, "event_type": "Comment", "comment_present": False}) == []


@pytest.mark.parametrize(
    "kind", ["Notification", "NotificationWithCcs", "Cc", "Error", "External", "SatisfactionRating", "Organization"]
)
def test_other_kinds_of_events_are_left_out(kind: str) -> None:
    assert events({"id": 1, "event_type": kind, "body": "Ann Lee", "subject": "x", "status": "open"}) == []


def test_tags_in_events_are_kept_as_on_tickets() -> None:
    assert events({"id": 1, "event_type": "Change", "tags": ["a", "blocks_class"], "previous_value": "a b"}) == [
        (1, "Change", "tags", "blocks_class", None)
    ]
    assert events({"id": 1, "event_type": "Change", "tags": ["ann_lee"], "previous_value": []}) == []


def test_tickets_merged_into_this_one_are_an_event() -> None:
    assert events(merged_ticket_ids=[12, 13]) == [(0, "Merge", "merged_ticket_ids", "12 13", None)]


def test_children_without_ids_are_told_apart_by_their_order() -> None:
    children = [{"event_type": "Change", "status": "open"}, {"status": "solved", "via": "Email"}]
    assert [(event[0], event[3]) for event in events(*children)] == [(1, "open"), (2, "solved")]


def test_an_audit_of_one_ticket_is_an_event_too() -> None:
    row = {
        "id": 900, "ticket_id": 7, "created_at": AT, "author_id": 3, "via": {"channel": "api"},
        "metadata": {"system": {"ip_address": "192.0.2.7", "location": "Springfield"}},
        "events": [{"id": 1, "type": "Change", "field_name": "status", "value": "open", "previous_value": "new"}],
    }  # fmt: skip
    event = one("ticket_events", row)
    assert (event.updater_id, event.via_channel, event.value) == (3, "api", "open")


def test_what_a_rule_did_within_an_update_is_the_rules() -> None:
    children = [
        {"id": 1, "event_type": "Change", "status": "open"},
        {"id": 2, "type": "Comment", "public": True, "author_id": 3, "via": "Rule"},
        {"id": 3, "event_type": "Change", "priority": "high", "via": {"channel": "rule"}},
        {"id": 4, "event_type": "Change", "type": "task", "via": None},
    ]
    found = page("ticket_events", audit(*children, via="Web form"))
    assert [record.via_channel for record in found.records] == ["Web form", "Rule", "rule", "Web form"]
    assert found.new_fields == frozenset()


def test_an_event_without_a_date_has_its_timestamp() -> None:
    row = audit({"id": 1, "event_type": "Change", "status": "open"}, created_at=None, timestamp=1767600000)
    assert one("ticket_events", row).occurred_at == datetime(2026, 1, 5, 8, tzinfo=UTC)


def test_an_event_that_cannot_be_read_is_set_aside_without_losing_its_neighbours() -> None:
    good = audit({"id": 1, "event_type": "Change", "status": "open"})
    found = page("ticket_events", good, {**good, "id": 901, "ticket_id": "Ann Lee"}, "Ann Lee", {**good, "id": 902})
    assert [r.audit_id for r in cast(Any, found.records)] == [900, 902]
    assert len(found.rejects) == 2
    assert "Ann Lee" not in repr(found.rejects)


def test_a_metric_events_target_is_seconds_however_it_is_told() -> None:
    base = {"id": 1, "ticket_id": 7, "metric": "reply_time", "type": "apply_sla", "time": AT}
    told = {
        "target": 60,
        "target_in_seconds": 3600,
        "business_hours": True,
        "policy": {"id": 9, "description": "Ann Lee"},
    }
    for member, sla in (
        ("sla", told),
        ("sla", {k: v for k, v in told.items() if k != "target_in_seconds"}),
        ("group_sla", told),
    ):
        record = one("ticket_metric_events", {**base, member: sla})
        assert (record.sla_target_seconds, record.sla_is_business_hours, record.sla_policy_id) == (3600, True, 9)


def test_a_metric_event_of_a_status_has_its_minutes() -> None:
    row = {
        "id": 1,
        "ticket_id": 7,
        "metric": "reply_time",
        "type": "update_status",
        "time": AT,
        "status": {"calendar": 5, "business": 2},
    }
    record = one("ticket_metric_events", row)
    assert (record.status_calendar_minutes, record.status_business_minutes, record.sla_policy_id) == (5, 2, None)


def test_an_sla_policy_is_a_record_for_each_target() -> None:
    metrics = [
        {"priority": "high", "metric": "first_reply_time", "target": 60, "business_hours": True},
        {"priority": "low", "metric": "first_reply_time", "target_in_seconds": 7200, "business_hours": False},
    ]
    found = page(
        "sla_policies", {"id": 9, "title": "All", "position": 1, "filter": {"all": []}, "policy_metrics": metrics}
    )
    assert [(r.policy_id, r.priority, r.target_minutes) for r in cast(Any, found.records)] == [
        (9, "high", 60),
        (9, "low", 120),
    ]


def test_a_schedule_is_a_record_for_each_stretch() -> None:
    intervals = [{"start_time": 1920, "end_time": 2400}, {"start_time": 3360, "end_time": 3840}]
    found = page("schedules", {"id": 1, "name": "S", "time_zone": "Central Time (US & Canada)", "intervals": intervals})
    assert [(r.starts_minute, r.ends_minute) for r in cast(Any, found.records)] == [(1920, 2400), (3360, 3840)]


def test_no_words_names_or_places_come_out_of_any_stream() -> None:
    told = "Ann Lee"
    rows: dict[str, dict[str, Any]] = {
        "tickets": ticket(subject=told, raw_subject=told, description=told, recipient=told, custom_fields=[{"id": 999, "value": told}],
                          fields=[{"id": 101, "value": told}], via={"channel": "email", "source": {"from": {"name": told}}}, tags=[told]),
        "users": {"id": 1, "name": told, "alias": told, "phone": told, "notes": told, "details": told, "email": f"{told}@x.example",
                  "external_id": told, "user_fields": {"a": told}, "photo": {"file_name": told}, "last_login_at": told},
        "organizations": {"id": 1, "notes": told, "details": told, "organization_fields": {"other": told}, "tags": [told]},
        "groups": {"id": 1, "description": told},
        "ticket_events": audit(
            {"id": 1, "event_type": "Comment", "public": True, "body": told, "html_body": told, "plain_body": told},
            {"id": 2, "event_type": "Create", "subject": told, "description": told, "status": "new", "custom_ticket_fields": {"999": told}},
            {"id": 3, "type": "Change", "field_name": "subject", "value": told, "previous_value": told},
            system={"client": told, "location": told, "ip_address": told}, metadata={"system": {"location": told}},
        ),
        "ticket_metric_events": {"id": 1, "ticket_id": 7, "metric": "m", "type": "t", "time": AT, "sla": {"policy": {"title": told}}},
        "sla_policies": {"id": 1, "description": told, "filter": {"all": [{"value": told}]},
                         "policy_metrics": [{"priority": "low", "metric": "m", "target": 1, "business_hours": True}]},
        "schedules": {"id": 1, "intervals": [{"start_time": 1, "end_time": 2}]},
        "holidays": {"id": 1, "schedule_id": 1, "start_date": "2026-01-01", "end_date": "2026-01-01"},
    }  # fmt: skip
    assert set(rows) == {s.name for s in STREAMS}
    for stream, row in rows.items():
        found = page(stream, row)
        assert found.rejects == ()
        assert found.records
        assert told not in repr(found)
        assert found.new_fields == frozenset()


def test_a_field_nobody_has_declared_is_noted_by_name_alone() -> None:
    for stream, row in (
        ("tickets", ticket(new_thing="Ann Lee")),
        ("ticket_events", audit({"id": 1, "status": "open"}, new_thing="Ann Lee")),
    ):
        found = page(stream, row)
        assert found.new_fields == {"new_thing"}
        assert "Ann Lee" not in repr(found)
