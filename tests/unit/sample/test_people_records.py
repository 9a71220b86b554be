"""HR's extracts, the registers and the SIS: moves, vacancies, leave, dirt, and data that must never land."""

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from itertools import pairwise

from tests.unit.sample.lakeside_records import CHICAGO, Folder, Rulebook, day, utc


def test_hires_exits_moves_and_vacancies_show_between_the_position_extracts(lakeside: Folder) -> None:
    extracts = [lakeside.rows(path, "cp1252") for _, path in lakeside.delivered("hr/positions")]
    assert len(extracts) == 11
    first, last = ({r["Employee"]: r["Dept"] for r in rows if r["Employee"]} for rows in (extracts[0], extracts[-1]))
    assert len(last.keys() - first.keys()) > 50
    assert len(first.keys() - last.keys()) > 50
    assert sum(last[who] != first[who] for who in first.keys() & last.keys()) > 10
    assert all(any(not r["Employee"] for r in rows) for rows in extracts[2:])


def test_nobody_works_at_two_schools_at_once(lakeside: Folder) -> None:
    for _, path in lakeside.delivered("hr/positions"):
        departments = defaultdict(set)
        for row in lakeside.rows(path, "cp1252"):
            departments[row["Employee"]].add(row["Dept"])
        departments.pop("", None)
        assert {who for who, found in departments.items() if len(found) > 1} == set()


def test_the_position_extract_is_not_utf_8_and_has_a_line_break_inside_a_field(lakeside: Folder) -> None:
    _, path = lakeside.delivered("hr/positions")[0]
    raw = path.read_bytes()
    assert raw.decode("utf-8", errors="replace") != raw.decode("cp1252")
    rows = lakeside.rows(path, "cp1252")
    assert any("\n" in row["Title"] for row in rows)
    assert any("PEÑA" in row["Dept Name"] for row in rows)
    assert any(
        n > 1
        for n in Counter(
            row["Position"] for row in lakeside.rows(lakeside.delivered("hr/positions")[-1][1], "cp1252")
        ).values()
    )


def test_supervisors_and_leave_name_people_whom_hr_knows(lakeside: Folder) -> None:
    for at in (lakeside.checkpoints[0], lakeside.checkpoints[-1]):
        assignments = lakeside.last_snapshot("hr/assignments", at)
        known = {row["staff_id"] for row in assignments}
        assert {row["supervisor_staff_id"] for row in assignments} - {""} <= known
        assert len({row["assignment_id"] for row in assignments}) == len(assignments)
        assert {
            "principal",
            "acting_principal",
            "ild",
            "ild_supervisor",
            "case_manager",
            "unit_chief",
            "unit_staff",
        } == {row["role"] for row in assignments}


def test_every_open_school_has_at_most_one_leader_and_one_supervisor_a_day(lakeside: Folder) -> None:
    spans = defaultdict(list)
    for row in lakeside.last_snapshot("hr/assignments", lakeside.checkpoints[-1]):
        if row["role"] in ("principal", "acting_principal"):
            spans[row["org_id"]].append((date.fromisoformat(row["starts_on"]), day(row["ends_on"]) or date.max))
    assert len(spans) == 64
    for found in spans.values():
        found.sort()
        assert all(end <= start for (_, end), (start, _) in pairwise(found))


def test_each_school_has_one_case_manager_in_every_unit_except_where_one_left(
    lakeside: Folder, rulebook: Rulebook
) -> None:
    at = lakeside.checkpoints[1].astimezone(CHICAGO).date()
    rows = lakeside.last_snapshot("registers/case_managers", lakeside.checkpoints[1])
    cells = Counter(
        (row["school_id"], row["unit_id"])
        for row in rows
        if date.fromisoformat(row["valid_from"]) <= at < (day(row["valid_to"]) or date.max)
    )
    due = {(s["school_id"], unit) for s in lakeside.truth["schools"] for unit in rulebook.units}
    closed = lakeside.truth["closed"]["school_id"]
    assert set(cells.values()) == {1}
    assert {cell for cell in due - cells.keys() if cell[0] != closed} == {("lk-sch-026", "hr")}


def test_lines_of_the_contact_log_come_late_and_again_when_a_step_is_reviewed(lakeside: Folder) -> None:
    seen: dict[str, dict[str, str]] = {}
    n_late, n_again = 0, 0
    for instant, path in lakeside.delivered("registers/touchpoints"):
        for row in lakeside.rows(path):
            assert utc(row["recorded_at"]) <= instant
            n_late += utc(row["recorded_at"]) - utc(row["occurred_at"]) > timedelta(days=2)
            if (before := seen.get(row["touchpoint_id"])) is not None:
                n_again += 1
                changed = {name for name in row if row[name] != before[name]}
                assert changed == {"next_step_reviewed_on"}
            seen[row["touchpoint_id"]] = row
    assert n_late > 200
    assert n_again > 200


def test_the_contact_log_names_schools_and_principals_that_exist(lakeside: Folder) -> None:
    schools = {school["school_id"] for school in lakeside.truth["schools"]}
    staff = {row["staff_id"] for row in lakeside.last_snapshot("hr/assignments", lakeside.checkpoints[-1])}
    for _, path in lakeside.delivered("registers/touchpoints"):
        for row in lakeside.rows(path):
            assert row["school_id"] in schools | {""}
            assert row["staff_id"] in staff
            assert row["principal_staff_id"] in staff | {""}


