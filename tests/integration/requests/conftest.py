"""A district of its own for the request core: units whose hours differ in every way hours can."""

import sys
import textwrap
from pathlib import Path

import pytest

from schoolward.district import District, load_district

sys.path.insert(0, str(Path(__file__).parent))

DISTRICT = """
[district]
id = "clockwork"
name = "Clockwork Public Schools"
timezone = "America/Chicago"
[instruction_blocking]
categories = ["no heat"]
tags = ["class_stopped"]
priorities = [1]
[[source]]
name = "helpdesk"
system = "servicenow"
connection = "helpdesk"
schedule = "*/30 * * * *"
[[source]]
name = "facilities_desk"
system = "zendesk"
connection = "facilities_desk"
schedule = "*/30 * * * *"
[calendar]
holidays = "US"
closures = ["2024-12-23/2025-01-03", "2025-12-22/2026-01-02"]
[[unit]]
id = "office"
name = "Office hours"
groups = ["Office"]
hours = "Mon-Fri 07:00-17:00"
[[unit]]
id = "lunch"
name = "Closed at noon and on Friday afternoons"
groups = ["Lunch"]
hours = "Mon-Thu 08:00-12:00, Mon-Thu 13:00-16:30, Fri 08:00-12:00"
closures = ["2025-03-10/2025-03-14", "2025-11-03"]
[[unit]]
id = "night"
name = "Over midnight"
groups = ["Night"]
hours = "Mon-Sun 22:00-30:00"
[[unit]]
id = "always"
name = "Never closed but on holidays"
groups = ["Always"]
hours = "Mon-Sun 00:00-24:00"
open_on = ["2024-12-25", "2025-12-25", "2025-12-26"]
[[unit]]
id = "moving"
name = "Longer hours from a day on"
groups = ["Moving"]
hours = "Mon-Fri 09:00-15:00"
[[unit.hours_change]]
valid_from = "2025-08-04"
hours = "Mon-Sat 06:30-18:15"
[[theory_of_action]]
version = "1"
effective_from = "2023-08-01"
[theory_of_action.promises."*"]
1 = { first_response = "1h", resolution = "1d" }
2 = { first_response = "4h", resolution = "2d" }
3 = { first_response = "1d", resolution = "5d" }
4 = { first_response = "2d", resolution = "10d" }
[theory_of_action.promises.lunch]
pauses = ["requester_wait", "on_hold"]
1 = { first_response = "1h", resolution = "1d" }
2 = { first_response = "4h", resolution = "2d" }
3 = { first_response = "1d", resolution = "5d" }
4 = { first_response = "2d", resolution = "10d" }
"""


@pytest.fixture(scope="session")
def lakeside_district(tmp_path_factory: pytest.TempPathFactory) -> District:
    """Takes the sample district's place under the warehouse of this folder's tests."""
    path = tmp_path_factory.mktemp("clockwork") / "district.toml"
    path.write_text(textwrap.dedent(DISTRICT), encoding="utf-8")
    return load_district(path)
