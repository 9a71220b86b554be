"""Who knows the truth, or has the same figures as any office: the oracle and the rules in use today, on the exposures the method sees."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from benchmarks.detection_parts.landing import Run, school_key
from benchmarks.detection_parts.scoring import Tally, Verdict, school_q

from schoolward.sample.simulate import DAY, Clock, District, Exposure, Request, exposures

PROMISE_QUANTILE = 0.8
"""A priority's promise is what four of five of the district's closed requests of that priority kept."""
MARGIN = 1.25
TOP_SHARE = 0.1

NAIVE_RULES = ("mean days 25 % above", "breach rate 25 % above", "top tenth by mean days")


@dataclass(frozen=True, slots=True)
class Judged:
    """What is known of a district without the method.

    Attributes:
        oracle: from the true hazard of every request, also what is peculiar to its school and week, but for the planted ratio.
        typical_oracle: from the hazards of every type and priority and the units' pace; what is peculiar to a school or a week is chance to it.
        naive: the schools flagged by each of :data:`NAIVE_RULES`.
        n_exposures: by clock, and ``n_events``, to check that the method saw the same.
    """

    oracle: Verdict
    typical_oracle: Verdict
    naive: Mapping[str, frozenset[str]]
    n_exposures: Mapping[Clock, int]
    n_events: Mapping[Clock, int]

    @property
    def planted(self) -> frozenset[str]:
        return self.oracle.planted


def judge(district: District, requests: Iterable[Request], run: Run) -> Judged:
    """Everything in one pass over the exposures."""
    seen = list(exposures(district, requests, begins=run.begins, as_of=run.as_of))
    planted = frozenset(school_key(district, school) for school in district.underserved)
    full, typical = tallies(district, seen)
    return Judged(
        Verdict(school_q(full), planted),
        Verdict(school_q(typical), planted),
        naive_flags(closed_requests(district, seen)),
        Counter(one.clock for one in seen),
        Counter(one.clock for one in seen if one.is_event),
    )


def tallies(
    district: District, seen: Sequence[Exposure]
) -> tuple[dict[str, tuple[Tally, Tally]], dict[str, tuple[Tally, Tally]]]:
    """Each school's tallies on both clocks: with everything known, and with types, priorities and paces known.

    Reports of one school, type and day weigh one together, as they do in the method.
    """
    reports = Counter(_trouble(one.request) for one in seen if one.clock is Clock.RESOLUTION)
    observed: dict[tuple[int, Clock], float] = defaultdict(float)
    sums: dict[tuple[int, Clock, bool], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for one in seen:
        request, weight = one.request, 1 / max(reports[_trouble(one.request)], 1)
        observed[request.school, one.clock] += weight * one.is_event
        for is_full, expected in ((True, one.expected), (False, one.typical)):
            both = sums[request.school, one.clock, is_full]
            both[0] += weight * expected
            both[1] += weight * weight * expected

    def of(school: int, *, is_full: bool) -> tuple[Tally, Tally]:
        resolution, response = (
            Tally(observed[school, clock], *sums[school, clock, is_full])
            for clock in (Clock.RESOLUTION, Clock.RESPONSE)
        )
        return resolution, response

    keys = {school.number: school_key(district, school.number) for school in district.schools}
    return (
        {key: of(school, is_full=True) for school, key in keys.items()},
        {key: of(school, is_full=False) for school, key in keys.items()},
    )


def _trouble(request: Request) -> tuple[int, int, int]:
    return request.school, request.type, request.opened // DAY


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed request as today's rules see it: days from opening to resolution, waits for the requester included."""

    school: str
    priority: int
    days: float


def closed_requests(district: District, seen: Iterable[Exposure]) -> list[Closed]:
    """What was resolved in the window."""
    return [
        Closed(
            school_key(district, one.request.school),
            one.request.priority,
            (one.request.ended - one.request.opened) / DAY,
        )
        for one in seen
        if one.clock is Clock.RESOLUTION and one.is_event
    ]


def naive_flags(closed: Sequence[Closed]) -> dict[str, frozenset[str]]:
    """The schools that each of :data:`NAIVE_RULES` flags."""
    means = _by_school((one.school, one.days) for one in closed)
    district_mean = fmean(one.days for one in closed)
    promises = _promises(closed)
    breaches = _by_school((one.school, float(one.days > promises[one.priority])) for one in closed)
    district_breaches = fmean(one.days > promises[one.priority] for one in closed)
    slowest = sorted(means, key=lambda school: means[school], reverse=True)[: round(len(means) * TOP_SHARE)]
    return dict(
        zip(
            NAIVE_RULES,
            (
                frozenset(school for school, mean in means.items() if mean > MARGIN * district_mean),
                frozenset(school for school, share in breaches.items() if share > MARGIN * district_breaches),
                frozenset(slowest),
            ),
            strict=True,
        )
    )


def _promises(closed: Sequence[Closed]) -> dict[int, float]:
    """Days promised by priority."""
    by_priority: dict[int, list[float]] = defaultdict(list)
    for one in closed:
        by_priority[one.priority].append(one.days)
    return {
        priority: sorted(days)[min(int(len(days) * PROMISE_QUANTILE), len(days) - 1)]
        for priority, days in by_priority.items()
    }


def _by_school(values: Iterable[tuple[str, float]]) -> dict[str, float]:
    """The mean by school."""
    gathered: dict[str, list[float]] = defaultdict(list)
    for school, value in values:
        gathered[school].append(value)
    return {school: fmean(of_school) for school, of_school in gathered.items()}
