"""The registers land as they are, refer to each other, and show what was planted in each dimension, counted by hand."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from io import BytesIO
from shutil import copy
from typing import Any

import pytest
from tests.unit.sample.lakeside_records import CHICAGO, DISTRICT_FILE, Folder, day, utc

from schoolward.district import load_district
from schoolward.sources.csv_file import CsvFile
from schoolward.sources.csv_options import stream_options
from schoolward.sources.csv_records import STREAMS

Row = dict[str, str]


@pytest.fixture(scope="module")
def district(lakeside: Folder, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("district")
    copy(lakeside.path / "lakeside_crosswalk.csv", folder)
    copy(DISTRICT_FILE, folder / "district.toml")
    return load_district(folder / "district.toml")


@pytest.fixture(scope="module")
def registers(lakeside: Folder) -> Any:
    """Each register as it stands in the middle of the spring, the changes of those handed in as changes laid over each other."""
    at = lakeside.checkpoints[5]

    def read(name: str, key: str | None = None) -> list[Row]:
        if key is None:
            return lakeside.last_snapshot(f"registers/{name}", at)
        known = (
            row
            for instant, path in lakeside.delivered(f"registers/{name}")
            if instant <= at
            for row in lakeside.rows(path)
        )
        return list({row[key]: row for row in known}.values())

    return read


@pytest.fixture(scope="module")
def ilds(lakeside: Folder) -> dict[str, int]:
    """Network by ILD, acting ones left out."""
    rows = lakeside.last_snapshot("hr/assignments", lakeside.checkpoints[5])
    return {r["staff_id"]: int(r["org_id"][1:]) for r in rows if r["role"] == "ild" and r["is_acting"] == "false"}


@pytest.fixture(scope="module")
def units(lakeside: Folder) -> dict[str, str]:
    """Unit of everybody who works in one."""
    rows = lakeside.last_snapshot("hr/assignments", lakeside.checkpoints[5])
    return {r["staff_id"]: r["org_id"] for r in rows if r["role"] in ("case_manager", "unit_staff", "unit_chief")}


@pytest.fixture(scope="module")
def contacts(registers: Any) -> list[Row]:
    rows: list[Row] = registers("touchpoints", "touchpoint_id")
    return rows


def test_every_file_of_every_register_lands_without_a_complaint(lakeside: Folder, district: Any) -> None:
    by_name = {stream.name: stream for stream in STREAMS}
    seen: Counter[str] = Counter()
    for source in ("hr", "registers"):
        options = district.source(source).options
        for name in options["streams"]:
            chosen = stream_options(options, name)
            for path in lakeside.path.glob(f"files/*/{source}/*.csv"):
                if chosen.matcher().fullmatch(path.name):
                    file = CsvFile(path.name, by_name[name], chosen, district.timezone)
                    for page in file.pages(BytesIO(path.read_bytes())):
                        assert not page.rejects, page.rejects[:3]
                        assert not page.vanished_fields
                        seen[name] += len(page.records)
    assert set(seen) == set(by_name)
    assert min(seen.values()) > 0


def test_registers_name_only_units_schools_and_rows_that_exist(lakeside: Folder, registers: Any, district: Any) -> None:
    schools = {s["school_id"] for s in lakeside.truth["schools"]}
    unit_ids = {unit.id for unit in district.units}
    asks, cycles, items = registers("central_asks"), registers("evidence_cycles"), registers("evidence_items")
    assert {school for ask in asks for school in ask["school_ids"].split(";") if school} <= schools
    for rows in (asks, registers("service_surveys"), registers("pulse_surveys")):
        assert {row["unit_id"] for row in rows} == unit_ids
    assert {i["cycle_id"] for i in items} - {""} <= {c["cycle_id"] for c in cycles}
    links = registers("decision_evidence")
    assert {link["item_id"] for link in links} <= {i["item_id"] for i in items}
    assert {link["decision_id"] for link in links} <= {d["decision_id"] for d in registers("decisions")}
    parties = {p["stakeholder_id"] for p in registers("stakeholders")}
    assert {p for c in registers("communications") for p in c["stakeholder_ids"].split(";")} <= parties
    assert {s["touchpoint_id"] for s in registers("next_steps", "step_id")} <= {
        t["touchpoint_id"] for t in registers("touchpoints", "touchpoint_id")
    }
    _, substitutes = lakeside.delivered("registers/substitutes")[-1]
    assert {row["school_id"] for row in lakeside.rows(substitutes)} <= schools


def test_nothing_is_told_before_it_happened(lakeside: Folder) -> None:
    later = {
        "current_due_on",
        "baseline_due_on",
        "due_on",
        "revisit_on",
        "valid_to",
        "ends_on",
        "planned_on",
        "funded_until",
    }
    later |= {"next_step_due_on", "starts_on"}
    for instant, path in lakeside.delivered("registers/*"):
        today = instant.astimezone(CHICAGO).date().isoformat()
        for row in lakeside.rows(path):
            told = [
                value for name, value in row.items() if name.endswith("_on") and name not in later and value > today
            ]
            assert told == [] or "case_managers" in path.name, (path.name, row)


def test_the_versions_of_the_theory_of_action_are_those_of_the_district_file(registers: Any, district: Any) -> None:
    told = [(row["version_id"], date.fromisoformat(row["effective_from"])) for row in registers("toa_versions")]
    assert told == [(theory.version, theory.valid_from) for theory in district.theories]
    assert {t.version for t in district.thresholds if t.indicator_id == "D1.6"} == {"2026.1"}


def test_one_version_cites_evidence_and_one_does_not(registers: Any) -> None:
    cited = {row["version_id"]: row["changed_because_evidence_cycle_id"] for row in registers("toa_versions")}
    assert cited["2025.2"] == ""
    cycles = {row["cycle_id"]: row for row in registers("evidence_cycles")}
    assert date.fromisoformat(cycles[cited["2026.1"]]["changed_on"]) < date(2026, 1, 5)


def test_one_ild_monitors_and_one_brings_evaluation_into_coaching(contacts: list[Row], ilds: dict[str, int]) -> None:
    tagged = [
        (ilds[c["staff_id"]], set(c["practice_tags"].split(";")))
        for c in contacts
        if c["staff_id"] in ilds and c["practice_tags"]
    ]
    monitors = _shares((network, tags == {"monitoring"}) for network, tags in tagged)
    evaluates = _shares((network, "evaluation" in tags) for network, tags in tagged)
    assert monitors.pop(3) > 0.5
    assert max(monitors.values()) < 0.15
    assert evaluates.pop(5) > 0.15
    assert max(evaluates.values()) < 0.1


def test_one_ild_forgets_half_of_the_steps_and_steps_agree_with_the_log(
    registers: Any, contacts: list[Row], ilds: dict[str, int], lakeside: Folder
) -> None:
    steps = {step["touchpoint_id"]: step for step in registers("next_steps", "step_id")}
    at = lakeside.checkpoints[5].date() - timedelta(days=10)
    due = [
        c
        for c in contacts
        if c["staff_id"] in ilds and c["next_step_due_on"] and date.fromisoformat(c["next_step_due_on"]) < at
    ]
    kept = _shares((ilds[c["staff_id"]], bool(steps[c["touchpoint_id"]]["reviewed_on"])) for c in due)
    assert kept.pop(6) < 0.6
    assert min(kept.values()) > 0.75


def test_every_ild_is_observed_once_a_month_but_one_since_the_break(contacts: list[Row], ilds: dict[str, int]) -> None:
    months = {
        (ilds[c["staff_id"]], utc(c["occurred_at"]).astimezone(CHICAGO).strftime("%Y-%m"))
        for c in contacts
        if c["observed_by_staff_id"] and c["staff_id"] in ilds
    }
    assert {month for network, month in months if network == 4} == {f"2025-{n:02d}" for n in range(8, 13)}
    assert {month for network, month in months if network == 1} >= {"2026-01", "2026-02", "2026-03"}


def test_one_unit_passes_ilds_by(contacts: list[Row], units: dict[str, str]) -> None:
    told = [c for c in contacts if c["staff_id"] in units and c["contact_type"] == "substantive"]
    informed = _shares((units[c["staff_id"]], c["is_ild_informed"] == "true") for c in told)
    assert informed.pop("curriculum") < 0.6
    assert min(informed.values()) > 0.85


def test_one_unit_asks_at_short_notice_and_one_directs_past_the_ilds(registers: Any) -> None:
    asks = registers("central_asks")
    short = _shares(
        (a["unit_id"], (date.fromisoformat(a["due_on"]) - date.fromisoformat(a["sent_on"])).days < 5) for a in asks
    )
    routed = _shares((a["unit_id"], a["is_routed_via_ild"] == "true") for a in asks if a["kind"] == "directive")
    assert short.pop("curriculum") > 0.4
    assert max(short.values()) == 0
    assert routed["budget"] < 0.5


def test_one_ild_and_one_unit_learned_nothing(registers: Any, ilds: dict[str, int], units: dict[str, str]) -> None:
    held = {event["event_id"]: event["held_on"] for event in registers("pd_events")}
    minutes: Counter[Any] = Counter()
    for row in registers("pd_attendance"):
        if held[row["event_id"]] >= "2026-01-05":
            minutes[ilds.get(row["staff_id"]) or units[row["staff_id"]]] += int(row["attended_minutes"])
    assert minutes[1] == 0
    assert minutes["transport"] == 0
    assert min(minutes[network] for network in (2, 3, 4, 5, 6, 8)) > 600
    assert min(minutes[unit] for unit in set(units.values()) - {"transport"}) > 1200


def test_principals_are_held_to_account_by_human_resources_except_in_one_network(
    lakeside: Folder, registers: Any
) -> None:
    acts = registers("evaluations")
    offices = Counter((act["act_type"], act["signed_by_office"]) for act in acts)
    assert offices["goal_setting", "Network 5"] == 10
    assert {office for (act, office) in offices if act != "goal_setting"} == {"Human Resources"}
    late = [a for a in acts if a["completed_on"] > a["due_on"]]
    assert {a["act_type"] for a in late} == {"mid_year_review"}
    assert 8 <= len(late) <= 11


def test_surveys_rate_one_unit_low_one_high_and_one_not_at_all(registers: Any) -> None:
    rated = {
        (r["unit_id"], r["survey_id"]): (int(r["n_responses"]), float(r["rating_sum"]))
        for r in registers("service_surveys")
    }
    means = {unit: total / n for (unit, survey), (n, total) in rated.items() if survey == "SS-2025-10"}
    assert min(means, key=means.__getitem__) == "facilities"
    assert max(means, key=means.__getitem__) == "hr"
    assert rated["food", "SS-2026-01"][0] < 10
    agree = {
        (r["unit_id"], r["survey_id"]): int(r["n_agree"]) / int(r["n_responses"]) for r in registers("pulse_surveys")
    }
    assert [unit for (unit, survey), share in agree.items() if survey == "PS-2026-03" and share < 0.75] == ["transport"]


def test_high_need_schools_find_half_of_their_substitutes(lakeside: Folder) -> None:
    asked: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for _, path in lakeside.delivered("registers/substitutes"):
        for row in lakeside.rows(path):
            asked[row["school_id"]] += int(row["n_requested"])
            found[row["school_id"]] += int(row["n_filled"])
    shares = sorted(found[school] / asked[school] for school in asked)
    assert shares[4] < 0.65
    assert shares[20] > 0.75
    assert len(shares) == 64


def test_four_schools_carry_too_many_initiatives(registers: Any, lakeside: Folder) -> None:
    today = lakeside.checkpoints[5].date().isoformat()
    load: Counter[str] = Counter()
    for project in registers("projects"):
        if project["is_initiative"] == "true" and (not project["closed_on"] or project["closed_on"] > today):
            load.update(project["school_ids"].split(";"))
    assert {school for school, n in load.items() if n > 5} >= {f"lk-sch-{n:03d}" for n in range(4)}
    assert len([school for school, n in load.items() if n > 5]) < 12


def test_one_school_had_four_case_managers_of_a_unit_without_a_day_between_them(registers: Any) -> None:
    rows = sorted(
        (r["valid_from"], r["valid_to"])
        for r in registers("case_managers")
        if (r["school_id"], r["unit_id"]) == ("lk-sch-033", "budget")
    )
    assert len(rows) == 4
    assert [end for _, end in rows[:-1]] == [start for start, _ in rows[1:]]


def test_milestones_of_one_units_projects_slip(registers: Any, lakeside: Folder) -> None:
    leads = {project["project_id"]: project["unit_ids"].split(";")[0] for project in registers("projects")}
    today = lakeside.checkpoints[5].date().isoformat()
    due = [m for m in registers("milestones") if m["baseline_due_on"] <= today]
    on_time = _shares(
        (leads[m["project_id"]], bool(m["done_on"]) and m["done_on"] <= m["baseline_due_on"]) for m in due
    )
    assert on_time["student_services"] < 0.1
    others = [m for m in due if leads[m["project_id"]] != "student_services"]
    assert sum(bool(m["done_on"]) and m["done_on"] <= m["baseline_due_on"] for m in others) > 0.7 * len(others)


def test_the_cabinet_talks_less_of_the_transformation_since_february(registers: Any) -> None:
    minutes: dict[bool, Counter[bool]] = defaultdict(Counter)
    for row in registers("agenda_items"):
        minutes[row["met_on"] >= "2026-02-01"][row["is_transformation"] == "true"] += int(row["minutes"])
    shares = {late: counts[True] / counts.total() for late, counts in minutes.items()}
    assert shares[False] > 0.2
    assert shares[True] < 0.1


def test_decisions_of_two_months_rest_on_little_evidence(registers: Any) -> None:
    founded = {link["decision_id"] for link in registers("decision_evidence")}
    shares = _shares((d["made_on"][:7], d["decision_id"] in founded) for d in registers("decisions"))
    assert max(shares["2026-02"], shares["2026-03"]) < 0.6
    assert min(shares["2025-10"], shares["2025-11"]) > 0.6


def test_one_unit_opens_no_cycle_and_one_closes_none(registers: Any) -> None:
    cycles = registers("evidence_cycles")
    assert "food" not in {c["unit_id"] for c in cycles}
    assert [c for c in cycles if c["unit_id"] == "facilities" and c["changed_on"]] == []
    assert sum(bool(c["changed_on"]) for c in cycles) > 8


def test_one_audience_is_told_nothing_since_the_break(registers: Any) -> None:
    reached = {
        a for c in registers("communications") if c["sent_on"] >= "2026-01-01" for a in c["audiences"].split(";")
    }
    every = {p["audience"] for p in registers("stakeholders")}
    assert every - reached == {"union"}


def test_some_resources_and_posts_come_to_an_end(registers: Any) -> None:
    resources = {r["resource_id"]: r for r in registers("external_resources")}
    ending = [r for r in resources.values() if day(r["ends_on"]) < date(2026, 9, 13)]  # type: ignore[operator]
    assert {r["resource_id"] for r in ending if not r["successor_resource_id"]} == {"XR-03"}
    assert {r["successor_resource_id"] for r in ending} - {""} <= resources.keys()
    posts = registers("post_funding")
    assert {p["unit_id"] for p in posts if p["funded_until"] == "2026-08-31"} == {"food"}
    ready = {r["staff_id"] for r in registers("role_readiness")}
    assert (
        len(ready) == len(posts) + 8 + 1 - 2
    )  # chiefs and a successor beside the posts; two case managers are missing


def test_staff_of_one_unit_never_work_at_a_school(registers: Any, units: dict[str, str], ilds: dict[str, int]) -> None:
    at_schools = Counter(
        units.get(b["staff_id"]) for b in registers("time_blocks", "block_id") if b["setting"] == "school"
    )
    assert at_schools["budget"] == 0
    assert min(at_schools[unit] for unit in set(units.values()) - {"budget"}) > 100


def test_the_calendars_of_ilds_agree_with_their_log(
    registers: Any, contacts: list[Row], ilds: dict[str, int], lakeside: Folder
) -> None:
    blocks = {
        b["block_id"].removeprefix("B-"): b for b in registers("time_blocks", "block_id") if b["staff_id"] in ilds
    }
    until = lakeside.checkpoints[5].date().isoformat()
    log = {c["touchpoint_id"]: c for c in contacts if c["staff_id"] in ilds and c["occurred_at"][:10] < until}
    assert log.keys() <= blocks.keys()
    for key, line in log.items():
        block = blocks[key]
        assert utc(block["ends_at"]) - utc(block["starts_at"]) == timedelta(minutes=int(line["minutes"]))
        assert bool(block["cancelled_at"]) == bool(line["cancelled_at"])


def test_the_truth_tells_what_was_planted_in_every_dimension(lakeside: Folder) -> None:
    planted = lakeside.truth["dimensions"]
    assert {line["indicator_id"][:2] for line in planted} == {"D1", "D2", "D3", "D4", "D5", "R1", "R2", "R3", "R4"}
    assert all(line["why"] and line["scope"] for line in planted)


def _shares(pairs: Any) -> dict[Any, float]:
    """Share of those that are so, by whom."""
    counts: dict[Any, Counter[bool]] = defaultdict(Counter)
    for who, is_so in pairs:
        counts[who][is_so] += 1
    return {who: found[True] / found.total() for who, found in counts.items()}
