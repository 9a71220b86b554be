"""Rules, recipients, lateness and formats in words."""

import csv
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from schoolward.alerts.delivery import MAX_ATTEMPTS, next_due
from schoolward.alerts.freshness import COVERAGE_NEEDED, StreamLoad, late_sources
from schoolward.alerts.outbox import Content
from schoolward.alerts.pictures import WeekShare
from schoolward.alerts.recipients import Recipients
from schoolward.alerts.rendering import count, moment, percent
from schoolward.alerts.rules import RULES, add_working_days, rule
from schoolward.alerts.transports import Message, mime
from schoolward.dbt_adapter import project_path
from schoolward.district import District, Recipient, SourceConfig
from schoolward.errors import SchoolwardError

NOW = datetime(2026, 5, 8, 12, tzinfo=UTC)
HELPDESK = SourceConfig("helpdesk", "servicenow", "helpdesk", "*/30 * * * *", {}, 60)
FILES = SourceConfig("registers", "csv_drop", "files", "0 5 * * *", {"streams": {"touchpoint": {}}}, 2880)


def load(source: str, stream: str, age: timedelta, clock: datetime = NOW, load_id: int = 1) -> StreamLoad:
    return StreamLoad(source, stream, load_id, NOW - age, clock)


def test_a_source_is_late_by_its_own_allowance() -> None:
    loads = [
        load("helpdesk", "incident", timedelta(minutes=61), load_id=7),
        load("registers", "touchpoint", timedelta(hours=40)),
    ]
    [late] = late_sources([HELPDESK, FILES], loads, NOW)
    assert (late.source, late.streams, late.since_key) == ("helpdesk", ("incident",), "load-7")
    assert late.sentence == (
        "Source helpdesk is late: the last good load of incident ended 2026-05-08 10:59 UTC, 61 minutes ago, and 60 minutes"
        " are allowed. Look at the last failed task of DAG ingest_helpdesk."
    )


def test_a_source_never_loaded_is_late_with_every_stream_it_is_configured_to_give() -> None:
    [late] = late_sources([FILES], [], NOW)
    assert (late.streams, late.since_key) == (("touchpoint",), "never")


@pytest.mark.parametrize(("days", "n_late"), [(8, 0), (9, 1)])
def test_a_weekly_file_may_be_a_week_and_a_day_behind_the_other_sources(days: int, n_late: int) -> None:
    loads = [
        load("helpdesk", "incident", timedelta(0)),
        load("registers", "touchpoint", timedelta(0), NOW - timedelta(days=days)),
    ]
    assert len(late_sources([HELPDESK, FILES], loads, NOW)) == n_late


def test_a_monthly_file_is_not_late_where_the_district_file_allows_a_month() -> None:
    monthly = replace(FILES, expected_every_minutes=45 * 1440)
    loads = [
        load("helpdesk", "incident", timedelta(0)),
        load("registers", "touchpoint", timedelta(0), NOW - timedelta(days=30)),
    ]
    assert late_sources([HELPDESK, monthly], loads, NOW) == ()


def test_the_answer_is_due_on_a_working_day_of_the_office() -> None:
    friday = date(2026, 5, 22)
    assert add_working_days(friday, 1) == date(2026, 5, 25)
    assert add_working_days(friday, 1, frozenset({date(2026, 5, 25)})) == date(2026, 5, 26)
    assert add_working_days(friday, 5) == date(2026, 5, 29)


def test_every_rule_of_the_domain_is_described_with_a_promise_a_first_step_and_its_streams() -> None:
    assert len(RULES) == 9
    for told in RULES.values():
        assert told.id.startswith(told.kind)
        assert "{" not in told.promise_for(0.75)
        assert told.first_step.endswith(".")
        assert told.streams
    assert "75\N{NO-BREAK SPACE}%" in RULES["service_promise_kept"].promise_for(0.75)
    assert "at least every 15 instructional days" in RULES["partnership_contact_gap"].promise_for(15.0)


def test_a_rule_this_release_does_not_know_is_told() -> None:
    with pytest.raises(SchoolwardError, match="The marts hold rule 'service_smiles'"):
        rule("service_smiles")


