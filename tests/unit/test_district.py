"""The district file: every mistake is told, in one line, with the place and the mend."""

import textwrap
from collections.abc import Callable
from datetime import date, time
from pathlib import Path

import pytest

from schoolward.district import District, load_district
from schoolward.errors import DistrictFileError, SchoolwardError
from schoolward.warehouse import settings

GOOD = """
[district]
id = "lakeside"
name = "Lakeside"
timezone = "America/Chicago"
[[source]]
name = "helpdesk"
system = "servicenow"
connection = "helpdesk"
schedule = "*/30 * * * *"
[calendar]
holidays = "US"
closures = ["2025-12-24/2025-12-26"]
no_school = ["2026-03-23/2026-03-27"]
[[unit]]
id = "it"
name = "IT"
groups = ["Desk"]
hours = "Mon-Thu 07:00-17:00, Fri 07:00-12:00"
open_on = ["2025-12-26"]
[[theory_of_action]]
version = "1"
effective_from = "2025-08-01"
[theory_of_action.promises."*"]
1 = { first_response = "30m", resolution = "1d" }
[[theory_of_action]]
version = "2"
effective_from = "2026-01-01"
[theory_of_action.promises.it]
1 = { first_response = "1h", resolution = "2d" }
[theory_of_action.thresholds]
"D1.4" = { act = 12 }
[[recipient]]
role = "unit_chief"
unit = "it"
name = "CIO"
to = "mailto:cio@lakeside.example"
"""

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def _write(text: str) -> Path:
        path = tmp_path / "district.toml"
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    return _write


def mistakes(path: Path) -> tuple[str, ...]:
    with pytest.raises(DistrictFileError) as caught:
        load_district(path)
    return caught.value.mistakes


def test_the_sample_district_file_is_sound(lakeside_district: District) -> None:
    assert [s.name for s in lakeside_district.sources] == ["sis", "helpdesk", "facilities_desk", "hr", "registers"]
    assert len(lakeside_district.units) == 8


def test_a_promised_day_is_the_units_open_day_and_lasts_until_the_next_version(write: Write) -> None:
    district = load_district(write(GOOD))
    first, second = district.promises
    assert (first.first_response_business_minutes, first.resolution_business_minutes) == (30, 600)
    assert (first.valid_from, first.valid_to) == (date(2025, 8, 1), date(2026, 1, 1))
    assert (second.resolution_business_minutes, second.valid_to) == (1200, None)
    assert district.thresholds[0].act == 12


def test_closures_join_holidays_and_a_unit_may_stay_open(write: Write) -> None:
    [unit] = load_district(write(GOOD)).units
    assert date(2025, 12, 24) in unit.closures
    assert date(2025, 12, 25) in unit.closures  # Christmas is a public holiday too, and stands once
    assert unit.closures.count(date(2025, 12, 25)) == 1
    assert date(2025, 12, 26) not in unit.closures
    assert date(2026, 7, 3) in unit.closures  # 4 July 2026 is a Saturday, observed on Friday


CALENDAR = GOOD.replace(
    'hours = "Mon-Thu',
    """special_hours = { "2025-12-23" = "07:00-12:00", "2025-12-31" = "08:00-10:00, 11:00-12:00" }
    closures = ["2025-10-10"]
    hours = "Mon-Thu""",
).replace(
    "[[theory_of_action]]",
    """[[unit.hours_change]]
    valid_from = "2026-08-10"
    hours = "Mon-Fri 07:00-17:00"
    [[unit.hours_change]]
    valid_from = "2026-06-08"
    hours = "Mon-Thu 07:00-17:30"
    [[theory_of_action]]""",
    1,
)


def test_a_unit_may_have_summer_hours_special_dates_and_closures_of_its_own(write: Write) -> None:
    [unit] = load_district(write(CALENDAR)).units
    assert [(start, len(hours)) for start, hours in unit.hours_changes] == [
        (date(2026, 6, 8), 4),
        (date(2026, 8, 10), 5),
    ]
    assert [span.minutes for span in unit.special_hours[date(2025, 12, 31)]] == [120, 60]
    assert date(2025, 10, 10) in unit.closures
    assert unit.open_on == (date(2025, 12, 26),)
    assert unit.open_day_minutes == 600


