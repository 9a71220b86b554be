"""The quarterly review of the rules on its way to people, from marts made up by their contracts."""

from collections.abc import Callable, Iterator
from datetime import date
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
import yaml
from psycopg.rows import dict_row
from typer.testing import CliRunner

from schoolward.alerts import digest
from schoolward.alerts.review import effects, enqueue_review, reviewed
from schoolward.cli import app
from schoolward.dbt_adapter import project_path
from schoolward.district import District
from schoolward.errors import SchoolwardError
from schoolward.warehouse.connection import connect

WINTER, SPRING = date(2026, 1, 1), date(2026, 4, 1)
CABINET = "mailto:cabinet@lakeside.example"
Insert = Callable[..., None]


def _contract(mart: str) -> str:
    """The columns of a mart as its contract types them."""
    path = project_path() / "models" / "marts" / "evidence" / f"_{mart}.yml"
    [model] = yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    return ", ".join(f"{column['name']} {column['data_type']}" for column in model["columns"])


@pytest.fixture
def reviewed_marts(warehouse: SimpleNamespace) -> Iterator[Insert]:
    """The two marts, empty; gives a function that puts a row into one of them."""
    with connect("transformer", autocommit=True) as connection:

        def insert(mart: str, **values: Any) -> None:
            names, places = ", ".join(values), ", ".join(f"%({name})s" for name in values)
            connection.execute(f"insert into marts.{mart} ({names}) values ({places})", values)

        for mart in ("rule_review_quarter", "alert_action_effect"):
            connection.execute(f"create table marts.{mart} ({_contract(mart)})")
        yield insert
        connection.execute("drop table marts.rule_review_quarter, marts.alert_action_effect")


@pytest.fixture
def outbox(warehouse: SimpleNamespace) -> Iterator[psycopg.Connection[Any]]:
    """The outbox, emptied, as its owner sees it."""
    with connect("owner", autocommit=True, row_factory=dict_row) as connection:
        connection.execute("truncate alerts.digest, alerts.outbox")
        yield connection


def _rule(insert: Insert, rule_id: str, proposal: str, n_fired: int, **more: Any) -> None:
    values = {
        "quarter_start_on": WINTER, "rule_id": rule_id, "rule_meaning": f"{rule_id} slips", "n_fired": n_fired,
        "n_answered": 1, "n_acted_on": 1, "n_dismissed": 0, "n_disputed": 0, "n_recovered": 1, "n_tried": 1, "n_held": 1,
        "n_effects": 0, "n_effects_better": 0, "proposal": proposal, "proposal_text": f"Why {rule_id}.",
        "data_as_of": "2026-04-20T12:00:00Z",
    }  # fmt: skip
    insert("rule_review_quarter", **values | more)


def _effect(insert: Insert, key: str, status: str, after_to_on: date) -> None:
    insert(
        "alert_action_effect", alert_key=key, school_name=f"{key.title()} School", unit_name="IT", status=status,
        answered_on="2026-01-12", after_to_on=after_to_on, effect_text=f"At {key} it is consistent with that.",
    )  # fmt: skip


def _enqueue(district: District) -> int:
    with connect("alerter") as connection:
        return enqueue_review(connection, district)


def _messages(outbox: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    query = "select * from alerts.outbox where idempotency_key like 'rule_review:%' order by message_id"
    return outbox.execute(query).fetchall()


def test_the_cabinet_hears_of_a_quarter_once_however_often_the_digest_runs(
    reviewed_marts, outbox, lived_weeks, lakeside_district: District
):
    lived_weeks()
    _rule(reviewed_marts, "noise", "retire", 9)
    digest(lakeside_district)
    digest(lakeside_district)
    assert [(m["idempotency_key"], m["target"]) for m in _messages(outbox)] == [
        (f"rule_review:{WINTER}:{CABINET}", CABINET)
    ]
    _rule(reviewed_marts, "noise", "keep", 7, quarter_start_on=SPRING)
    assert (_enqueue(lakeside_district), _enqueue(lakeside_district)) == (1, 0)
    assert [m["idempotency_key"] for m in _messages(outbox)][1:] == [f"rule_review:{SPRING}:{CABINET}"]


def test_proposals_come_first_and_what_followed_is_told_without_a_cause(
    reviewed_marts, outbox, lakeside_district: District
):
    _rule(reviewed_marts, "useful", "keep", 20, n_effects=2, n_effects_better=1)
    _rule(reviewed_marts, "noise", "retire", 9, n_dismissed=2, dismissal_reasons="duplicate 2")
    _rule(reviewed_marts, "silent", "insufficient_data", 0)
    _effect(reviewed_marts, "north", "better", date(2026, 3, 9))
    _effect(reviewed_marts, "south", "insufficient_data", date(2026, 3, 9))
    _effect(reviewed_marts, "late", "better", SPRING)  # its weeks were over in the next quarter only
    _enqueue(lakeside_district)
    [message] = _messages(outbox)
    text = message["body"]["text"].replace("\N{NO-BREAK SPACE}", " ")
    assert (
        message["subject"]
        == "Review of the alert rules, 2026, quarter 1: 1\N{NO-BREAK SPACE}rule proposed for retirement"
    )
    assert "29 alerts in the quarter, 2 of them acted on." in text
    assert "A proposal changes nothing by itself." in text
    assert "- Proposed for retirement: noise slips\n  Why noise. Dismissed: duplicate 2." in text
    assert text.index("noise slips") < text.index("useful slips") < text.index("What followed: North School")
    assert "At north it is consistent with that." in text
    assert "1 more action: `schoolward alerts effects` shows them all." in text
    assert all(word not in text for word in ("silent", "late", "South School", "caused"))


@pytest.mark.parametrize(
    ("proposal", "n_fired"), [("not_due", 9), ("insufficient_data", 0)], ids=["not due", "nothing told of"]
)
def test_nothing_is_sent_of_a_quarter_with_nothing_to_review(
    reviewed_marts, outbox, lakeside_district: District, proposal: str, n_fired: int
):
    _rule(reviewed_marts, "noise", proposal, n_fired)
    assert _enqueue(lakeside_district) == 0
    assert _messages(outbox) == []


def test_marts_of_an_older_release_have_no_review_and_say_so(warehouse: SimpleNamespace, lakeside_district: District):
    assert _enqueue(lakeside_district) == 0
    for read in (reviewed, effects):
        with pytest.raises(SchoolwardError, match="Build the marts first: `schoolward transform`"):
            read()


def test_the_commands_show_a_quarter_and_what_followed(reviewed_marts):
    def said(*words: str) -> str:
        result = CliRunner().invoke(app, ["alerts", *words], env={"COLUMNS": "300"})
        assert result.exit_code == 0, result.exception
        return result.stdout

    assert "Nobody has acted on an alert yet." in said("effects")
    _rule(reviewed_marts, "noise", "retire", 9)
    _rule(reviewed_marts, "young", "not_due", 3, quarter_start_on=SPRING)
    _effect(reviewed_marts, "north", "better", date(2026, 3, 9))
    assert "At north it is consistent with that." in said("effects")
    assert "Quarter that began on 2026-01-01" in (winter := said("review"))
    assert "Why noise." in winter
    assert "Why young." in said("review", "--quarter", "2026-05-20")


def test_a_quarter_the_marts_do_not_hold_is_told(reviewed_marts):
    with pytest.raises(SchoolwardError, match="No quarter has been reviewed yet"):
        reviewed()
    with pytest.raises(SchoolwardError, match="holds no quarter with 2020-01-08 in it"):
        reviewed(date(2020, 1, 8))
