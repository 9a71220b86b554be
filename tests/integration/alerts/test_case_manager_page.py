"""The weekly page of a case manager: whose queue it tells, in which order, and that it can be told again."""

import re
from datetime import timedelta

from tests.integration.alerts.made_up_marts import CASE_MANAGER, WEEK

from schoolward.alerts.digest_facts import read_facts
from schoolward.alerts.own import as_kept, page_of, read_own, to_keep
from schoolward.district import District, Recipient
from schoolward.warehouse.connection import connect


def _plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def _section(text: str, heading: str) -> str:
    """The lines under a heading, up to the next one."""
    found = re.search(rf"^{heading}\n(.*?)(?=^[A-Z ,:]{{8,}}$)", text, flags=re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[1]


def _own_rows(written) -> list[dict[str, object]]:
    query = "select * from marts.case_manager_school_week where week_start_on = %s and staff_id = %s"
    return written.owner.rows(query, [WEEK, CASE_MANAGER])


def test_a_case_manager_reads_of_every_school_of_theirs_and_of_no_other(written):
    text = _plain(written.text("case_manager"))
    own = _own_rows(written)
    assert len(own) == 9
    mine = _section(text, "MY SCHOOLS")
    for row in own:
        told = f"{row['n_open']} open, {row['n_past_promise']} past; the oldest, {row['oldest_request_number']}, {row['oldest_open_working_days']} working day"
        assert f"{row['school_name']}\n  {told}" in mine
    strange = written.owner.rows(
        "select school_name from marts.partnership_school_week where week_start_on = %s and school_key <> all(%s)",
        [WEEK, [row["school_key"] for row in own]],
    )
    assert [row["school_name"] for row in strange if row["school_name"] in text] == []


def test_requests_that_need_a_push_stand_urgent_first_then_by_what_is_left_of_their_promise_and_only_of_the_own_unit(
    written,
):
    told = re.findall(r"^(48\d{3})", _section(written.text("case_manager"), "PUSH THESE FIRST"), flags=re.MULTILINE)
    rows = written.owner.rows(
        "select * from marts.open_request_week where week_start_on = %s and unit_id = 'facilities' and school_key = any(%s)",
        [WEEK, [row["school_key"] for row in _own_rows(written)]],
    )
    ordered = sorted(rows, key=lambda r: (r["priority"] != 1, r["promise_left_business_minutes"]))
    assert told == [r["request_number"] for r in ordered[:8]]
    assert ordered[0]["priority"] == 1


def test_a_school_gone_quiet_stands_there_until_its_question_is_answered_and_only_with_its_own_case_manager(written):
    quiet = _section(written.text("case_manager"), "GONE QUIET: TO BE ASKED")
    assert "Quiet 03 School" in quiet
    assert "Quiet 43 School" in quiet
    assert "Quiet 13 School" not in quiet  # another unit asks there
    assert "Quiet 39 School" not in quiet  # another case manager does
    for reader in ("cabinet", "facilities", "ild"):
        assert "gone quiet" not in written.text(reader).lower()


def test_what_keeps_coming_back_is_told_with_how_often_and_at_how_many_schools(written):
    told = _section(written.text("case_manager"), "KEEPS COMING BACK")
    assert (
        "In four weeks Prairie Prep 5 times, Prairie Middle School 4 times, Prairie Academy 3 times; at 6 schools of the district"
        in told
    )


def test_the_case_managers_own_promises_are_told_and_no_other_units(written):
    text = written.text("case_manager")
    assert "Requests left to age · Facilities and Maintenance" in text
    for strange in ("Information Technology", "Human Resources", "No substantive contact"):
        assert strange not in text


def test_what_a_page_about_own_schools_knew_is_read_again_as_it_was_kept(written, lakeside_district: District):
    readers = [r for r in lakeside_district.recipients if r.role in ("ild", "case_manager")]
    assert len(readers) == 3
    with connect("alerter") as connection:
        for reader in readers:
            known = read_own(connection, WEEK, WEEK, reader)
            assert known is not None
            assert known.schools
            kept = to_keep(known)
            assert kept is not None
            assert as_kept(reader.role, kept.obj) == known
        nobody = read_own(connection, WEEK, WEEK, Recipient("case_manager", "X", "mailto:x@x.example", None, "S0"))
    assert nobody is not None
    assert not nobody.schools


def test_a_week_that_the_marts_no_longer_show_is_not_told_as_an_empty_queue(written, lakeside_district: District):
    [reader] = [r for r in lakeside_district.recipients if r.role == "case_manager"]
    with connect("alerter") as connection:
        known = read_own(connection, WEEK - timedelta(weeks=52), WEEK, reader)
        page = page_of(lakeside_district, read_facts(connection, WEEK, (), []), reader, known)
    assert page.headline == "What was waiting in this week is no longer shown"
    assert not page.figures