def test_hours_are_written_with_the_days_they_are_in_force(write: Write) -> None:
    rows = settings._rows(load_district(write(CALENDAR)))
    in_force = dict.fromkeys((row[4], row[5]) for row in rows["unit_hours"])
    assert list(in_force) == [
        ("-infinity", date(2026, 6, 8)), (date(2026, 6, 8), date(2026, 8, 10)), (date(2026, 8, 10), None),
    ]  # fmt: skip
    assert ("it", date(2025, 12, 23), time(7), time(12)) in rows["unit_special_hours"]
    assert rows["unit_open_day"] == [("it", date(2025, 12, 26))]


def test_a_unit_may_take_its_hours_from_a_help_desks_schedule(write: Write) -> None:
    desk = GOOD.replace('system = "servicenow"', 'system = "zendesk"')
    [unit] = load_district(write(desk.replace("open_on", 'hours_from = "helpdesk/Trades, all week"\nopen_on'))).units
    assert unit.schedule == ("helpdesk", "Trades, all week")
    for wrong in ("helpdesk", "elsewhere/Trades", "helpdesk/"):
        text = desk.replace("open_on", f'hours_from = "{wrong}"\nopen_on')
        assert "Write the name of a Zendesk source of this file" in mistakes(write(text))[0]


def test_a_source_is_late_after_twice_its_longest_gap_and_never_before_an_hour(write: Write) -> None:
    def late_after(schedule: str) -> int:
        text = GOOD.replace("*/30 * * * *", schedule)
        return load_district(write(text)).source("helpdesk").expected_every_minutes

    assert late_after("*/10 * * * *") == 60
    assert late_after("0 4 * * *") == 2 * 24 * 60
    assert late_after("0 4 * * 1-5") == 2 * 3 * 24 * 60  # Friday to Monday


