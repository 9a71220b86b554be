"""The Ed-Fi module against the replay server, over real HTTP: whatever its version, every row comes once, and what went is told."""

import hmac
from collections.abc import Callable
from typing import Any

import pytest

from schoolward.errors import AccessRefusedError, CompletenessError, SchoolwardError, SourceError
from schoolward.sample.replay.client import RunningServer
from schoolward.sources.base import Page, Pull, stream_named
from schoolward.sources.edfi import EdFi

from .conftest import NEXT_DAY

VERSIONS = ["5.2", "5.3", "6.1", "7.1", "7.3"]
ALL = {1000 + n for n in range(60)}
Make = Callable[..., EdFi]


def pull(source: EdFi, stream: str, **how: Any) -> Pull:
    return source.pull(stream_named(source, stream), **how)


def records(pull: Pull) -> list[Any]:
    return [record for page in pull for record in page.records]


def ids(pull: Pull) -> list[int]:
    return sorted(record.school_id for record in records(pull))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("size", [1, 7, 60, 500])
def test_every_school_comes_once_whatever_the_version(
    ods: RunningServer, source: Make, version: str, size: int
) -> None:
    ods.set_behaviour(version=version)
    asked = pull(source(page_size=size), "schools")
    assert ids(asked) == sorted(ALL)
    assert (asked.n_told, asked.is_whole) == (60, True)
    assert asked.cursor == {"version": 71, "ods": "/data/v3", "api_year": None}


@pytest.mark.parametrize("version", ["7.1", "7.3"])
def test_a_host_with_a_lower_limit_gets_smaller_questions(ods: RunningServer, source: Make, version: str) -> None:
    ods.set_behaviour(version=version, max_limit=13)
    assert ids(pull(source(), "schools")) == sorted(ALL)


def test_a_school_keeps_descriptors_whole_and_gives_the_codes_that_are_asked_for(source: Make) -> None:
    [first, *_] = records(pull(source(school_code_system="School", state_id_system="uri://ed-fi.org/X#SEA"), "schools"))
    assert (first.school_code, first.state_id, first.local_education_agency_id) == ("0000", "S0", 1)
    assert first.grade_levels == [f"uri://ed-fi.org/GradeLevelDescriptor#{grade} grade" for grade in ("Ninth", "Tenth")]


def test_staff_come_without_names_and_with_the_hash_of_the_work_address(source: Make) -> None:
    asked = pull(source(staff_id_system="District"), "staffs")
    pages: list[Page] = list(asked)
    [first, *_] = [record for page in pages for record in page.records]
    assert (first.staff_unique_id, first.hr_staff_id) == ("U0", "E0")
    assert first.email_hash == hmac.digest(b"key", b"staff0@lakeside.example", "sha256").hex()
    assert "Ann" not in str(pages)
    assert not pages[0].new_fields


def test_needs_are_read_from_what_still_holds(source: Make) -> None:
    needs = records(pull(source(need={}), "student_education_organization_associations"))
    flags = [(r.is_low_income, r.is_english_learner, r.has_disability) for r in needs]
    assert flags == [(True, False, False), (False, False, False), (False, True, False), (False, False, True)]
    assert {len(r.student) for r in needs} == {64}


@pytest.mark.parametrize("version", ["5.3", "6.1", "7.1", "7.3"])
def test_a_later_pull_brings_what_changed_and_tells_what_went(ods: RunningServer, source: Make, version: str) -> None:
    ods.set_behaviour(version=version)
    opened = source(overlap_versions=0)
    first = pull(opened, "schools")
    records(first)
    ods.set_clock(NEXT_DAY)
    later = pull(opened, "schools", cursor=first.cursor)
    changed = records(later)
    assert {(r.school_id, r.name) for r in changed} == {
        (1007, "School 7, renamed"), (1009, "School 9"), (1060, "School 60"),
    }  # fmt: skip
    assert (list(later.gone_keys), later.is_whole) == ([(1008,)], False)


def test_the_last_versions_are_read_again_each_time(ods: RunningServer, source: Make) -> None:
    opened = source(overlap_versions=20)
    first = pull(opened, "schools")
    records(first)
    assert len(records(pull(opened, "schools", cursor=first.cursor))) == 20 - 9


def test_a_renamed_session_leaves_its_old_key(ods: RunningServer, source: Make) -> None:
    opened = source(overlap_versions=0)
    first = pull(opened, "sessions")
    records(first)
    ods.set_clock(NEXT_DAY)
    later = pull(opened, "sessions", cursor=first.cursor)
    assert [r.session_name for r in records(later)] == ["Autumn"]
    assert list(later.gone_keys) == [(1001, 2026, "Fall")]


def test_an_event_taken_off_a_date_is_seen(ods: RunningServer, source: Make) -> None:
    opened = source(overlap_versions=0)
    first = pull(opened, "calendar_dates")
    before = {str(r.day): r.events for r in records(first)}
    assert len(before["2025-09-02"]) == 2
    ods.set_clock(NEXT_DAY)
    [changed] = records(pull(opened, "calendar_dates", cursor=first.cursor))
    assert changed.events == ["uri://ed-fi.org/CalendarEventDescriptor#Holiday"]


