"""Mistakes in the sources' options are told, each with its mend, and Lakeside's own options are none."""

from pathlib import Path
from typing import Any

import pytest

from schoolward.district import load_district
from schoolward.sources import edfi, oneroster, servicenow, zendesk

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


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"ticket_field": {}}, "ticket_field is not an option; did you mean ticket_fields?"),
        ({"ticket_fields": ["101"]}, "ticket_fields must be a table of our column = the custom field's id"),
        ({"ticket_fields": {"subject": 1}}, "ticket_fields: subject is not a column; known are category, subcategory"),
        (
            {"ticket_fields": {"category": "hvac"}},
            "ticket_fields: category must name a custom field's id, such as 360000000101, not 'hvac'",
        ),
        (
            {"ticket_fields": {"category": True}},
            "ticket_fields: category must name a custom field's id, such as 360000000101, not True",
        ),
        ({"ticket_fields": {"category": 1, "subcategory": "1"}}, "ticket_fields maps one field to two columns"),
        (
            {"organization_code_field": 7},
            'organization_code_field must be "external_id" or a key of organization_fields',
        ),
        ({"staff_id_pattern": "E[0-9"}, "staff_id_pattern must be a regular expression of employee numbers"),
        ({"staff_id_pattern": 7}, "staff_id_pattern must be a regular expression of employee numbers"),
        ({"kept_tags": "urgent"}, "kept_tags must be a list of tags, not 'urgent'"),
        ({"kept_tags": ["two words"]}, "kept_tags must be a list of tags"),
        ({"requests_per_minute": -1}, "requests_per_minute must be a whole number from 0 to 2500, not -1"),
        ({"page_size": 1001}, "page_size must be a whole number from 1 to 1000, not 1001"),
        ({"streams": ["ticket"]}, "streams must be a list of some of tickets, users, organizations, groups"),
    ],
)
def test_a_mistake_in_zendesks_options_is_told(options: dict[str, Any], told: str) -> None:
    [mistake] = zendesk.check_options(options)
    assert mistake.startswith(told)


def test_all_of_zendesks_options_together_are_right() -> None:
    options = {
        "ticket_fields": {"category": 360000000101, "school_code": "360000000103"}, "organization_code_field": "external_id",
        "staff_id_pattern": "E[0-9]{5}", "kept_tags": ["instruction_blocked"], "requests_per_minute": 0, "overlap_minutes": 0,
        "page_size": 1, "streams": ["tickets"], "max_deleted_share": 0.5,
    }  # fmt: skip
    assert zendesk.check_options(options) == []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"api_year": "2026"}, "api_year must be a whole number from 2000 to 2100, not '2026'"),
        ({"staff_id_system": ""}, "staff_id_system must name a descriptor, by its code value or its whole URI, not ''"),
        ({"need": ["poor"]}, "need must be a table of our flag = a list of descriptors"),
        ({"need": {"is_poor": ["FRL"]}}, "need: is_poor is not a flag; known are is_low_income, is_english_learner"),
        ({"need": {"is_low_income": "FRL"}}, "need: is_low_income must be a list of descriptors"),
        ({"absences": []}, "absences must be a list of descriptors, by code value or whole URI, not []"),
        ({"exit_day": "first"}, "exit_day must be last_day or day_after, not 'first'"),
        ({"page_size": 0}, "page_size must be a whole number from 1 to 10000, not 0"),
        ({"overlap_versions": -1}, "overlap_versions must be a whole number from 0 to 10000000, not -1"),
        ({"streams": ["schols"]}, "streams must be a list of some of schools,"),
    ],
)
def test_a_mistake_in_ed_fis_options_is_told(options: dict[str, Any], told: str) -> None:
    [mistake] = edfi.check_options(options)
    assert mistake.startswith(told)


def test_models_read_ed_fis_own_descriptors_unless_the_district_names_others() -> None:
    named = list(edfi.model_options({"instructional_events": ["uri://tx#School day"]}))
    assert ("instructional_events", "uri://tx#School day") in named
    assert ("absences", "Excused Absence") in named
    assert ("exit_day", "last_day") in named


def test_several_mistakes_are_told_together() -> None:
    assert len(servicenow.check_options({"a": 1, "page_size": 0, "streams": []})) == 3