def test_small_registers_refer_to_each_other_and_tell_nothing_of_the_future(lakeside: Folder) -> None:
    at = lakeside.checkpoints[0]
    names = ("projects", "milestones", "pd_events", "pd_attendance", "evaluations")
    registers = {name: lakeside.last_snapshot(f"registers/{name}", at) for name in names}
    schools = {school["school_id"] for school in lakeside.truth["schools"]}
    staff = {row["staff_id"] for row in lakeside.last_snapshot("hr/assignments", at)}
    assert {m["project_id"] for m in registers["milestones"]} == {p["project_id"] for p in registers["projects"]}
    assert {a["event_id"] for a in registers["pd_attendance"]} <= {e["event_id"] for e in registers["pd_events"]}
    assert {s for p in registers["projects"] for s in p["school_ids"].split(";")} <= schools
    assert {a["staff_id"] for a in registers["pd_attendance"]} <= staff
    assert {e["principal_staff_id"] for e in registers["evaluations"]} <= staff
    happened = [
        row[column]
        for name, column in (("projects", "closed_on"), ("milestones", "done_on"), ("evaluations", "completed_on"))
        for row in registers[name]
        if row[column]
    ]
    assert len(happened) > 50
    assert max(happened) <= at.date().isoformat()


def test_no_ild_is_in_two_places_at_once_or_works_at_night(lakeside: Folder) -> None:
    days: dict[tuple[str, date], list[tuple[datetime, datetime]]] = defaultdict(list)
    ilds = {
        r["staff_id"] for r in lakeside.last_snapshot("hr/assignments", lakeside.checkpoints[-1]) if r["role"] == "ild"
    }
    for _, path in lakeside.delivered("registers/touchpoints"):
        for row in lakeside.rows(path):
            start = utc(row["occurred_at"]).astimezone(CHICAGO)
            if row["staff_id"] in ilds and not row["cancelled_at"]:
                days[row["staff_id"], start.date()].append((start, start + timedelta(minutes=int(row["minutes"]))))
    for spans in days.values():
        spans = sorted(set(spans))
        assert spans[0][0].hour >= 8
        assert spans[-1][1].hour < 19
        assert all(end <= start for (_, end), (start, _) in pairwise(spans))


def test_students_come_and_go_and_some_rows_are_marked_for_deletion(lakeside: Folder) -> None:
    first: dict[str, str] = {}
    for line in lakeside.lines("oneroster/enrollments"):
        first.setdefault(line["record"]["sourcedId"], line["at"])
    last = lakeside.current("oneroster/enrollments", "sourcedId")
    starts_at = lakeside.json("folder.json")["starts_at"]
    assert len(last) > 22_000
    assert sum(at > starts_at for at in first.values()) > 500
    assert sum("endDate" in row for row in last.values()) > 500
    assert sum(row["status"] == "tobedeleted" for row in last.values()) > 300


def test_enrollments_and_demographics_refer_to_students_classes_and_schools(lakeside: Folder) -> None:
    users = lakeside.current("oneroster/users", "sourcedId")
    classes = lakeside.current("oneroster/classes", "sourcedId")
    orgs = lakeside.current("oneroster/orgs", "sourcedId")
    students = {key for key, user in users.items() if user["roles"][0]["role"] == "student"}
    assert lakeside.current("oneroster/demographics", "sourcedId").keys() == students
    for row in lakeside.current("oneroster/enrollments", "sourcedId").values():
        assert row["user"]["sourcedId"] in students
        assert row["class"]["sourcedId"] in classes
        assert orgs[row["school"]["sourcedId"]]["type"] == "school"


def test_need_differs_between_schools(lakeside: Folder) -> None:
    school_of = {
        r["user"]["sourcedId"]: r["school"]["sourcedId"]
        for r in lakeside.current("oneroster/enrollments", "sourcedId").values()
    }
    poor: Counter[str] = Counter()
    every: Counter[str] = Counter()
    for key, row in lakeside.current("oneroster/demographics", "sourcedId").items():
        every[school_of[key]] += 1
        poor[school_of[key]] += row["metadata"]["economicDisadvantage"] == "true"
    shares = sorted(poor[school] / n for school, n in every.items())
    assert shares[8] < 0.3
    assert shares[-8] > 0.65


def test_what_must_never_land_is_in_the_vendors_records(lakeside: Folder) -> None:
    """Otherwise a proof that it does not land proves nothing."""
    forbidden = lakeside.truth["must_never_land"]
    students = [
        u for u in lakeside.current("oneroster/users", "sourcedId").values() if u["roles"][0]["role"] == "student"
    ]
    assert {s["familyName"] for s in students} == set(forbidden["student_family_names"])
    assert all(s["email"].endswith(forbidden["email_domains"][0]) for s in students)
    assert all("birthDate" in row for row in lakeside.current("oneroster/demographics", "sourcedId").values())
    descriptions = [versions[0]["description"] for versions in lakeside.incident_versions.values()]
    assert all(forbidden["texts"][0] in text for text in descriptions)


def test_one_school_is_renamed_and_one_closed_in_the_middle_of_the_year(lakeside: Folder) -> None:
    renamed, closed = lakeside.truth["renamed"]["school_id"], lakeside.truth["closed"]["school_id"]
    before, after = (
        lakeside.as_of("oneroster/orgs", "sourcedId", at)
        for at in (datetime(2025, 12, 1, tzinfo=CHICAGO), lakeside.checkpoints[0])
    )
    assert before[renamed]["name"] != after[renamed]["name"]
    assert (before[closed]["status"], after[closed]["status"]) == ("active", "tobedeleted")
    names = Counter(org["name"] for org in after.values())
    assert names["Oak Grove Elementary School"] == 2
