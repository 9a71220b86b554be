"""Evaluation against real tables: what opens, continues, recovers, joins a parent, waits for the digest or is held back."""

from datetime import date, timedelta

import pytest
from tests.integration.alerts.made_up_marts import SCHOOLS, WEEK, week

from schoolward.alerts import evaluate
from schoolward.alerts.lifecycle import acknowledge, dismiss, dispute, listing, snooze
from schoolward.alerts.plan import NEW_PER_OWNER_AND_WEEK
from schoolward.district import District
from schoolward.errors import SchoolwardError
from schoolward.sources.csv_words import VOCABULARY


def test_a_flagged_row_becomes_one_alert_with_its_evidence_and_one_message_to_its_owner(
    marts, owner, lakeside_district: District
):
    marts.next_week(WEEK, ["s01"], SCHOOLS)
    summary = evaluate(lakeside_district)
    [alert] = owner.alerts().values()
    assert alert["alert_key"] == "service_ageing/s01/it/1"
    assert (alert["state"], alert["owner_role"], alert["owner_target"]) == (
        "open",
        "unit_chief",
        "mailto:cio@lakeside.example",
    )
    assert alert["evidence"]["value"] == 4
    assert alert["due_on"] == date(2026, 5, 15)  # five working days after Friday 8 May
    [message] = owner.rows("select * from alerts.outbox")
    assert message["target"] == "mailto:cio@lakeside.example"
    assert "S01 School" in message["body"]["text"]
    assert "first step" in message["body"]["text"].lower()
    assert (summary.n_opened, summary.n_enqueued) == (1, 1)


def test_evaluating_the_same_week_again_changes_nothing_and_enqueues_nothing(marts, owner, lakeside_district: District):
    marts.next_week(WEEK, SCHOOLS[:3], SCHOOLS)
    marts.reason("s05", "partnership_contact_gap")
    evaluate(lakeside_district)
    before = owner.content()
    summary = evaluate(lakeside_district)
    assert owner.content() == before
    assert (summary.n_opened, summary.n_enqueued, summary.n_continuing) == (0, 0, 4)


def test_a_breach_below_persistence_neither_opens_nor_closes(marts, owner, lakeside_district: District):
    marts.reason("s01", flagged=False, breached=True)
    evaluate(lakeside_district)
    assert owner.alerts() == {}
    marts.reason("s01", week=week(1))
    evaluate(lakeside_district)
    marts.reason("s01", week=week(2), flagged=False, breached=True)
    evaluate(lakeside_district)
    assert [a["state"] for a in owner.alerts().values()] == ["open"]


def test_too_little_data_neither_opens_nor_closes(marts, owner, lakeside_district: District):
    marts.reason("s01")
    evaluate(lakeside_district)
    marts.reason("s01", week=week(1), flagged=False, status="insufficient_data")
    marts.reason("s02", week=week(1), flagged=True, status="insufficient_data")
    evaluate(lakeside_district)
    [alert] = owner.alerts().values()
    assert (alert["state"], alert["last_seen_week_on"]) == ("open", WEEK)


def test_a_promise_that_vanishes_from_the_marts_closes_after_four_weeks(marts, owner, lakeside_district: District):
    marts.reason("s01")
    evaluate(lakeside_district)
    for n in range(1, 5):
        marts.reason("s02", week=week(n), flagged=False)
        evaluate(lakeside_district)
        state = owner.alerts()["service_ageing/s01/it/1"]["state"]
        assert state == ("resolved" if n == 4 else "open")
    assert owner.rows("select action from alerts.alert_action order by action_id")[-1] == {
        "action": "no_longer_measured"
    }


def test_slipping_at_more_than_half_of_the_schools_makes_one_parent_and_no_alert_per_school(
    marts, owner, lakeside_district: District
):
    marts.next_week(WEEK, SCHOOLS[:7], SCHOOLS)
    evaluate(lakeside_district)
    [parent] = owner.alerts().values()
    assert (parent["school_key"], parent["n_schools"]) == (None, 7)
    assert "7 of the 12 schools" in parent["reason"]
    assert len(owner.rows("select 1 from alerts.outbox")) == 1


