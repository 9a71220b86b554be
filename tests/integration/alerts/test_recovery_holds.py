"""What becomes of an alert after its data have recovered, and of one whose record is corrected."""

from datetime import date

from tests.integration.alerts.made_up_marts import SCHOOLS, WEEK, week

from schoolward.alerts import evaluate
from schoolward.district import District


def test_a_recovery_that_held_thirty_days_is_verified_and_the_same_breach_later_is_a_new_episode(
    marts, owner, lakeside_district: District
):
    states = []
    for n, flagged in enumerate([["s01"], [], [], [], [], [], ["s01"]]):
        marts.next_week(week(n), flagged, SCHOOLS)
        evaluate(lakeside_district)
        states.append(owner.alerts()["service_ageing/s01/it/1"]["state"])
    assert states == [
        "open",
        "resolved",
        "resolved",
        "resolved",
        "resolved",
        "resolved",
        "resolved",
    ]  # flagged on the 35th day
    assert owner.alerts()["service_ageing/s01/it/2"]["state"] == "open"
    marts.clear()
    owner.connection.execute(
        "truncate alerts.alert_version, alerts.alert_action, alerts.outbox, alerts.digest, alerts.alert"
    )
    for n, flagged in enumerate([["s01"], [], [], [], [], [], [], ["s01"]]):
        marts.next_week(week(n), flagged, SCHOOLS)
        evaluate(lakeside_district)
    alerts = owner.alerts()
    assert {k: a["state"] for k, a in alerts.items()} == {
        "service_ageing/s01/it/1": "verified",
        "service_ageing/s01/it/2": "open",
    }
    first = alerts["service_ageing/s01/it/1"]
    assert first["resolved_week_on"] == week(1)
    assert (first["verified_at"] - first["resolved_at"]).days == 35  # the first look after thirty days
    assert len(owner.rows("select 1 from alerts.outbox")) == 2


def test_a_promise_that_slips_again_within_thirty_days_re_opens_its_alert_and_its_owner_is_told_once(
    marts, owner, lakeside_district: District
):
    for n, flagged in enumerate([["s01"], [], [], ["s01"], ["s01"]]):
        marts.next_week(week(n), flagged, SCHOOLS)
        evaluate(lakeside_district)
        evaluate(lakeside_district)
    [alert] = owner.alerts().values()
    assert (alert["state"], alert["n_came_back"], alert["resolved_at"]) == ("open", 1, None)
    assert alert["due_on"] == date(2026, 6, 5)  # five working days after Friday 29 May
    done = [row["action"] for row in owner.rows("select action from alerts.alert_action order by action_id")]
    assert done == ["opened", "resolved", "came_back"]
    first, back = owner.rows("select * from alerts.outbox order by message_id")
    assert (first["idempotency_key"], back["idempotency_key"]) == (
        "alert:service_ageing/s01/it/1",
        "came-back:service_ageing/s01/it/1:1",
    )
    assert "Came back: it had recovered on Fri 15 May 2026, and slipped again within 30 days" in back["body"]["text"]


def test_a_corrected_value_of_the_opening_week_is_told_as_a_correction(marts, owner, lakeside_district: District):
    for n in range(2):
        marts.next_week(week(n), ["s01"], SCHOOLS)
        evaluate(lakeside_district)
    marts.correct("s01", WEEK, value=6)
    summary = evaluate(lakeside_district)
    before = owner.content()
    evaluate(lakeside_district)
    assert owner.content() == before
    [alert] = owner.alerts().values()
    assert alert["state"] == "open"
    assert alert["reason"].endswith("The record of the week of 4 May was corrected since: it said 4, and says 6 now.")
    [action] = owner.rows("select * from alerts.alert_action where action = 'corrected'")
    assert (action["detail"]["value_before"], action["detail"]["value_after"]) == (4, 6)
    assert (summary.n_corrected, summary.n_enqueued) == (1, 0)


def test_an_alert_whose_opening_week_is_corrected_to_no_breach_ends_as_corrected_and_not_as_a_kept_fix(
    marts, owner, lakeside_district: District
):
    marts.next_week(WEEK, ["s01", "s02"], SCHOOLS)
    evaluate(lakeside_district)
    for n, flagged in ((1, ["s01", "s02"]), (2, ["s01"])):
        marts.next_week(week(n), flagged, SCHOOLS)
        evaluate(lakeside_district)
    good = {"value": 1, "is_flagged": False, "is_breached": False, "status": "ok"}
    for n in range(3):
        marts.correct("s01", week(n), **good)
        marts.correct("s02", week(n), **good)
    summary = evaluate(lakeside_district)
    assert {a["state"] for a in owner.alerts().values()} == {"corrected"}  # s02 had been taken for resolved
    assert (summary.n_corrected, summary.n_resolved) == (2, 0)
    for n in range(3, 9):
        marts.next_week(week(n), [], SCHOOLS)
        evaluate(lakeside_district)
    assert {a["state"] for a in owner.alerts().values()} == {"corrected"}
    assert owner.rows("select 1 from alerts.alert_action where action = 'verified'") == []


def test_what_changes_while_the_opening_week_still_runs_is_no_correction(marts, owner, lakeside_district: District):
    marts.next_week(WEEK, ["s01"], SCHOOLS)
    evaluate(lakeside_district)
    marts.correct("s01", WEEK, value=5)
    evaluate(lakeside_district)
    marts.next_week(week(1), ["s01"], SCHOOLS)
    evaluate(lakeside_district)
    assert owner.rows("select 1 from alerts.alert_action where action = 'corrected'") == []
