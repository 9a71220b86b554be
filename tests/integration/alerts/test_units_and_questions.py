"""Alerts about a whole unit that no school's row would open, and questions about schools that have gone quiet."""

from dataclasses import replace

import pytest
from tests.integration.alerts.made_up_marts import SCHOOLS, WEEK, reason_row, week

from schoolward.alerts import evaluate
from schoolward.alerts.lifecycle import answer, dismiss
from schoolward.district import District, Recipient
from schoolward.errors import SchoolwardError


def unit_row(unit: str = "it", **more: object) -> dict[str, object]:
    row = reason_row("x", "service_promise_kept", unit, value=0.64, act_threshold=0.75, n=640, status="act", **more)
    columns = ("school_key", "school_name", "n_breached_of_last_3_weeks")
    told = {"reason_text": "Information Technology kept 410 of 640 promises to all schools together."}
    return {k: v for k, v in row.items() if k not in columns} | told


def test_a_unit_that_misses_its_promise_over_all_schools_is_told_once_though_few_schools_stand_out(
    marts, owner, lakeside_district: District
):
    rows = [reason_row(s, "service_promise_kept", flagged=False, status="insufficient_data") for s in SCHOOLS[:10]]
    rows += [reason_row("s10", "service_promise_kept"), reason_row("s11", "service_promise_kept", flagged=False)]
    marts.copy("school_underserved_reason_week", rows)
    marts.insert("unit_underserved_week", **unit_row())
    evaluate(lakeside_district)
    [parent] = owner.alerts().values()
    assert (parent["alert_key"], parent["n_schools"]) == ("service_promise_kept/*/it/1", 12)
    assert parent["reason"].endswith("One school stands out alone, of 2 with enough data for it.")
    [message] = owner.rows("select * from alerts.outbox")
    assert "64\N{NO-BREAK SPACE}% over all schools, from 640\N{NO-BREAK SPACE}records" in message["body"]["text"]
    assert "Schools: S10 School" in message["body"]["text"]
    for n, more in ((1, {"is_flagged": False}), (2, {"is_flagged": False, "is_breached": False, "status": "ok"})):
        marts.copy("school_underserved_reason_week", [r | {"week_start_on": week(n)} for r in rows])
        marts.insert("unit_underserved_week", **(unit_row() | {"week_start_on": week(n)} | more))
        evaluate(lakeside_district)
        # Beyond the limit but not for long enough to flag it, the alert stays; within it, the school is told by itself again.
        assert owner.alerts()["service_promise_kept/*/it/1"]["state"] == ("open" if n == 1 else "resolved")
    assert owner.alerts()["service_promise_kept/s10/it/1"]["state"] == "open"


def test_a_school_gone_quiet_is_a_question_to_its_case_manager_told_once_and_closed_by_an_answer(
    marts, owner, lakeside_district: District
):
    case_manager = Recipient("case_manager", "Case manager IT", "mailto:cm@lakeside.example", "it", None)
    district = replace(lakeside_district, recipients=(*lakeside_district.recipients, case_manager))
    marts.next_week(WEEK, [], SCHOOLS)
    for n in range(5):
        if n:
            marts.next_week(week(n), [], SCHOOLS)
        marts.asked_for("s01", 3, 20, week=week(n))
        marts.asked_for("s02", 18, 20, week=week(n))
        evaluate(district)
        if n == 3:
            assert answer("service_gone_quiet/s01/it/1", "cm", "did_not_know_whom_to_ask") == "answered"
    [question] = owner.alerts().values()
    assert (question["severity"], question["owner_target"]) == ("question", "mailto:cm@lakeside.example")
    assert (question["state"], question["resolved_at"]) == ("answered", None)
    [message] = owner.rows("select * from alerts.outbox")  # told once, and never upward
    assert message["subject"] == "S01 School: has this school stopped asking? (Information Technology)"
    assert "schoolward alerts answer 'service_gone_quiet/s01/it/1'" in message["body"]["text"]
    assert "3 things in four weeks of school" in message["body"]["text"]
    for n, asked in ((5, 19), (6, 4)):  # requests come again, and cease again: a new question
        marts.next_week(week(n), [], SCHOOLS)
        marts.asked_for("s01", asked, 20, week=week(n))
        evaluate(district)
    assert {k: a["state"] for k, a in owner.alerts().items()} == {
        "service_gone_quiet/s01/it/1": "answered",
        "service_gone_quiet/s01/it/2": "open",
    }


def test_a_school_that_is_quiet_only_as_a_whole_is_asked_about_where_most_was_expected(
    marts, owner, lakeside_district: District
):
    marts.next_week(WEEK, [], SCHOOLS)
    as_a_whole = {
        "n_opened_four_weeks_by_school": 7,
        "n_expected_four_weeks_by_school": 18,
        "is_school_gone_quiet": True,
    }
    marts.asked_for("s01", 3, 8, "it", **as_a_whole)
    marts.asked_for("s01", 4, 10, "facilities", **as_a_whole)
    evaluate(lakeside_district)
    [question] = owner.alerts().values()
    assert question["alert_key"] == "service_gone_quiet/s01/facilities/1"
    assert question["owner_target"] == "mailto:facilities.director@lakeside.example"  # nobody manages cases there
    assert "all units together for 7 things" in question["reason"]


def test_questions_are_answered_and_alerts_are_not(marts, owner, lakeside_district: District):
    marts.next_week(WEEK, ["s01"], SCHOOLS)
    marts.asked_for("s02", 1, 20)
    evaluate(lakeside_district)
    with pytest.raises(SchoolwardError, match="Only questions are answered"):
        answer("service_ageing/s01/it/1", "cio", "contacted")
    with pytest.raises(SchoolwardError, match="This is a question, and dismiss is for alerts"):
        dismiss("service_gone_quiet/s02/it/1", "cio", "data_wrong")
    with pytest.raises(SchoolwardError, match="Use one of asked_elsewhere, contacted"):
        answer("service_gone_quiet/s02/it/1", "cio", "they are fine")