def test_the_owner_is_the_person_hr_names_then_the_units_own_then_everyones_then_the_superintendent(
    lakeside_district: District,
) -> None:
    named = Recipient("unit_chief", "Named by HR", "mailto:named@x.example", "it", "H7")
    people = Recipients(replace(lakeside_district, recipients=(*lakeside_district.recipients, named)))
    assert people.owner_target("unit_chief", "it", "H7") == "mailto:named@x.example"
    assert people.owner_target("unit_chief", "it", None) == "mailto:cio@lakeside.example"
    assert people.owner_target("unit_chief", "food", "H7") == "mailto:unit.chiefs@lakeside.example"
    assert people.owner_target("ild", None, None) == "mailto:cabinet@lakeside.example"
    assert people.owner_target("ild", None, "S10003") == "mailto:ild.network3@lakeside.example"
    assert (
        people.owner_target("case_manager", "facilities", "S10036") == "mailto:facilities.case.manager@lakeside.example"
    )
    assert people.owner_target("case_manager", "facilities", "S10037") == "mailto:facilities.director@lakeside.example"
    nobody = Recipients(replace(lakeside_district, recipients=()))
    assert nobody.owner_target("unit_chief", "it", None) is None


def test_everybody_who_shares_the_owners_role_and_unit_hears_of_it_once(lakeside_district: District) -> None:
    deputy = Recipient("unit_chief", "Deputy", "mailto:deputy@x.example", "it", None)
    same = Recipient("unit_chief", "Chief again", "mailto:cio@lakeside.example", "it", None)
    people = Recipients(replace(lakeside_district, recipients=(*lakeside_district.recipients, deputy, same)))
    told = [r.to for r in people.owners("unit_chief", "it", None)]
    assert told == ["mailto:cio@lakeside.example", "mailto:deputy@x.example"]


def test_waits_between_attempts_grow_fourfold_from_a_minute_to_an_hour() -> None:
    waits = [next_due(NOW, n) - NOW for n in (1, 2, 3, 4, 100)]
    assert waits == [timedelta(minutes=m) for m in (1, 4, 16, 60, 60)]
    tried_for = sum((next_due(NOW, n) - NOW for n in range(1, MAX_ATTEMPTS)), timedelta())
    assert timedelta(days=4.9) < tried_for < timedelta(days=5.1)


def test_a_log_is_too_thin_below_the_catalogues_own_coverage() -> None:
    with (project_path() / "seeds" / "indicators.csv").open(encoding="utf-8") as file:
        [needed] = [row["min_coverage"] for row in csv.DictReader(file) if row["indicator_id"] == "D1.4"]
    assert float(needed) == COVERAGE_NEEDED


def test_the_message_id_comes_from_the_idempotency_key_and_the_senders_domain() -> None:
    message = Message(
        "alert:a/b/c/1", "mailto:x@y.example", "X", Content("Subject\nwith a break", "t", "<p>h</p>"), NOW
    )
    first, second = (mime(message, "Schoolward <s@lakeside.example>") for _ in range(2))
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Message-ID"].endswith("@lakeside.example>")
    assert first["Subject"] == "Subject with a break"
    other = mime(replace(message, idempotency_key="alert:a/b/c/2"), "Schoolward <s@lakeside.example>")
    assert other["Message-ID"] != first["Message-ID"]


def test_a_share_of_too_few_promises_is_no_share() -> None:
    week = date(2026, 5, 4)
    assert WeekShare(week, 4, 4).share is None
    assert WeekShare(week, 4, 5).share == 0.8


def test_numbers_and_moments_read_as_a_person_writes_them(lakeside_district: District) -> None:
    assert (count(1, "school"), count(1200, "school")) == (
        "1\N{NO-BREAK SPACE}school",
        "1,200\N{NO-BREAK SPACE}schools",
    )
    assert (percent(0.834), percent(None)) == ("83\N{NO-BREAK SPACE}%", "–")
    assert moment(datetime(2026, 5, 4, 11, 30, tzinfo=UTC), lakeside_district.timezone) == "Mon 4 May 2026, 06:30"
