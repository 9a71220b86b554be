"""What is worth asking about records stands in the pages of those who keep them or mend them, and in nobody else's."""

from datetime import UTC, date, datetime

import pytest
from tests.integration.alerts.conftest import READERS
from tests.integration.alerts.made_up_marts import WEEK

from schoolward.alerts import digest
from schoolward.alerts.record_questions import MOST_QUESTIONS, RecordQuestion, questions_for
from schoolward.alerts.replay import replay
from schoolward.district import District

APRIL, MAY = date(2026, 4, 1), date(2026, 5, 1)
FACILITIES = (
    "12 of 40 requests of Facilities and Maintenance were closed just in time. Worth asking how they are closed."
)
FOOD = "9 of 30 requests of Food Services were closed on a Friday. Worth asking what waits for Friday."
LOG = "20 of 50 contacts in the contact log were written down late. Worth asking what would help."


@pytest.fixture
def pages(lived_weeks, marts, owner, lakeside_district: District) -> dict[str, str]:
    """Digests of the week of 4 May, by reader: April is over, May goes on."""

    def row(kind: str, keeper: str, text: str | None, month: date = APRIL) -> None:
        marts.insert(
            "record_pattern_month", month_start_on=month, check_id="a_check", keeper_type=keeper.partition(":")[0],
            keeper_id=keeper.partition(":")[2], status=kind, question_text=text,
        )  # fmt: skip

    row("worth_a_look", "unit:facilities", FACILITIES)
    row("worth_a_look", "unit:food", FOOD)
    row("worth_a_look", "contact_log:registers", LOG)
    row("worth_a_look", "ild:S10001", "16 of 25 contacts of one ILD were written down late.")
    row("worth_a_look", "unit:facilities", "said of the running month", MAY)
    row("worth_a_look", "unit:facilities", "said of a month told before", date(2026, 3, 1))
    row("as_expected", "unit:hr", None)
    lived_weeks()
    digest(lakeside_district)
    rows = owner.rows("select target, body from alerts.outbox where kind = 'digest'")
    by_target = {r["target"]: r["body"] for r in rows}
    assert FACILITIES in by_target[READERS["facilities"]]["html"]
    return {reader: by_target[target]["text"] for reader, target in READERS.items()}


def test_each_reader_is_asked_about_the_records_they_answer_for(pages: dict[str, str]) -> None:
    told = {reader: {s for s in (FACILITIES, FOOD, LOG) if s in text} for reader, text in pages.items()}
    assert told == {
        "engineers": {FACILITIES, FOOD, LOG},
        "facilities": {FACILITIES},
        "others": {FOOD},
        "supervisor": {LOG},
        "cabinet": set(),
        "ild": set(),
        "other_ild": set(),
        "case_manager": set(),
    }
    assert "WORTH ASKING ABOUT THE RECORDS OF APRIL 2026" in pages["facilities"]
    assert "it opens no alert and changes no flag" in pages["facilities"]


def test_no_page_tells_of_one_ilds_records_or_of_a_month_that_is_not_the_last_one_over(pages: dict[str, str]) -> None:
    assert [reader for reader, text in pages.items() if "contacts of one ILD" in text or "said of" in text] == []


def test_a_page_with_questions_is_told_again_to_the_letter_when_the_mart_says_otherwise(
    pages: dict[str, str], marts, lakeside_district: District
) -> None:
    marts.connection.execute("delete from marts.record_pattern_month")
    for mart in ("leadership_digest_week", "school_underserved_week"):  # the week is over: a build publishes it
        marts.connection.execute(
            f"insert into marts.{mart}_published select told.*, 1, false, '-infinity', '-infinity' from marts.{mart} as told"
        )
    [chief] = [
        r
        for r in replay(lakeside_district, datetime(2026, 5, 12, tzinfo=UTC))
        if r.recipient.to == READERS["facilities"]
    ]
    assert (chief.week_start_on, chief.is_as_queued) == (WEEK, True)
    assert FACILITIES in chief.content.text


def test_more_questions_than_a_page_holds_are_counted() -> None:
    asked = [RecordQuestion("April 2026", "it", f"question {n}") for n in range(MOST_QUESTIONS + 2)]
    told = questions_for(asked, "unit_chief", None)
    assert told is not None
    assert (told.lines[-1], told.more) == (f"question {MOST_QUESTIONS - 1}", "and 2 more")
