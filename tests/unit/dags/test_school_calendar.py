"""The weekly schedule as Airflow's scheduler asks it."""

from datetime import date, datetime, time
from typing import Any

import pendulum
import pytest

from schoolward.school_week import FirstBusinessDays


def timetable() -> Any:
    from school_calendar import FirstBusinessDay

    return FirstBusinessDay(FirstBusinessDays("America/Chicago", time(6), range(1, 6), {date(2025, 12, 25)}))


def ask(
    last: str | None, *, now: str, catchup: bool = False, earliest: str | None = None, latest: str | None = None
) -> Any:
    """The next run, asked at a given moment."""
    from airflow.timetables.base import DataInterval, TimeRestriction

    import school_calendar

    def moment(text: str | None) -> Any:
        return pendulum.parse(text) if text else None

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.fromisoformat(now).astimezone(tz)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(school_calendar, "datetime", Clock)
        info = timetable().next_dagrun_info(
            last_automated_data_interval=DataInterval.exact(moment(last)) if last else None,
            restriction=TimeRestriction(moment(earliest), moment(latest), catchup),
        )
    return info and info.run_after.isoformat()


def test_a_new_schedule_waits_for_its_first_monday() -> None:
    assert ask(None, now="2025-10-08T12:00+00:00") == "2025-10-13T11:00:00+00:00"
    assert ask(None, now="2025-10-13T11:00+00:00", earliest="2025-01-01T00:00Z") == "2025-10-13T11:00:00+00:00"


def test_a_schedule_that_catches_up_begins_at_its_start() -> None:
    assert (
        ask(None, now="2025-10-08T12:00+00:00", catchup=True, earliest="2025-09-02T00:00Z")
        == "2025-09-08T11:00:00+00:00"
    )


def test_a_run_follows_the_last_one_by_a_week() -> None:
    assert ask("2025-10-06T11:00Z", now="2025-10-06T11:00:05+00:00") == "2025-10-13T11:00:00+00:00"


def test_a_run_missed_while_the_scheduler_was_down_is_made_up_once() -> None:
    now = "2025-10-29T15:00+00:00"
    made_up = ask("2025-10-06T11:00Z", now=now)
    assert made_up == "2025-10-27T11:00:00+00:00"
    assert ask(made_up, now=now) == "2025-11-03T12:00:00+00:00"


def test_no_run_comes_after_the_end_of_the_schedule() -> None:
    assert ask("2025-10-06T11:00Z", now="2025-10-06T12:00+00:00", latest="2025-10-12T00:00Z") is None


def test_a_run_asked_for_by_hand_is_for_its_own_moment() -> None:
    at = pendulum.parse("2025-10-08T12:00Z")
    assert timetable().infer_manual_data_interval(run_after=at) == (at, at)


def test_a_schedule_read_back_from_airflows_database_is_the_same() -> None:
    from airflow.serialization.decoders import decode_timetable
    from airflow.serialization.encoders import encode_timetable

    again = decode_timetable(encode_timetable(timetable()))
    assert again.serialize() == timetable().serialize()
    assert again.summary == "first business day, 06:00"