def test_schools_without_enough_data_do_not_count_towards_the_half(marts, owner, lakeside_district: District):
    marts.next_week(WEEK, SCHOOLS[:3], SCHOOLS[:5])
    for school in SCHOOLS[5:]:
        marts.reason(school, flagged=False, status="insufficient_data")
    evaluate(lakeside_district)
    assert [a["n_schools"] for a in owner.alerts().values()] == [3]


def test_alerts_of_schools_join_the_parent_and_leave_it_when_the_unit_recovers(
    marts, owner, lakeside_district: District
):
    marts.next_week(WEEK, SCHOOLS[:2], SCHOOLS)
    evaluate(lakeside_district)
    marts.next_week(week(1), SCHOOLS[:8], SCHOOLS)
    evaluate(lakeside_district)
    alerts = owner.alerts()
    assert alerts["service_ageing/s00/it/1"]["parent_alert_key"] == "service_ageing/*/it/1"
    assert "service_ageing/s05/it/1" not in alerts
    marts.next_week(week(2), SCHOOLS[:3], SCHOOLS)
    evaluate(lakeside_district)
    alerts = owner.alerts()
    assert alerts["service_ageing/*/it/1"]["state"] == "resolved"
    assert alerts["service_ageing/s00/it/1"]["parent_alert_key"] is None
    assert alerts["service_ageing/s02/it/1"]["state"] == "open"


def test_an_owner_hears_of_five_new_alerts_a_week_and_the_rest_waits_for_the_digest(
    marts, owner, lakeside_district: District
):
    many = [f"s{i:02}" for i in range(30)]
    marts.next_week(WEEK, many[:4], many)
    evaluate(lakeside_district)
    marts.clear()
    marts.next_week(WEEK, many[:9], many)
    marts.reason("s29", "service_urgent_overdue")
    marts.insert("school_underserved_week", week_start_on=WEEK, school_key="s08", need_quartile=4, is_compounded=False)
    summary = evaluate(lakeside_district)
    announced = [k for k, a in owner.alerts().items() if not a["is_digest_only"]]
    assert len(announced) == NEW_PER_OWNER_AND_WEEK
    assert "service_urgent_overdue/s29/it/1" in announced  # the urgent one took the last place
    assert summary.n_digest_only == 5
    assert len(owner.rows("select 1 from alerts.outbox")) == NEW_PER_OWNER_AND_WEEK
    marts.next_week(week(1), many[:10], many)
    evaluate(lakeside_district)
    assert not owner.alerts()["service_ageing/s09/it/1"]["is_digest_only"]  # a new week, a new budget


def test_the_school_of_most_need_goes_first_within_the_budget(marts, owner, lakeside_district: District):
    many = [f"s{i:02}" for i in range(30)]
    marts.next_week(WEEK, many[:8], many)
    marts.insert("school_underserved_week", week_start_on=WEEK, school_key="s07", need_quartile=4, is_compounded=False)
    evaluate(lakeside_district)
    assert not owner.alerts()["service_ageing/s07/it/1"]["is_digest_only"]


def test_a_late_source_opens_nothing_and_tells_the_engineers_once(marts, owner, lakeside_district: District):
    marts.next_week(WEEK, ["s01"], SCHOOLS)
    marts.reason("s02", "partnership_contact_gap")
    owner.connection.execute("delete from ops.load where source = 'helpdesk'")
    owner.load("helpdesk", "incident", timedelta(hours=30))
    summary = evaluate(lakeside_district)
    assert list(owner.alerts()) == ["partnership_contact_gap/s02/-/1"]
    assert (summary.late_sources, summary.n_suppressed) == (("helpdesk",), 1)
    evaluate(lakeside_district)
    [notice] = owner.rows("select * from alerts.outbox where kind = 'data_health'")
    assert notice["target"] == "mailto:data.engineers@lakeside.example"
    assert "helpdesk" in notice["subject"]
    owner.load("helpdesk", "incident", timedelta(minutes=2))
    assert evaluate(lakeside_district).n_opened == 1


