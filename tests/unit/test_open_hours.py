"""Open hours as they are written in the district file, and the mistakes that are told."""

from datetime import time

import pytest

from schoolward.open_hours import OpenHours, Span, longest_day, of_a_day, weekly


def read(text: str) -> tuple[tuple[OpenHours, ...], list[str]]:
    said: list[str] = []
    return weekly(text, said.append), said


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("Mon 07:00-17:00", [OpenHours(420, 1020, 1)]),
        ("Sat-Sun 9:00-12:00", [OpenHours(540, 720, 6), OpenHours(540, 720, 7)]),
        ("Fri 08:00-12:00, Fri 13:00-17:00", [OpenHours(480, 720, 5), OpenHours(780, 1020, 5)]),
        ("Sun 00:00-24:00", [OpenHours(0, 1440, 7)]),
        ("Fri 22:00-30:00", [OpenHours(1320, 1800, 5)]),
        ("Fri 20:00-24:00, Sat 00:00-02:00", [OpenHours(1200, 1440, 5), OpenHours(0, 120, 6)]),
        ("Sun 22:00-30:00, Mon 06:00-08:00", [OpenHours(360, 480, 1), OpenHours(1320, 1800, 7)]),
    ],
)
def test_hours_are_read_as_they_are_meant(text: str, spans: list[OpenHours]) -> None:
    assert read(text) == (tuple(spans), [])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Fri 12:00-07:00", "has the part 'Fri 12:00-07:00'."),
        ("Fri 12:00-12:00", "has the part"),
        ("Fri 24:00-25:00", "has the part"),
        ("Fri 08:00-33:00", "has the part"),
        ("Fri 08:60-09:00", "has the part"),
        ("Fri-Mon 08:00-09:00", "has the part"),
        ("Freitag 08:00-09:00", "has the part"),
        ("Thu 08:00-12:00, Thu 11:00-13:00", "has spans that overlap on Thu."),
        ("Fri 22:00-30:00, Sat 05:00-08:00", "has spans that overlap on Sat."),
        ("Sun 22:00-30:00, Mon 05:00-08:00", "has spans that overlap on Mon."),
    ],
)
def test_a_mistake_is_told(text: str, told: str) -> None:
    [said] = read(text)[1]
    assert said.startswith(told)


def test_a_span_up_to_midnight_ends_at_the_next_days_beginning() -> None:
    [span] = read("Sun 00:00-24:00")[0]
    assert (span.opens_at, span.closes_at, span.minutes) == (time(0), time(0), 1440)


def test_the_longest_day_counts_all_its_spans() -> None:
    assert longest_day(read("Mon 08:00-12:00, Mon 13:00-18:00, Tue 08:00-16:00")[0]) == 9 * 60


def test_a_dates_hours_have_no_weekday() -> None:
    said: list[str] = []
    assert of_a_day("13:00-15:00, 07:00-12:00", said.append) == (Span(420, 720), Span(780, 900))
    assert of_a_day("07:00-12:00, 11:00-13:00", said.append)
    assert of_a_day("noon", said.append) == ()
    assert [sentence.partition(".")[0] for sentence in said] == ["has spans that overlap", "has the span 'noon'"]
