"""Every mistake in a csv_drop source's options is told, a sentence each."""

from typing import Any

import pytest

from schoolward.sources.csv_options import check_options

GOOD: dict[str, Any] = {"folder": "hr", "streams": {"hr_leave": {"files": "leave_{as_of}.csv"}}}


def with_stream(**options: Any) -> dict[str, Any]:
    return {"streams": {"hr_leave": {"files": "leave_{as_of}.csv", **options}}}


def test_good_options_have_no_finding() -> None:
    assert check_options(GOOD) == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "has no streams"),
        ({"streams": {}}, "has no streams"),
        ({**GOOD, "foldr": "hr"}, "'foldr', which is not known here"),
        ({**GOOD, "folder": 7}, "folder is not a text"),
        ({**GOOD, "max_deleted_share": 20}, "max_deleted_share is no share"),
        ({"streams": {"payroll": {}}}, "streams.payroll is no stream"),
        ({"streams": {"hr_leave": "leave.csv"}}, "streams.hr_leave is not a table"),
        ({"streams": {"hr_leave": {}}}, "files is missing or wrong"),
        (with_stream(files="in/leave.csv"), "files is missing or wrong"),
        (with_stream(files="{as_of}_{as_of}.csv"), "files is missing or wrong"),
        (with_stream(mode="append"), "mode is 'append'"),
        (with_stream(encoding="utf-9"), "encoding is 'utf-9'"),
        (with_stream(encoding=8), "encoding is 8"),
        (with_stream(delimiter=";;"), "delimiter must be one character"),
        (with_stream(list_separator=""), "list_separator must be one character"),
        (with_stream(date_formats="%m/%d/%Y"), "date_formats is no list"),
        (with_stream(date_formats=["MM/DD/YYYY"]), "date_formats is no list"),
        (with_stream(columns={"leave": "Leave"}), "columns names 'leave', which is no field of hr_leave"),
        (with_stream(columns={"leave_id": 3}), "columns is no table of headings"),
        (with_stream(colums={}), "'colums', which is not known here"),
        ({"streams": {"hr_position": {"files": "p.csv", "columns": {"occupant_no": "No"}}}}, "'occupant_no'"),
    ],
)
def test_a_mistake_is_told_once(options: dict[str, Any], said: str) -> None:
    [finding] = check_options(options)
    assert said in finding


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"setting": "school"}, "words is no table of tables."),
        ({"minutes": {"long": "school"}}, "words names 'minutes', which is no coded field of touchpoint. Use one of setting, focus,"),
        ({"setting": {"On site": "campus"}}, "words.setting gives 'campus' for 'On site'. Use one of school, video, phone, group, office."),
    ],
)  # fmt: skip
def test_words_that_cannot_be_mapped_are_told(words: object, told: str) -> None:
    options = {"streams": {"touchpoint": {"files": "t.csv", "words": words}}}
    [finding] = check_options(options)
    assert told in finding
