"""Mistakes in the sources' options are told, each with its mend, and Lakeside's own options are none."""

from pathlib import Path
from typing import Any

import pytest

from schoolward.district import load_district
from schoolward.sources import oneroster, servicenow

LAKESIDE = {
    "sis": oneroster.check_options,
    "helpdesk": servicenow.check_options,
}


@pytest.mark.parametrize("name", LAKESIDE)
def test_lakesides_options_are_right(name: str, lakeside_file: Path) -> None:
    options = load_district(lakeside_file).source(name).options
    assert LAKESIDE[name](options) == []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"location_code_feild": "u_code"}, "location_code_feild is not an option; did you mean location_code_field?"),
        (
            {"location_code_field": "u code^ORactive=true"},
            "location_code_field must be a column of cmn_location, such as u_school_code",
        ),
        ({"overlap_minutes": -1}, "overlap_minutes must be a whole number from 0 to 10080, not -1"),
        ({"page_size": "many"}, "page_size must be a whole number from 1 to 10000, not 'many'"),
        ({"page_size": True}, "page_size must be a whole number from 1 to 10000, not True"),
        ({"max_deleted_share": 20}, "max_deleted_share must be a share between 0 and 1, such as 0.2, not 20"),
    ],
)
def test_a_mistake_in_servicenows_options_is_told(options: dict[str, Any], told: str) -> None:
    assert servicenow.check_options(options) == [told]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            {"streams": ["org"]},
            "streams must be a list of some of orgs, academic_sessions, users, user_roles, enrollments, demographics, not ['org']",
        ),
        ({"org_metadata": ["level"]}, "org_metadata must be a table of our column = the vendor's metadata field"),
        ({"org_metadata": {"name": "x"}}, "org_metadata: name is not a column"),
        (
            {"demographics_metadata": {"is_low_income": ""}},
            "demographics_metadata: is_low_income must name a metadata field, not ''",
        ),
        ({"demographics_metadata": {"birthDate": "birthDate"}}, "demographics_metadata: birthDate is not a column"),
        ({"overlap_hours": 1.5}, "overlap_hours must be a whole number from 0 to 744, not 1.5"),
    ],
)
def test_a_mistake_in_onerosters_options_is_told(options: dict[str, Any], told: str) -> None:
    [mistake] = oneroster.check_options(options)
    assert mistake.startswith(told)


def test_several_mistakes_are_told_together() -> None:
    assert len(servicenow.check_options({"a": 1, "page_size": 0, "streams": []})) == 3
