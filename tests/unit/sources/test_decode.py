"""Decoding pages: nothing undeclared gets in, nothing declared gets lost, and one bad record costs only itself."""

import hashlib
import hmac
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolward.errors import DriftError
from schoolward.ingest.decode import Decoder, Only, nulled
from schoolward.sources import oneroster, servicenow
from schoolward.sources.base import Hashed, Record

KEY = b"a key of the tests"


def page(rows: list[Any], name: str = "result", **style: Any) -> bytes:
    return json.dumps({name: rows}, **({"separators": (",", ":")} | style)).encode()


def incident(n: int = 1, **fields: str) -> dict[str, str]:
    empty = {f.encode_name: "" for f in msgspec.structs.fields(servicenow.Incident)}
    return empty | {
        "sys_id": f"{n:032x}",
        "number": f"INC{n:07}",
        "state": "2",
        "opened_at": "2026-01-05 08:00:00",
        "sys_updated_on": "2026-01-05 09:30:00",
        **fields,
    }


def incidents() -> Decoder[servicenow.Incident]:
    return Decoder(servicenow.Incident, ("sys_id",), "result", KEY)


def staff() -> Decoder[oneroster.User]:
    is_staff = Only(("roles[]", "role"), lambda roles: any(role != "student" for role in roles))
    return Decoder(oneroster.User, ("sourced_id",), "users", KEY, only=(is_staff,))


def user(name: str, *roles: str, **fields: Any) -> dict[str, Any]:
    held = [{"role": role, "roleType": "primary", "org": {"sourcedId": f"org of {role}"}} for role in roles]
    return {"sourcedId": name, "givenName": "Secret", "familyName": "Name", "roles": held, **fields}


class Everything(Record, kw_only=True, frozen=True):
    id: str
    n: int | None = None
    x: float | None = None
    is_on: bool | None = None
    at: datetime | None = None
    on: date | None = None
    tags: list[str] | None = None


texts = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ['":""', '""', ':""', "\\", '\\"', ": ", '"', ""]
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | texts,
    lambda v: st.lists(v, max_size=3) | st.dictionaries(texts, v, max_size=3),
)


def without_empty_member_values(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: None if v == "" else without_empty_member_values(v) for k, v in value.items()}
    return [without_empty_member_values(v) for v in value] if isinstance(value, list) else value


@given(
    value=json_values,
    separators=st.sampled_from([(",", ":"), (", ", ": "), (" , ", " : "), (",", ":\n\t")]),
    ascii_only=st.booleans(),
)
def test_nulling_changes_empty_member_values_and_nothing_else(
    value: Any, separators: tuple[str, str], ascii_only: bool
) -> None:
    body = json.dumps(value, separators=separators, ensure_ascii=ascii_only).encode()
    assert json.loads(nulled(body)) == without_empty_member_values(value)


stamps = st.datetimes(datetime(1970, 1, 2), datetime(2099, 1, 1)).map(lambda d: d.replace(microsecond=0))  # noqa: DTZ001 - zoneless is the point
everything = st.builds(
    Everything,
    id=texts.filter(bool),
    n=st.none() | st.integers(-(2**53), 2**53),
    x=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    is_on=st.none() | st.booleans(),
    at=st.none() | stamps,
    on=st.none() | st.dates(),
    tags=st.none(),
)


@given(records=st.lists(everything, max_size=5), indent=st.sampled_from([None, 1]))
def test_all_strings_decode_to_their_types_with_stamps_in_utc(records: list[Everything], indent: int | None) -> None:
    def text(value: Any) -> str:
        if value is None:
            return ""
        return str(value).lower() if isinstance(value, bool) else str(value)

    rows = [{f: text(getattr(r, f)) for f in r.__struct_fields__} for r in records]
    decoded = Decoder(Everything, ("id",), "result", KEY).decode(json.dumps({"result": rows}, indent=indent).encode())
    assert not decoded.rejects
    for record, got in zip(records, decoded.records, strict=True):
        assert got == msgspec.structs.replace(record, at=record.at and record.at.replace(tzinfo=UTC))