def test_a_contact_log_too_thin_to_judge_opens_nothing_and_tells_the_engineers_once_a_month(
    marts, owner, lakeside_district: District
):
    for n in range(3):
        for school, coverage, more in (
            ("s01", 0.69, {"flagged": False, "status": "insufficient_data"}),
            ("s02", 0.70, {"flagged": False}),
        ):
            marts.reason(school, "partnership_contact_gap", week=week(n), **more)
            marts.insert(
                "school_underserved_week", week_start_on=week(n), school_key=school, school_name=f"{school.title()} School",
                log_coverage=coverage,
            )  # fmt: skip
        evaluate(lakeside_district)
    assert owner.alerts() == {}
    [notice] = owner.rows("select * from alerts.outbox")
    assert (notice["kind"], notice["target"]) == ("data_health", "mailto:data.engineers@lakeside.example")
    assert "there for 1\N{NO-BREAK SPACE}school: S01 School." in notice["body"]["text"]


def test_a_late_source_closes_nothing_either(marts, owner, lakeside_district: District):
    marts.next_week(WEEK, ["s01"], SCHOOLS)
    evaluate(lakeside_district)
    marts.next_week(week(1), [], SCHOOLS)
    owner.connection.execute(
        "update ops.load set finished_at = finished_at - interval '2 days' where source = 'helpdesk'"
    )
    evaluate(lakeside_district)
    assert owner.alerts()["service_ageing/s01/it/1"]["state"] == "open"


def test_files_that_stopped_coming_make_their_source_late_though_every_pull_succeeds(
    marts, owner, lakeside_district: District
):
    marts.reason("s02", "partnership_contact_gap")
    for source in ("sis", "helpdesk", "hr"):
        owner.load(source, "x", timedelta(minutes=1), source_at=None)
    owner.connection.execute("update ops.load set source_at = source_at - interval '9 days' where source = 'registers'")
    summary = evaluate(lakeside_district)
    assert summary.late_sources == ("registers",)
    assert owner.alerts() == {}


def test_an_unanswered_alert_is_escalated_once_and_an_acknowledged_one_never(marts, owner, lakeside_district: District):
    marts.next_week(WEEK, ["s01", "s02"], SCHOOLS)
    evaluate(lakeside_district)
    acknowledge("service_ageing/s02/it/1", "cio")
    for n in (1, 2, 3):
        marts.next_week(week(n), ["s01", "s02"], SCHOOLS)
        evaluate(lakeside_district)
    [upward] = owner.rows("select * from alerts.outbox where target = 'mailto:cabinet@lakeside.example'")
    assert "S01 School" in upward["body"]["text"]
    assert "S02 School" not in upward["body"]["text"]
    assert owner.alerts()["service_ageing/s02/it/1"]["escalated_at"] is None


def test_a_snoozed_alert_wakes_on_its_day_with_a_new_day_to_answer(marts, owner, lakeside_district: District):
    marts.next_week(WEEK, ["s01"], SCHOOLS)
    evaluate(lakeside_district)
    snooze("service_ageing/s01/it/1", "cio", date(2026, 5, 20), "work_planned")
    for n, state in ((1, "snoozed"), (2, "open")):
        marts.next_week(week(n), ["s01"], SCHOOLS)
        evaluate(lakeside_district)
        assert owner.alerts()["service_ageing/s01/it/1"]["state"] == state
    assert owner.alerts()["service_ageing/s01/it/1"]["due_on"] == date(
        2026, 6, 1
    )  # five working days, Memorial Day not among them


def test_a_dismissed_alert_stays_quiet_until_the_data_have_recovered_once(marts, owner, lakeside_district: District):
    marts.next_week(WEEK, ["s01"], SCHOOLS)
    evaluate(lakeside_district)
    dismiss("service_ageing/s01/it/1", "cio", "data_wrong")
    for n, flagged in ((1, ["s01"]), (2, []), (3, ["s01"])):
        marts.next_week(week(n), flagged, SCHOOLS)
        evaluate(lakeside_district)
        assert ("service_ageing/s01/it/2" in owner.alerts()) == (n == 3)
    assert owner.alerts()["service_ageing/s01/it/1"]["state"] == "dismissed"