@pytest.mark.parametrize(
    ("cursor", "behaviour"),
    [
        ({"version": 10_000, "ods": "/data/v3", "api_year": None}, {}),
        ({"version": 1, "ods": "/data/v3/2025", "api_year": None}, {}),
        ({"version": 1, "ods": "/data/v3", "api_year": None}, {"has_change_queries": False}),
        ({"version": 1, "ods": "/data/v3", "api_year": None}, {"version": "5.2"}),
        ({"version": 1, "ods": "/data/v3", "api_year": None}, {"forbidden": ["schools/deletes"]}),
    ],
    ids=["restored", "another ODS", "no change queries", "deletes without keys", "deletes refused"],
)
def test_everything_is_read_where_changes_cannot_be_told(
    ods: RunningServer, source: Make, cursor: dict[str, Any], behaviour: dict[str, Any]
) -> None:
    ods.set_clock(NEXT_DAY)
    ods.set_behaviour(**behaviour)
    asked = pull(source(), "schools", cursor=cursor)
    assert ids(asked) == sorted((ALL - {1008}) | {1060})
    assert asked.is_whole


@pytest.mark.parametrize("version", ["7.1", "7.3"])
def test_rows_that_change_between_pages_are_not_lost(ods: RunningServer, source: Make, version: str) -> None:
    """Three schools leave the window while it is read; whoever walks upwards would never see those that move up a page."""
    ods.set_behaviour(version=version)
    opened = source(page_size=5, overlap_versions=1000)
    cursor = {"version": 71, "ods": "/data/v3", "api_year": None}
    opened.check()
    ods.set_behaviour(seconds_a_page=20 * 3600)
    got = set(ids(pull(opened, "schools", cursor=cursor)))
    assert ALL - got <= {1007, 1008, 1009}


def test_a_year_specific_ods_is_found_and_keeps_to_its_year(ods: RunningServer, source: Make) -> None:
    ods.set_behaviour(version="6.1", api_year=2026)
    asked = pull(source(api_year=2026), "schools")
    assert {r.api_year for r in records(asked)} == {2026}
    assert asked.cursor == {"version": 71, "ods": "/data/v3/2026", "api_year": 2026}
    with pytest.raises(SourceError, match="a \\[\\[source\\]\\] of its own"):
        pull(source(api_year=2027), "schools", cursor=asked.cursor)


def test_one_token_serves_every_task(ods: RunningServer, source: Make) -> None:
    ods.set_behaviour(max_tokens=1)
    for _ in range(3):
        assert len(records(pull(source(), "schools"))) == 60


def test_too_many_tokens_are_told_in_a_sentence(ods: RunningServer, source: Make) -> None:
    ods.set_behaviour(max_tokens=0)
    with pytest.raises(SchoolwardError, match=r"too many access tokens.*Wait until one expires"):
        records(pull(source(), "schools"))


@pytest.mark.parametrize("version", ["7.1", "7.3"])
def test_a_token_that_ends_on_the_way_is_renewed(ods: RunningServer, source: Make, version: str) -> None:
    ods.set_behaviour(version=version)
    ods.set_faults({"kind": "unauthorized", "path": "ed-fi/schools", "after": 3})
    assert ids(pull(source(page_size=10), "schools")) == sorted(ALL)


@pytest.mark.parametrize("version", ["7.1", "7.3"])
def test_a_refused_resource_is_told_in_the_words_of_the_version(ods: RunningServer, source: Make, version: str) -> None:
    ods.set_behaviour(version=version, forbidden=["sessions"])
    opened = source()
    with pytest.raises(AccessRefusedError, match="could not be authorized"):
        records(pull(opened, "sessions"))
    [finding] = opened.check()
    assert "/ed-fi/sessions does not let us read it" in finding


@pytest.mark.parametrize("version", ["7.1", "7.3"])
@pytest.mark.parametrize("kind", ["missing_row", "shrinking_count"])
def test_rows_that_do_not_come_are_noticed(ods: RunningServer, source: Make, version: str, kind: str) -> None:
    ods.set_behaviour(version=version)
    ods.set_faults({"kind": kind, "path": r"ed-fi/schools\?", "times": None})
    with pytest.raises(CompletenessError, match="second try"):
        records(pull(source(page_size=10), "schools"))


@pytest.mark.parametrize("fault", [{"kind": "truncated"}, {"kind": "cut"}, {"kind": "error", "status": 503}])
def test_troubles_that_pass_do_no_harm(ods: RunningServer, source: Make, fault: dict[str, Any]) -> None:
    ods.set_faults({**fault, "path": "ed-fi/schools", "after": 2})
    assert ids(pull(source(page_size=10), "schools")) == sorted(ALL)


def test_one_malformed_school_does_not_lose_its_neighbours(ods: RunningServer, source: Make) -> None:
    ods.set_faults(
        {"kind": "malformed_record", "path": "ed-fi/schools", "field": "nameOfInstitution", "value": 7, "row": 3}
    )
    pages = list(pull(source(), "schools"))
    assert sum(len(page.records) for page in pages) == 59
    [reject] = [reject for page in pages for reject in page.rejects]
    assert reject.key == "1003"


def test_a_new_member_is_noted_by_name(ods: RunningServer, source: Make) -> None:
    ods.set_faults({"kind": "new_field", "path": "ed-fi/schools", "field": "_ext2", "value": {"secret": 1}})
    assert {name for page in pull(source(), "schools") for name in page.new_fields} == {"_ext2"}


def test_an_address_that_is_no_ods_is_told(ods: RunningServer, source: Make) -> None:
    ods.set_faults({"kind": "error", "status": 404, "path": "^/$", "times": None})
    with pytest.raises(SourceError, match="where an Ed-Fi ODS/API describes itself"):
        records(pull(source(), "schools"))