def test_a_stamp_with_an_offset_becomes_utc() -> None:
    [record] = (
        Decoder(Everything, ("id",), "r", KEY)
        .decode(page([{"id": "a", "at": "2026-01-05T08:00:00+02:00"}], "r"))
        .records
    )
    assert (record.at, record.at and record.at.utcoffset()) == (datetime(2026, 1, 5, 6, tzinfo=UTC), timedelta(0))


@given(bad=st.sets(st.integers(0, 6), max_size=6), wrong=st.sampled_from(["soon", "12:00", "2026-13-01 00:00:00"]))
def test_malformed_records_never_cost_their_neighbours(bad: set[int], wrong: str) -> None:
    rows = [incident(n, **({"opened_at": wrong} if n in bad else {})) for n in range(7)]
    decoded = incidents().decode(page(rows))
    assert [r.sys_id for r in decoded.records] == [f"{n:032x}" for n in range(7) if n not in bad]
    assert [r.key for r in decoded.rejects] == [f"{n:032x}" for n in sorted(bad)]


def test_a_reject_tells_key_reason_and_sound_declared_fields_only() -> None:
    row = incident(3, opened_at="when Ann Lee called", short_description="Ann Lee fell ill", priority="2")
    [reject] = incidents().decode(page([incident(1), row])).rejects
    assert reject.key == f"{3:032x}"
    assert "opened_at" in reject.reason
    assert reject.fields["priority"] == 2
    assert "opened_at" not in reject.fields
    assert "Ann Lee" not in repr(reject)


def test_undeclared_fields_are_named_and_never_kept() -> None:
    decoded = incidents().decode(page([incident(1, short_description="Ann Lee fell ill")]))
    assert decoded.new_fields == {"short_description"}
    assert "Ann Lee" not in repr(decoded.records) + repr(decoded.new_fields)


def test_a_declared_field_that_no_row_carries_is_told_and_left_empty() -> None:
    rows = [incident(n) for n in range(3)]
    for row in rows:
        del row["category"]
    decoded = incidents().decode(page(rows))
    assert decoded.vanished_fields == {"category"}
    assert [r.category for r in decoded.records] == [None] * 3


def test_a_field_that_one_row_carries_has_not_vanished() -> None:
    rows = [incident(n) for n in range(9)]
    for row in rows[1:]:
        del row["category"]
    assert not incidents().decode(page(rows)).vanished_fields


def test_a_required_field_gone_from_every_row_stops_the_load() -> None:
    rows = [incident(n) for n in range(3)]
    for row in rows:
        del row["state"]
    with pytest.raises(DriftError, match="none of the 3 records of a page has the field `state`"):
        incidents().decode(page(rows))


def test_a_page_malformed_throughout_in_one_way_stops_the_load() -> None:
    with pytest.raises(DriftError, match="all 5 records of a page are malformed in the same way"):
        incidents().decode(page([incident(n, state="Closed") for n in range(5)]))


