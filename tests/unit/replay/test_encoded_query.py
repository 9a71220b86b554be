"""ServiceNow's encoded queries as the replay server reads them."""

import pytest

from schoolward.sample.replay.encoded_query import Condition, parse

ROW = {"state": "2", "priority": "10", "opened_at": "2026-01-05 08:00:00", "group": "", "name": "a^b", "number": "INC1"}


def holds(query: str) -> bool:
    return parse(query, ROW.__contains__).test(ROW)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("state=2", True),
        ("state!=2", False),
        ("priority>9", True),  # by number: as text, 10 would come before 9
        ("opened_at>=2026-01-05 08:00:00", True),
        ("opened_at>2026-01-05 08:00:00", False),
        ("stateIN1,2", True),
        ("stateNOT IN1,2", False),
        ("numberLIKENC", True),
        ("numberSTARTSWITHINC", True),
        ("numberENDSWITH1", True),
        ("groupISEMPTY", True),
        ("stateISNOTEMPTY", True),
        ("group<zzz", False),  # an empty value satisfies no comparison
        ("opened_atBETWEEN2026-01-01@2026-02-01", True),
        ("name=a^^b", True),
        ("", True),
    ],
)
def test_every_operator_holds_for_the_rows_the_manual_says(query: str, expected: bool) -> None:
    assert holds(query) is expected


def test_or_binds_tighter_than_and_and_a_new_query_stands_beside_the_old_one() -> None:
    assert holds("state=1^ORstate=2^priority=10")
    assert not holds("state=2^priority=1^ORpriority=3")
    assert holds("state=1^NQpriority=10")


def test_unknown_fields_and_scripts_are_dropped_without_a_word_and_the_rest_applies() -> None:
    query = parse("nonsense=1^state=2^opened_at>javascript:gs.daysAgo(1)^ORDERBYnonsense", ROW.__contains__)
    assert query.groups == (((Condition("state", "=", "2"),),),)
    assert query.order == ()
    assert len(query.dropped) == 3


def test_the_order_is_read_in_both_directions() -> None:
    assert parse("ORDERBYstate^ORDERBYDESCnumber", ROW.__contains__).order == (("state", False), ("number", True))
