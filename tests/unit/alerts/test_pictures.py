"""The pictures say in their alternative text what they show, and come out as PNGs whatever the numbers."""

import struct
from datetime import date, timedelta

import pytest

from schoolward.alerts import pictures
from schoolward.alerts.outbox import Picture
from schoolward.alerts.pictures import Bar, WeekShare

WEEKS = [date(2026, 2, 16) + timedelta(weeks=n) for n in range(12)]


def size(picture: Picture) -> tuple[int, int]:
    assert picture.png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", picture.png[16:24])
    return width, height


def test_promises_kept_names_each_unit_with_share_and_number_and_says_which_slips() -> None:
    lines = {
        "IT": [WeekShare(w, 9, 10) for w in WEEKS],
        "Food": [WeekShare(w, 6, 10) for w in WEEKS],
        "HR": [WeekShare(w, 1, 1) for w in WEEKS],
    }
    picture = pictures.promises_kept(lines, 0.75, "kept")
    words = picture.alt.replace("\N{NO-BREAK SPACE}", " ")
    assert words == (
        "Promises kept in the week of 4 May, against a promise of 75 %: IT 90 % of 10; Food 60 % of 10 (below the promise);"
        " HR too few to say."
    )
    assert size(picture)[0] == 2 * (pictures.WIDTH + 20)


def test_days_since_contact_counts_each_school_once_on_its_side_of_the_promise() -> None:
    picture = pictures.days_since_contact({0: 3, 5: 1, 6: 2, 15: 4, 16: 5, 31: 1, 80: 1}, 15, "days")
    assert "17\N{NO-BREAK SPACE}schools: 10 within the promised 15 days, 7 beyond." in picture.alt
    assert (
        "0–5 days: 4; 6–10 days: 2; 11–15 days: 4; 16–20 days: 5; 21–25 days: 0; 26–30 days: 0; 31+ days: 2"
        in picture.alt
    )


@pytest.mark.parametrize(
    "picture",
    [
        lambda: pictures.promises_kept({}, None, "x"),
        lambda: pictures.promises_kept({"IT": [WeekShare(WEEKS[0], 0, 0)]}, 0.75, "x"),
        lambda: pictures.days_since_contact({}, None, "x"),
        lambda: pictures.contact_by_network({}, None, "x"),
        lambda: pictures.contact_by_network({"N": [0, 0, 400]}, 15, "x"),
        lambda: pictures.bars([], "Nothing.", "x"),
        lambda: pictures.bars([Bar("A very long name of a unit indeed", 0, 0, "none")], "Open.", "x"),
    ],
)
def test_no_data_and_odd_data_still_make_a_picture(picture) -> None:
    width, height = size(picture())
    assert width > 100
    assert height > 10