def test_a_lone_empty_row_is_a_reject_not_drift() -> None:
    decoded = incidents().decode(page([{}]))
    assert [(r.key, r.fields) for r in decoded.rejects] == [(None, {})]


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"result":[{"sys_id":"1"', b"<html>", b"[]", b'{"result":{}}', b'{"rows":[]}', b"null"]
)
def test_a_body_that_is_no_page_is_refused(body: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        incidents().decode(body)


def test_students_ids_are_keyed_hashes_in_records_and_rejects() -> None:
    decoder = Decoder(oneroster.Enrollment, ("sourced_id",), "enrollments", KEY)
    good = {
        "sourcedId": "enrolment-7",
        "user": {"sourcedId": "student-7"},
        "school": {"sourcedId": "s1"},
        "role": "student",
    }
    decoded = decoder.decode(page([good, good | {"beginDate": "last week"}], "enrollments"))
    expected = hmac.new(KEY, b"student-7", hashlib.sha256).hexdigest()
    assert decoded.records[0].user == expected
    assert decoded.rejects[0].fields["user"] == expected
    assert decoded.rejects[0].key == hmac.new(KEY, b"enrolment-7", hashlib.sha256).hexdigest()
    assert "student-7" not in repr(decoded.records) + repr(decoded.rejects)


def test_the_hash_needs_the_key() -> None:
    row = {"sourcedId": "e", "user": {"sourcedId": "u"}, "school": {"sourcedId": "s"}}
    hashes = {
        Decoder(oneroster.Enrollment, (), "r", k).decode(page([row], "r")).records[0].user for k in (b"one", b"two")
    }
    assert len(hashes) == 2


def test_two_systems_spellings_of_an_email_address_hash_alike() -> None:
    mine = Decoder(servicenow.SysUser, ("sys_id",), "result", KEY)
    row = {"sys_id": "1", "sys_updated_on": "2026-01-05 08:00:00"}
    [theirs] = staff().decode(page([user("t", "teacher", email=" Ann.Lee@Lakeside.example")], "users")).records
    [ours] = mine.decode(page([row | {"email": "ann.lee@lakeside.example"}])).records
    assert isinstance(ours.email_hash, Hashed)
    assert ours.email_hash == theirs.email_hash


def test_only_staff_become_records() -> None:
    rows = [user("a", "student"), user("b", "student", "teacher"), user("c", "principal"), user("d")]
    assert [r.sourced_id for r in staff().decode(page(rows, "users")).records] == ["b", "c"]


def test_a_malformed_user_who_may_be_a_student_leaves_no_trace_of_who() -> None:
    rows = [
        user("sam", "student", enabledUser="maybe"),
        user("kim", enabledUser="maybe", roles="?"),
        user("joy", "teacher", enabledUser="maybe"),
    ]
    decoded = staff().decode(page(rows, "users"))
    assert [(r.key, dict(r.fields)) for r in decoded.rejects] == [(None, {}), ("joy", {"sourced_id": "joy"})]


def test_each_role_of_a_user_is_a_record_and_families_roles_are_not() -> None:
    is_staff = Only(("roles[]", "role"), lambda roles: any(role != "parent" for role in roles))
    decoder = Decoder(oneroster.UserRole, ("user_sourced_id",), "users", KEY, only=(is_staff,))
    decoded = decoder.decode(page([user("a", "teacher", "parent", "principal")], "users"))
    assert [(r.user_sourced_id, r.role, r.org_sourced_id) for r in decoded.records] == [
        ("a", "teacher", "org of teacher"),
        ("a", "principal", "org of principal"),
    ]


def test_mapped_metadata_comes_as_text_number_or_flag_however_the_vendor_types_it() -> None:
    places = {"level": ("metadata", "school.level"), "n_enrolled": ("metadata", "enrolled"), "state_id": None}
    decoder = Decoder(oneroster.Org, ("sourced_id",), "orgs", KEY, places=places)
    base = {"name": "A", "type": "school"}
    rows = [
        base | {"sourcedId": "1", "metadata": {"school.level": 3, "enrolled": "412", "principalHome": "secret"}},
        base | {"sourcedId": "2", "metadata": {"school.level": "high", "enrolled": 412}},
        base | {"sourcedId": "3", "metadata": {"school.level": "", "enrolled": ""}},
        base | {"sourcedId": "4"},
    ]
    records = decoder.decode(page(rows, "orgs")).records
    assert [(r.level, r.n_enrolled, r.state_id) for r in records] == [
        ("3", 412, None),
        ("high", 412, None),
        (None, None, None),
        (None, None, None),
    ]


@pytest.mark.parametrize("value", ["true", "TRUE", True, "1", 1])
def test_flags_in_metadata_are_flags_in_any_spelling(value: Any) -> None:
    decoder = Decoder(
        oneroster.Demographic, ("sourced_id",), "demographics", KEY, places={"is_low_income": ("metadata", "frl")}
    )
    [record] = decoder.decode(
        page([{"sourcedId": "1", "birthDate": "2012-01-01", "metadata": {"frl": value}}], "demographics")
    ).records
    assert record.is_low_income is True


def test_a_skipped_first_row_is_left_out_of_everything() -> None:
    decoded = incidents().decode(
        page([incident(1, state="?"), incident(2)]), skip_first=lambda row: b'"INC0000001"' in bytes(row)
    )
    assert (decoded.n_skipped, [r.number for r in decoded.records], decoded.rejects, len(decoded.rows)) == (
        1,
        ["INC0000002"],
        (),
        1,
    )