@pytest.mark.parametrize(
    ("wrong", "right", "told"),
    [
        ('timezone = "America/Chicago"', 'timezone = "Chicago"', "[district] timezone: is 'Chicago', which is no time zone. Use a name such as America/Chicago."),
        ('id = "lakeside"', 'id = "Lake Side"', "[district] id: is 'Lake Side'. Use up to 41 lower-case letters, digits and underscores, a letter first."),
        ('system = "servicenow"', 'system = "servicenou"', "[[source]] 1 'helpdesk' system: is 'servicenou'. Use one of oneroster, servicenow, zendesk, edfi, csv_drop."),
        ('schedule = "*/30 * * * *"', 'schedule = "every hour"', "[[source]] 1 'helpdesk' schedule: is 'every hour', which is no cron expression."),
        ('connection = "helpdesk"\n', "", "[[source]] 1 'helpdesk' connection: is missing. Add it"),
        ('name = "IT"', 'name = "IT"\ncolour = "red"', "[[unit]] 1 'it' colour: is not known here. Remove it"),
        ('groups = ["Desk"]', 'groups = "Desk"', "[[unit]] 1 'it' groups: is a text, not a list. Write it as groups = [\"…\"]."),
        ("Fri 07:00-12:00", "Fri 12:00-07:00", "[[unit]] 1 'it' hours: has the part 'Fri 12:00-07:00'."),
        ("Fri 07:00-12:00", "Thu 16:00-18:00", "[[unit]] 1 'it' hours: has spans that overlap on Thu. Join them."),
        ("open_on", 'special_hours = { "2025-12-23" = "noon" }\nopen_on', "[[unit]] 1 'it' special_hours 2025-12-23: has the span 'noon'."),
        ("open_on", 'special_hours = { Christmas = "07:00-12:00" }\nopen_on', "[[unit]] 1 'it' special_hours: has 'Christmas'"),
        ("[[theory_of_action]]\nversion = \"1\"", '[[unit.hours_change]]\nhours = "Mon 07:00-08:00"\n[[theory_of_action]]\nversion = "1"', "[[hours_change]] 1 valid_from: is missing."),
        ('holidays = "US"', 'holidays = "Atlantis"', "[calendar] holidays: is 'Atlantis', which the holidays library does not know."),
        ('"2025-12-24/2025-12-26"', '"2025-12-26/2025-12-24"', "[calendar] closures: holds '2025-12-26/2025-12-24'."),
        ('effective_from = "2026-01-01"', 'effective_from = "soon"', "[[theory_of_action]] 2 '2' effective_from: is 'soon', not a date."),
        ('promises."*"]', "promises.transport]", "[[theory_of_action]] 1 '1' promises: names the unit 'transport', which there is not."),
        ('resolution = "2d"', 'resolution = "2 weeks"', "[[theory_of_action]] 2 '2' promises.it: priority 1 is"),
        ('first_response = "30m"', 'first_response = "2d"', "the response no longer than the resolution."),
        ("{ act = 12 }", '{ act = "many" }', "thresholds: \"D1.4\" is {'act': 'many'}. Write numbers"),
        ('role = "unit_chief"', 'role = "principal"', "[[recipient]] 1 'CIO' role: is 'principal'. Use one of superintendent"),
        ('unit = "it"\n', 'unit = "food"\n', "[[recipient]] 1 'CIO' unit: is 'food', which is no unit of this file."),
        ('to = "mailto:cio@lakeside.example"', 'to = "slack://TOKEN"', "[[recipient]] 1 'CIO' to: is 'slack'…. Write mailto:<address>, or apprise:<Airflow connection id>"),
        ('name = "CIO"', 'name = "CIO"\nquiet_hours = "night"', "quiet_hours: is 'night'. Write when quiet begins and ends, such as \"18:00-07:00\""),
        ('name = "CIO"', 'name = "CIO"\nquiet_hours = "07:00-07:00"', "quiet_hours: is '07:00-07:00'. Write when"),
        ('name = "CIO"', 'name = "CIO"\nurgent_anytime = "no"', "urgent_anytime: is a text, not true or false."),
        ('name = "CIO"', 'name = "CIO"\nticket = "hr"', "ticket: is 'hr', which is no ticketing system of this file. Use one of helpdesk."),
        ('role = "unit_chief"\nunit = "it"', 'role = "ild"', "[[recipient]] 1 'CIO' staff_id: is missing."),
        ('groups = ["Desk"]', 'groups = ["Desk"]\nrequest_group = "Bench"', "request_group: is 'Bench', which is none of its groups. Use one of Desk."),
        ('[calendar]', '[delivery]\nquiet_days = ["sundays"]\n[calendar]', "[delivery] quiet_days: holds 'sundays'. Use closed, no_school."),
        ('[calendar]', '[delivery.ticket_connections]\nhr = "x"\n[calendar]', "[ticket_connections] hr: is not known here."),
        ('id = "lakeside"', 'id = "lakeside"\ncrosswalk = "none.csv"', "[district] crosswalk: none.csv cannot be read"),
        ('[district]', '[district', "is not valid TOML"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_one_line_with_place_and_mend(write: Write, wrong: str, right: str, told: str) -> None:
    assert wrong in GOOD
    found = mistakes(write(GOOD.replace(wrong, right, 1)))
    assert any(told in line for line in found), found
    assert all("\n" not in line and line.startswith("district.toml: ") for line in found)


def test_quiet_hours_are_the_districts_unless_a_recipient_has_others_or_none(write: Write) -> None:
    other = '[[recipient]]\nrole = "engineer"\nname = "{0}"\nto = "mailto:{0}@x.example"\nquiet_hours = "{1}"\n'
    text = GOOD + other.format("late", "20:00-09:00") + other.format("chat", "none")
    district = load_district(write(text + '[delivery]\nquiet_hours = "18:00-07:00"\n'))
    assert [r.quiet_hours and (r.quiet_hours.from_minute, r.quiet_hours.to_minute) for r in district.recipients] == [
        (1080, 420), (1200, 540), None,
    ]  # fmt: skip


def test_requests_are_opened_through_the_reading_connection_unless_another_is_named(write: Write) -> None:
    text = GOOD.replace('name = "CIO"', 'name = "CIO"\nticket = "helpdesk"')
    assert load_district(write(text)).ticket_connections == {}
    named = load_district(write(text + '[delivery.ticket_connections]\nhelpdesk = "helpdesk_write"\n'))
    assert (named.recipients[0].ticket, named.ticket_connections) == ("helpdesk", {"helpdesk": "helpdesk_write"})


def test_every_mistake_is_told_at_once(write: Write) -> None:
    text = GOOD.replace("America/Chicago", "Nowhere").replace("servicenow", "zendesk9").replace('"Desk"', "7")
    assert len(mistakes(write(text))) == 3


def test_a_secret_in_a_recipient_is_not_repeated(write: Write) -> None:
    [line] = mistakes(write(GOOD.replace("mailto:cio@lakeside.example", "slack://T0K3N/abc")))
    assert "T0K3N" not in line


def test_two_sources_or_units_cannot_share_a_name_or_group(write: Write) -> None:
    source = GOOD[GOOD.index("[[source]]") : GOOD.index("[calendar]")]
    unit = GOOD[GOOD.index("[[unit]]") : GOOD.index("[[theory")].replace('id = "it"', 'id = "food"')
    found = mistakes(write(GOOD + source + unit))
    assert "district.toml: [[source]] name: 'helpdesk' stands there more than once. Each may stand once." in found
    assert "district.toml: [[unit]] groups: 'Desk' stands there more than once. Each may stand once." in found


def test_a_bad_crosswalk_line_is_told_by_its_number(write: Write, tmp_path: Path) -> None:
    (tmp_path / "crosswalk.csv").write_text(
        "school_id,system,kind,alias\ns1,servicenow,location,Lincoln\ns2,servicenow,planet,Mars\n"
    )
    [line] = mistakes(write(GOOD.replace('id = "lakeside"', 'id = "lakeside"\ncrosswalk = "crosswalk.csv"')))
    assert "crosswalk.csv line 3: needs four filled cells" in line


def test_an_alias_cannot_mean_two_schools(write: Write, tmp_path: Path) -> None:
    (tmp_path / "crosswalk.csv").write_text(
        "school_id,system,kind,alias\ns1,servicenow,location,Oak\ns2,servicenow,location,Oak\n"
    )
    [line] = mistakes(write(GOOD.replace('id = "lakeside"', 'id = "lakeside"\ncrosswalk = "crosswalk.csv"')))
    assert "crosswalk.csv line 3: gives the location 'Oak' again, as line 2 did." in line


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    [line] = mistakes(tmp_path / "district.toml")
    assert "Write it with `schoolward init`" in line


def test_asking_for_an_unknown_source_names_those_there_are(write: Write) -> None:
    with pytest.raises(SchoolwardError, match="has no source 'sis'; it has helpdesk"):
        load_district(write(GOOD)).source("sis")


def test_who_may_hold_principals_to_account_is_the_strictest_profile_unless_said(write: Write) -> None:
    assert load_district(write(GOOD)).accountability_profile == "seed_strict"
    told = load_district(write(GOOD + '\n[accountability]\nprofile = "shared"\n'))
    assert told.accountability_profile == "shared"


def test_an_unknown_accountability_profile_is_told_with_the_known_ones(write: Write) -> None:
    with pytest.raises(
        DistrictFileError,
        match=r"\[accountability\] profile: is 'lenient'. Use one of seed_strict, shared, ild_evaluates",
    ):
        load_district(write(GOOD + '\n[accountability]\nprofile = "lenient"\n'))


def test_a_department_belongs_to_one_unit_only(write: Write) -> None:
    two_units = (
        GOOD.replace('hours = "Mon-Thu', 'departments = ["Technology"]\nhours = "Mon-Thu')
        + """
[[unit]]
id = "data"
name = "Data"
groups = ["Data Desk"]
hours = "Mon-Fri 08:00-16:00"
departments = ["Technology"]
"""
    )
    with pytest.raises(DistrictFileError, match="departments"):
        load_district(write(two_units))
