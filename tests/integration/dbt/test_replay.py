"""What was told on a Monday can be told again, after the SIS has renamed, moved and closed the schools it told of."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
import tiny_district
from psycopg.rows import dict_row
from raw_rows import book_loads, land
from tiny_district import BEGIN, NORTH, NOW, SOUTH, local

from schoolward import alerts, dbt_adapter
from schoolward.alerts.lifecycle import acknowledge
from schoolward.alerts.replay import Replayed, replay
from schoolward.district import District
from schoolward.errors import SchoolwardError
from schoolward.warehouse.connection import connect

TOLD_WEEK = date(2025, 10, 27)
LATER = NOW + timedelta(days=12)


@pytest.fixture(scope="module")
def told(warehouse: SimpleNamespace) -> Iterator[SimpleNamespace]:
    """Builds and tells a week, lets every source rewrite it, builds and tells the next one."""
    district: District = warehouse.district
    with connect("owner") as connection:
        tiny_district.fill(connection)
    dbt_adapter.build()
    alerts.evaluate(district)
    alerts.digest(district, TOLD_WEEK)
    as_queued = _queued()
    with connect("alerter") as connection:
        [alert_key] = connection.execute("select min(alert_key) from alerts.alert where state = 'open'").fetchone() or [
            None
        ]
    acknowledge(alert_key, "director")
    with connect("owner") as connection:  # as if the cabinet had been given none
        connection.execute("delete from alerts.digest where role = 'superintendent'")
    never_queued = replay(district, NOW, "superintendent")
    with connect("owner") as connection:
        _rewrite_history(connection)
        book_loads(connection, LATER)
    dbt_adapter.build()
    alerts.evaluate(district)
    alerts.digest(district, date(2025, 11, 10))
    with connect("reader", row_factory=dict_row) as connection:
        yield SimpleNamespace(district=district, never_queued=never_queued, as_queued=as_queued, connection=connection)


def _queued() -> dict[str, dict[str, Any]]:
    with connect("alerter", row_factory=dict_row) as connection:
        query = "select idempotency_key, body from alerts.outbox where kind = 'digest'"
        return {row["idempotency_key"]: row["body"] for row in connection.execute(query)}


def _rewrite_history(connection: psycopg.Connection[Any]) -> None:
    """North gets another name and network, South closes as of last month, a visit comes to light, and a request was solved long ago."""
    seen = LATER - timedelta(days=1)
    connection.execute(
        "update raw_oneroster.orgs set _is_current = false, _seen_to = %s where sourced_id = any(%s)",
        (seen, [NORTH, SOUTH]),
    )
    land(connection, "orgs", [{"sourced_id": "net-2", "name": "Network 2", "type": "local", "parent_sourced_id": "district"}], seen_from=BEGIN)  # fmt: skip
    school = {"type": "school", "n_enrolled": 100, "n_low_income": 10}
    land(
        connection,
        "orgs",
        [
            {**school, "sourced_id": NORTH, "name": "Renamed Academy", "identifier": "0101", "parent_sourced_id": "net-2"},
            {
                **school, "sourced_id": SOUTH, "name": "South Elementary School", "identifier": "0102",
                "parent_sourced_id": "net-1", "status": "tobedeleted", "date_last_modified": local(date(2025, 10, 1), 12),
            },
        ],
        seen_from=seen,
    )  # fmt: skip
    late_visit = {
        "touchpoint_id": "came to light", "staff_id": "ILD", "school_id": NORTH, "principal_staff_id": "P-NORTH",
        "occurred_at": local(date(2025, 10, 28), 13), "minutes": 60, "setting": "school", "focus": "instructional_leadership",
    }  # fmt: skip
    land(connection, "touchpoint", [late_visit], seen_from=seen)


def _content(found: list[Replayed]) -> list[tuple[str, str, str]]:
    return [(r.recipient.to, r.content.text, r.content.html) for r in found]


def test_the_sources_did_rewrite_the_week_that_was_told(told: SimpleNamespace) -> None:
    query = "select school_name, network_name from marts.school_underserved_week where week_start_on = %s"
    now = {tuple(row.values()) for row in told.connection.execute(query, (TOLD_WEEK,))}
    assert now == {("Renamed Academy", "Network 2")}


def test_a_correction_is_a_row_of_its_own_and_what_was_told_stays(told: SimpleNamespace) -> None:
    query = """
        select school_key, revision_no, is_withdrawn, school_name, instructional_days_since_contact as days
        from marts.school_underserved_week_published where week_start_on = %s order by 1, 2
    """
    rows = [tuple(row.values()) for row in told.connection.execute(query, (TOLD_WEEK,))]
    assert [(r[0], r[1], r[2], r[3]) for r in rows] == [
        (NORTH, 1, False, "North Elementary School"),
        (NORTH, 2, False, "Renamed Academy"),
        (SOUTH, 1, False, "South Elementary School"),
        (SOUTH, 2, True, "South Elementary School"),
    ]
    assert rows[0][4] > rows[1][4]  # the visit that came to light


def test_the_digest_of_a_past_week_is_told_again_to_the_letter(told: SimpleNamespace) -> None:
    again = replay(told.district, NOW + timedelta(hours=1))
    assert {r.week_start_on for r in again} == {TOLD_WEEK}
    queued_then = [r for r in again if r.recipient.role != "superintendent"]
    assert len(queued_then) >= 3
    for r in queued_then:
        assert r.is_as_queued
        queued = told.as_queued[f"digest:{TOLD_WEEK}:{r.recipient.role}:{r.recipient.to}"]
        assert (r.content.text, r.content.html) == (queued["text"], queued["html"])
        assert [p.png for p in r.content.pictures] == [p.png for p in _pictures(queued)]


def _pictures(body: dict[str, Any]) -> Any:
    from schoolward.alerts.outbox import Content

    return Content.from_row("", body).pictures


def test_the_new_name_is_told_from_the_week_on_in_which_the_sis_gave_it(told: SimpleNamespace) -> None:
    [then] = replay(told.district, NOW + timedelta(hours=1), "superintendent")
    [since] = replay(told.district, LATER + timedelta(hours=1), "superintendent")
    assert "2\N{NO-BREAK SPACE}schools." in then.content.text
    assert "1\N{NO-BREAK SPACE}school." in since.content.text  # South is closed
    assert since.week_start_on == date(2025, 11, 10)


def test_a_digest_that_nobody_queued_is_told_as_it_would_have_been(told: SimpleNamespace) -> None:
    [again] = replay(told.district, NOW, "superintendent")
    assert again.is_as_queued is None
    assert "taken up" in again.content.text
    assert _content([again]) == _content(told.never_queued)


def test_a_week_nothing_was_published_of_is_told_in_a_sentence(told: SimpleNamespace) -> None:
    early = datetime(2020, 1, 10, 12, tzinfo=NOW.tzinfo)
    with pytest.raises(SchoolwardError, match="Nothing had been published of the week of 2019-12-30 by 2020-01-10"):
        replay(told.district, early)


def test_the_page_is_written_with_its_pictures_within(told: SimpleNamespace, tmp_path: Path) -> None:
    [told_again] = replay(told.district, LATER + timedelta(hours=1), "superintendent")
    page, text = told_again.write(tmp_path)
    assert "cid:" not in page.read_text()
    assert page.read_text().count("data:image/png;base64,") == len(told_again.content.pictures) >= 2
    assert text.read_text() == told_again.content.text