def test_an_alert_keeps_the_version_it_was_opened_under_with_that_versions_words_and_days(
    marts, owner, lakeside_district: District
):
    own = {"days_to_answer": 2, "promise_text": "No school has more than {limit} old requests."}
    marts.insert("underserved_rule_version", rule_id="service_ageing", version_id="v2", valid_from=WEEK, is_in_force=True,
                 owner_role="unit_chief", **own)  # fmt: skip
    marts.next_week(WEEK, ["s01"], SCHOOLS)
    evaluate(lakeside_district)
    [alert] = owner.alerts().values()
    assert (alert["toa_version_id"], alert["promise"]) == ("v2", "No school has more than 3 old requests.")
    assert alert["due_on"] == date(2026, 5, 12)
    [message] = owner.rows("select * from alerts.outbox")
    assert "Promise: No school has more than 3 old requests." in message["body"]["text"]


def test_a_dispute_reaches_the_data_engineers_once(marts, owner, lakeside_district: District):
    marts.next_week(WEEK, ["s01"], SCHOOLS)
    evaluate(lakeside_district)
    for _ in range(2):
        dispute("service_ageing/s01/it/1", "principal of s01", "already_resolved")
    [told] = owner.rows("select * from alerts.outbox where kind = 'data_health'")
    assert told["target"] == "mailto:data.engineers@lakeside.example"
    assert "already resolved" in told["body"]["text"]
    assert "S01 School, Information Technology" in told["subject"]


def test_the_owner_is_always_a_central_role(marts, owner, lakeside_district: District):
    marts.next_week(WEEK, ["s01"], SCHOOLS)
    marts.reason("s02", "partnership_contact_gap")
    marts.asked_for("s03", 1, 20)
    evaluate(lakeside_district)
    owners = {a["owner_role"] for a in owner.alerts().values()}
    assert owners == {"unit_chief", "ild_supervisor", "case_manager"}
    assert set(VOCABULARY["toa_rule"]["owner_role"]) <= {
        *owners,
        "superintendent",
    }  # nor can a version make it a school's


def test_people_must_give_a_reason_and_what_they_did_is_kept(marts, owner, lakeside_district: District):
    marts.next_week(WEEK, ["s01"], SCHOOLS)
    evaluate(lakeside_district)
    key = "service_ageing/s01/it/1"
    with pytest.raises(SchoolwardError, match="Use one of agreed_with_school, data_wrong"):
        dismiss(key, "cio", "because")
    with pytest.raises(SchoolwardError, match="no alert 'nothing/here'"):
        acknowledge("nothing/here", "cio")
    with pytest.raises(SchoolwardError, match="Give a later day"):
        snooze(key, "cio", date(2026, 5, 1), "work_planned")
    dispute(key, "principal of s01", "already_resolved")
    acknowledge(key, "cio")
    assert [line.is_disputed for line in listing()] == [True]
    done = owner.rows("select action, actor, reason_code, state_after from alerts.alert_action order by action_id")
    assert [tuple(row.values()) for row in done] == [
        ("opened", "schoolward", None, "open"),
        ("dispute", "principal of s01", "already_resolved", "open"),
        ("acknowledge", "cio", None, "acknowledged"),
    ]


def test_what_was_done_can_be_neither_changed_nor_removed(marts, owner, lakeside_district: District):
    marts.next_week(WEEK, ["s01"], SCHOOLS)
    evaluate(lakeside_district)
    for statement in ("update alerts.alert_action set actor = 'nobody'", "delete from alerts.alert_action"):
        with pytest.raises(Exception, match="append-only"):
            owner.connection.execute(statement)


def test_an_alert_and_its_message_are_written_together_or_not_at_all(
    marts, owner, lakeside_district: District, monkeypatch
):
    from schoolward.alerts import announcing

    def dies(*_: object, **__: object) -> None:
        raise RuntimeError("killed")

    marts.next_week(WEEK, ["s01"], SCHOOLS)
    monkeypatch.setattr(announcing, "enqueue", dies)
    with pytest.raises(RuntimeError):
        evaluate(lakeside_district)
    assert owner.alerts() == {}
    monkeypatch.undo()
    evaluate(lakeside_district)
    assert len(owner.rows("select 1 from alerts.outbox")) == len(owner.alerts()) == 1


def test_empty_marts_are_no_error(owner, lakeside_district: District):
    assert str(evaluate(lakeside_district)) == "nothing to evaluate: the marts hold no week yet"
