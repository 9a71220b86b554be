"""What the digest says has become of alerts: came back, held, withdrawn; then, and when the same week is told again."""

from dataclasses import replace
from datetime import date

from tests.integration.alerts.made_up_marts import SCHOOLS, as_of_week, week

from schoolward.alerts import digest, evaluate
from schoolward.alerts.replay import replay
from schoolward.district import District

AGED = "requests left to age"


def test_what_came_back_held_or_was_withdrawn_since_the_last_digest_is_worded_and_told_again_to_the_letter(
    marts, owner, lakeside_district: District
):
    """s01 recovers for good, s02 slips again, s03's record turns out wrong; s04 stays, and once the week after is over, so do they."""
    cabinet = replace(lakeside_district, recipients=lakeside_district.recipients[:1])
    said = {}
    for n, flagged in enumerate(
        (["s01", "s02", "s03", "s04"], ["s03", "s04"], ["s02", "s03", "s04"], *[["s02", "s04"]] * 5)
    ):
        if n == 3:
            for past in range(3):
                marts.correct("s03", week(past), value=1, is_flagged=False, is_breached=False, status="ok")
        marts.next_week(week(n), flagged, SCHOOLS)
        marts.insert(
            "school_underserved_week", week_start_on=week(n), school_key="s01", is_partnership_underserved=False,
            is_service_underserved=False, is_compounded=False, data_as_of=as_of_week(week(n)),
        )  # fmt: skip
        evaluate(cabinet)
        _publish(owner, week(n))
        digest(cabinet)
        said[n] = _changes(owner, week(n))
    assert said[1] == {
        "New": "none",
        "Resolved": f"2: S01 School ({AGED}), S02 School ({AGED})",
        "Continuing": "2, of which 0 taken up",
    }
    assert said[2] == {
        "New": "none", "Came back": f"1: S02 School ({AGED}): recovered less than 30 days ago, and slipped again",
        "Resolved": "none", "Continuing": "2, of which 0 taken up",
    }  # fmt: skip
    assert said[3] == {
        "New": "none", "Resolved": "none", "Withdrawn": f"1: S03 School ({AGED}): the record was corrected, nothing had slipped",
        "Continuing": "2, of which 0 taken up",
    }  # fmt: skip
    assert said[4] == said[5] == {"New": "none", "Resolved": "none", "Continuing": "2, of which 0 taken up"}
    assert said[6] == {
        "New": "none",
        "Resolved": "none",
        "Held 30 days": f"1: S01 School ({AGED})",
        "Continuing": "2, of which 0 taken up",
    }
    assert said[7] == said[5]
    for n in (2, 3, 6):
        [again] = replay(cabinet, as_of_week(week(n + 1)).replace(hour=12))
        assert (again.week_start_on, again.is_as_queued) == (week(n), True)


def _publish(owner, monday: date) -> None:
    owner.connection.execute(
        "insert into marts.leadership_digest_week_published select told.*, 1, false, %s, now()"
        " from marts.leadership_digest_week as told where week_start_on = %s",
        (as_of_week(monday), monday),
    )


def _changes(owner, monday: date) -> dict[str, str]:
    key = f"digest:{monday}:superintendent:%"
    [row] = owner.rows("select body from alerts.outbox where idempotency_key like %s", [key])
    text = row["body"]["text"].replace("\N{NO-BREAK SPACE}", " ")
    lines = text[text.index("WHAT CHANGED SINCE") :].splitlines()[1:]
    return dict(line.split(": ", 1) for line in lines[: lines.index("")])
