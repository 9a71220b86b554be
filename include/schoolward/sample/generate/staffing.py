"""How Lakeside is staffed: hires, exits, moves and vacancies, supervisors who come, go and are on leave."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from schoolward.district import Unit
from schoolward.sample.generate import names, plan
from schoolward.sample.generate.calendars import RECORDS_START_ON, YEAR_ENDS_ON
from schoolward.sample.generate.people import Assignment, Leave, People, Person, Position, Stint
from schoolward.sample.generate.randomness import stream
from schoolward.sample.generate.schools import N_NETWORKS, School

BEFORE = date(2023, 7, 1)
"""Since when those hold their post who were there before the year."""
N_CASE_MANAGERS = 5
"""Per unit: twelve or thirteen schools each."""
OFFICE_OF_SCHOOLS = "C-SCH"
ILD_CHANGE = (2, date(2025, 10, 4))
"""The network whose ILD was succeeded, and since when."""
SCHOOL_TAKEN_OVER = 61
"""The school of the ILD who left that somebody remembered."""
CASE_MANAGERS_LEAVE = {
    ("food", 3): date(2025, 11, 15),
    **{(unit, school % N_CASE_MANAGERS): plan.CASE_MANAGER_LEFT_ON for school, unit in plan.NO_CASE_MANAGER.items()},
}
"""Unit and number of the case manager → first day without; a colleague takes over every school but the planted one."""
PRINCIPAL_VACANCY = (17, date(2025, 10, 18), date(2025, 11, 3))
"""A school without a principal for two weeks of autumn."""
PRINCIPAL_SUCCEEDED = (38, date(2026, 1, 5))


def staff_district(seed: int, schools: Sequence[School], units: Sequence[Unit]) -> People:
    """Everybody at Lakeside over the year."""
    return _Staffing(seed, schools, units).people


class _Staffing:
    """Fills one :class:`People`; each part draws from its own stream of randomness."""

    def __init__(self, seed: int, schools: Sequence[School], units: Sequence[Unit]) -> None:
        self.seed, self.schools, self.units = seed, schools, units
        self.people = People()
        self._ids = iter(range(10_000, 100_000))
        self._names = stream(seed, "staff names")
        self._chief = self._fill("Chief of Schools", "C100", OFFICE_OF_SCHOOLS, "Office of Schools", BEFORE)
        self._supervisors()
        self._service_units()
        self._principals_and_offices()
        self._central_office()
        self._churn()

    def _hire(self) -> Person:
        return Person(
            f"S{next(self._ids)}", self._names.choice(names.STAFF_GIVEN), self._names.choice(names.STAFF_FAMILY)
        )

    def _position(self, title: str, code: str, department: str, name: str) -> Position:
        position = Position(f"P{20_000 + len(self.people.positions)}", department, name, code, title)
        self.people.positions.append(position)
        return position

    def _fill(self, title: str, code: str, department: str, name: str, since: date) -> Person:
        person = self._hire()
        self._position(title, code, department, name).stints.append(Stint(person, since))
        return person

    def _assign(
        self,
        person: Person,
        role: str,
        org: str,
        start: date,
        end: date | None,
        boss: Person | None,
        acting: bool = False,
    ) -> None:
        self.people.assignments.append(Assignment(person, role, org, start, end, boss, acting))

    def _supervisors(self) -> None:
        """A Chief of Schools over the ILDs; one ILD succeeded, one gone for good, one on leave and covered by a colleague."""
        self._assign(self._chief, "ild_supervisor", OFFICE_OF_SCHOOLS, BEFORE, None, None)
        ends = {ILD_CHANGE[0]: ILD_CHANGE[1], 7: plan.ILD_LEFT_ON}
        for network in range(1, N_NETWORKS + 1):
            position = self._position(
                "Instructional Leadership Director", "C210", f"N{network:02d}", f"Network {network}"
            )
            self._direct(position, Stint(self._hire(), BEFORE, ends.get(network)))
            if network == ILD_CHANGE[0]:
                succeeded = position
        self._direct(succeeded, Stint(self._hire(), ILD_CHANGE[1]))
        start, end = plan.ILD_LEAVE
        network = self.schools[plan.ILD_ON_LEAVE_SCHOOL].network
        self.people.leaves.append(Leave(self.people.ilds[network - 1].person, start, end))
        cover = self.people.ilds[network % 6].person
        self._assign(cover, "ild", f"N{network:02d}", start, end, self._chief, acting=True)

    def _direct(self, position: Position, stint: Stint) -> None:
        position.stints.append(stint)
        self.people.ilds.append(stint)
        self._assign(stint.person, "ild", position.department, stint.starts_on, stint.ends_on, self._chief)

    def _supervised(self, school: School) -> Iterator[tuple[date, Person | None]]:
        """Since when which ILD supervised a school's principal, first one first."""
        ilds = self.people.ilds
        yield BEFORE, ilds[school.network - 1].person
        if school.network == ILD_CHANGE[0]:
            yield ILD_CHANGE[1], ilds[-1].person
        if school.network == self.schools[plan.ILD_ON_LEAVE_SCHOOL].network:
            start, end = plan.ILD_LEAVE
            yield start, ilds[school.network % 6].person
            yield end, ilds[school.network - 1].person
        if school.number == plan.UNPAIRED_SCHOOL:
            yield plan.ILD_LEFT_ON, None
        if school.number == SCHOOL_TAKEN_OVER:
            yield plan.ILD_LEFT_ON, ilds[0].person

    def _lead(self, school: School, person: Person, start: date, end: date | None, acting: bool = False) -> None:
        """The principal's rows: a new one whenever the supervisor changes."""
        spans = list(self._supervised(school))
        for (since, boss), until in zip(spans, [*(s for s, _ in spans[1:]), None], strict=True):
            first = max(start, since)
            last = min((d for d in (end, until) if d), default=None)
            if last is None or first < last:
                role = "acting_principal" if acting else "principal"
                self._assign(person, role, school.hr_code, first, last, boss, acting)

    def _service_units(self) -> None:
        for unit in self.units:
            department = f"C-{unit.id.upper()}"
            chief = self._fill(f"Chief, {unit.name}", "C120", department, unit.name, BEFORE)
            self.people.chiefs[unit.id] = chief
            self._assign(chief, "unit_chief", unit.id, BEFORE, None, None)
            self.people.case_managers[unit.id] = [
                self._case_manager(unit, number, chief) for number in range(N_CASE_MANAGERS)
            ]
            staff: list[Person] = []
            for group in unit.groups:
                agents = [self._fill("Service Specialist", "C410", department, unit.name, BEFORE) for _ in range(6)]
                self.people.agents[group] = agents
                staff += agents
            for person in staff:
                self._assign(person, "unit_staff", unit.id, BEFORE, None, chief)
            self.people.unit_staff[unit.id] = staff

    def _case_manager(self, unit: Unit, number: int, chief: Person) -> Stint:
        position = self._position("Case Manager", "C330", f"C-{unit.id.upper()}", unit.name)
        stint = Stint(self._hire(), BEFORE, CASE_MANAGERS_LEAVE.get((unit.id, number)))
        position.stints.append(stint)
        self._assign(stint.person, "case_manager", unit.id, BEFORE, stint.ends_on, chief)
        return stint

    def _principals_and_offices(self) -> None:
        for school in self.schools:
            end = school.closes_on
            head = self._position("Principal", "A100", school.hr_code, school.hr_name)
            deputy = self._position("Assistant Principal", "A110", school.hr_code, school.hr_name)
            principal, assistant = Stint(self._hire(), BEFORE, end), Stint(self._hire(), BEFORE, end)
            deputy.stints.append(assistant)
            head.stints += self._principal_stints(school, principal, assistant)
            office = [head, *(self._school_post("School Secretary", "B210", school) for _ in range(2))]
            teachers = [self._school_post("Teacher", "T100", school) for _ in range(max(4, school.n_students // 19))]
            self.people.school_office[school.number] = [*office, *teachers[:3]]
            self._school_post("Custodian,\nnight shift", "B310", school)

    def _principal_stints(self, school: School, principal: Stint, assistant: Stint) -> list[Stint]:
        if school.number == PRINCIPAL_VACANCY[0]:
            _, gone, filled = PRINCIPAL_VACANCY
            stints = [replace(principal, ends_on=gone), Stint(self._hire(), filled)]
        elif school.number == PRINCIPAL_SUCCEEDED[0]:
            stints = [replace(principal, ends_on=PRINCIPAL_SUCCEEDED[1]), Stint(self._hire(), PRINCIPAL_SUCCEEDED[1])]
        else:
            stints = [principal]
        if school.number == plan.ACTING_PRINCIPAL:
            start, end = plan.PRINCIPAL_LEAVE
            self.people.leaves.append(Leave(principal.person, start, end))
            self._lead(school, principal.person, BEFORE, start)
            self._lead(school, assistant.person, start, None, acting=True)
            return stints
        for stint in stints:
            self._lead(school, stint.person, stint.starts_on, stint.ends_on)
        return stints

    def _school_post(self, title: str, code: str, school: School) -> Position:
        position = self._position(title, code, school.hr_code, school.hr_name)
        position.stints.append(Stint(self._hire(), BEFORE, school.closes_on))
        return position

    def _central_office(self) -> None:
        self.people.central = [
            self._fill("Program Coordinator", "C440", "C-COM", "Communications and Engagement", BEFORE)
            for _ in range(10)
        ]

    def _churn(self) -> None:
        """Teachers and custodians who leave, come and move between schools; a vacancy lies between two occupants."""
        rng = stream(self.seed, "churn")
        posts = [p for p in self.people.positions if p.job_code in ("T100", "B310") and p.stints[0].ends_on is None]
        free_to_move: list[tuple[date, Person]] = []
        exits = sorted((_day_of_year(rng), p.id, p) for p in rng.sample(posts, len(posts) // 8))
        for left_on, _, position in exits:
            leaver = position.stints[-1]
            position.stints[-1] = replace(leaver, ends_on=left_on)
            starts_on = left_on + timedelta(days=rng.randint(10, 75))
            if starts_on < YEAR_ENDS_ON:
                is_move = rng.random() < 0.5 and bool(free_to_move)
                position.stints.append(Stint(free_to_move.pop(0)[1] if is_move else self._hire(), starts_on))
            if rng.random() < 0.4:
                free_to_move.append((left_on, leaver.person))
        for position in rng.sample(posts, 8):
            position.stints.append(Stint(self._hire(), _day_of_year(rng)))
        for position in rng.sample(posts, 30):
            start = _day_of_year(rng)
            end = start + timedelta(days=rng.randint(14, 90)) if rng.random() < 0.8 else None
            self.people.leaves.append(Leave(position.stints[0].person, start, end))


def _day_of_year(rng: Random) -> date:
    return RECORDS_START_ON + timedelta(days=rng.randint(20, 290))
