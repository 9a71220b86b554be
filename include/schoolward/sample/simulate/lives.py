"""The life of a request: when it is answered, put off, taken back or resolved, and what its hazard was at every moment.

While a unit works on a request, its hazard is the type's and priority's own, by work done (so season and backlog wave slow it), times the
school's ordinary level, times that of the week it was opened in, times the ratio planted. A time is found by inverting the
cumulative hazard at a unit exponential draw, so what is drawn and what the oracle expects are one formula.
"""

from collections.abc import Iterator, Sequence
from math import ceil, inf
from random import Random
from typing import NamedTuple

from schoolward.sample.simulate.catalogue import RequestType
from schoolward.sample.simulate.design import DAY, WEEK, Design
from schoolward.sample.simulate.pace import Pace
from schoolward.sample.simulate.schools import School
from schoolward.sample.simulate.troubles import Outage, Trouble, exponential, of_school

SHARED_FATE = 0.85
"""Share of a trouble's reports that are done with when the others are; the rest go their own way."""
MEAN_WAIT = 3 * DAY
WITHDRAWN_SHARE, MEAN_UNTIL_WITHDRAWN = 0.06, 15 * DAY
SURELY_DONE = 40.0
"""A cumulative hazard nobody outlives, even at a third of the usual hazard."""


class Request(NamedTuple):
    """One request and its whole life. Times are business minutes: whole ones but for the resolution and the response.

    Attributes:
        number: within its school, from 0.
        opened: when, on the district's clock.
        resolution: of the resolution's clock: from opening, without waiting for the requester.
        response: of the response's clock: from opening. A request resolved before is answered by being resolved, one withdrawn before never.
        waits_from: on the resolution's clock, when the unit asks the requester; ``inf`` where it does not.
        waiting: how long the requester takes.
        withdrawn: from opening, waiting included; ``inf`` where it is not.
        resolution_level: its hazard against its type's and priority's, but for the planted ratio. Likewise ``response_level``.
        is_planted: the school's planted ratios are in its hazards.
    """

    number: int
    school: int
    type: int
    priority: int
    opened: int
    resolution: float
    response: float
    waits_from: float
    waiting: int
    withdrawn: float
    resolution_level: float
    response_level: float
    is_planted: bool
    is_outage: bool

    def clock_until(self, minute: float) -> float:
        """What the resolution's clock shows at that moment of the district's, ended or not; 0 before the opening."""
        since = minute - self.opened
        if since <= self.waits_from:
            return max(since, 0)
        return max(self.waits_from, since - self.waiting)

    def moment(self, clock: float) -> float:
        """When the resolution's clock shows that, on the district's."""
        return self.opened + clock + (self.waiting if clock > self.waits_from else 0)

    @property
    def ended(self) -> float:
        """When it was resolved or withdrawn, on the district's clock: whole minutes."""
        return self.opened + min(ceil(self.moment(self.resolution) - self.opened), self.withdrawn)


def work_done(pace: Pace, request: Request, clock: float) -> float:
    """Working minutes at ordinary pace that the unit put in by then: nothing while the requester was waited for."""
    opened, waits_from = request.opened, request.waits_from
    if clock <= waits_from:
        return pace.done(opened + clock) - pace.done(opened)
    resumed = opened + waits_from + request.waiting
    before = pace.done(opened + waits_from) - pace.done(opened)
    return before + pace.done(resumed + clock - waits_from) - pace.done(resumed)


def lives_of_school(
    rng: Random,
    design: Design,
    types: Sequence[RequestType],
    paces: Sequence[Pace],
    outages: Sequence[Outage],
    school: School,
) -> Iterator[Request]:
    """The school's requests that are opened in the weeks of the design, and older ones still open when they begin."""
    levels: dict[tuple[int, int], tuple[float, float]] = {}
    horizons = {
        (one.number, priority): speed.minutes(SURELY_DONE)
        for one in types
        for priority, speed in enumerate(one.resolution)
    }
    number = 0
    for trouble in of_school(rng, design, types, outages, school):
        opened, kind = trouble.minutes[0], trouble.type
        if opened < 0 and horizons[kind.number, trouble.priority] < -opened * 0.2:
            continue  # long done with, even at a fifth of the pace
        week = opened // WEEK
        level = levels.get((kind.unit, week))
        if level is None:
            level = rng.lognormvariate(0, design.cluster_sd), rng.lognormvariate(0, design.cluster_sd)
            levels[kind.unit, week] = level
        own = school.resolution_level * level[0], school.response_level * level[1]
        is_planted = week >= design.planted_from_week and min(school.resolution_ratio, school.response_ratio) < 1
        for minute in trouble.minutes:
            request = _live(rng, trouble, paces[kind.unit], school, number, minute, own, is_planted=is_planted)
            if minute >= 0 or request.ended > 0:
                yield request
                number += 1


def _live(
    rng: Random,
    trouble: Trouble,
    pace: Pace,
    school: School,
    number: int,
    opened: int,
    levels: tuple[float, float],
    *,
    is_planted: bool,
) -> Request:
    """Draw one life. A wait for the requester begins some time after the response, if the request is still open then."""
    kind, priority = trouble.type, trouble.priority
    if len(trouble.minutes) == 1 and not trouble.is_outage:
        hard, slow = trouble.hardness
    else:
        hard, slow = (
            shared if rng.random() < SHARED_FATE else exponential(rng) for shared in trouble.hardness
        )  # fmt: skip
    resolution_hazard, response_hazard = levels
    if is_planted:
        resolution_hazard *= school.resolution_ratio
        response_hazard *= school.response_ratio
    begun = pace.done(opened)
    response = pace.minute(begun + kind.response[priority].minutes(slow / response_hazard)) - opened
    work = kind.resolution[priority].minutes(hard / resolution_hazard)
    resolution = pace.minute(begun + work) - opened
    waits_from, waiting = inf, 0
    if rng.random() < school.wait_share:
        asks = float(ceil(response + exponential(rng) * DAY / 2))
        if asks < resolution:
            waits_from, waiting = asks, 1 + int(exponential(rng) * MEAN_WAIT)
            left = begun + work - pace.done(opened + asks)
            resumed = opened + asks + waiting
            resolution = asks + pace.minute(pace.done(resumed) + left) - resumed
    withdrawn = 1.0 + int(exponential(rng) * MEAN_UNTIL_WITHDRAWN) if rng.random() < WITHDRAWN_SHARE else inf
    return Request(
        number, school.number, kind.number, priority, opened, resolution, response, waits_from, waiting, withdrawn,
        levels[0], levels[1], is_planted, trouble.is_outage,
    )  # fmt: skip
