"""What is seen of a district at a moment: exposures cut there, and what was to be expected of each with nothing planted."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, floor

from schoolward.sample.simulate.district import District
from schoolward.sample.simulate.lives import Request, work_done


class Clock(StrEnum):
    """What is waited for."""

    RESOLUTION = "resolution"
    RESPONSE = "response"


@dataclass(frozen=True, slots=True)
class Exposure:
    """A request under observation on one clock, at risk on (entry, exit].

    Attributes:
        entry: minutes of the clock when the window began; 0 for what was opened in it.
        exit: minutes of the clock when it happened, or when observation ended.
        is_event: it had happened by then.
        expected: the cumulative hazard over the exposure, were nothing planted. Exact: event times enter unrounded.
    """

    request: Request
    clock: Clock
    entry: int
    exit: int
    is_event: bool
    expected: float


def cumulative_hazard(district: District, request: Request, clock: Clock, minutes: float) -> float:
    """What the clock's hazard adds up to by then, were nothing planted."""
    kind = district.types[request.type]
    pace = district.paces[kind.unit]
    if clock is Clock.RESOLUTION:
        return request.resolution_level * kind.resolution[request.priority].cumulative_hazard(
            work_done(pace, request, minutes)
        )
    worked = pace.done(request.opened + minutes) - pace.done(request.opened)
    return request.response_level * kind.response[request.priority].cumulative_hazard(worked)


def exposures(
    district: District, requests: Iterable[Request], *, begins: int, as_of: int, with_expected: bool = True
) -> Iterator[Exposure]:
    """Both clocks of every request that was at risk in the window.

    Args:
        begins: the window's first business minute; what was opened before enters late.
        as_of: the moment of looking; what had not happened by then is censored.
        with_expected: work out ``expected``; else it is 0, which is faster.
    """
    for request in requests:
        if request.opened >= as_of or request.ended <= begins:
            continue
        for clock, (leaves, is_event) in (
            (Clock.RESOLUTION, _resolution(request, as_of)),
            (Clock.RESPONSE, _response(request, as_of)),
        ):
            enters = 0
            if request.opened < begins:
                seen = request.clock_until(begins) if clock is Clock.RESOLUTION else begins - request.opened
                enters = floor(seen)
            if leaves <= enters:
                continue
            expected = 0.0
            if with_expected:
                exact = getattr(request, clock.value) if is_event else leaves
                expected = cumulative_hazard(district, request, clock, exact)
                if enters:
                    expected -= cumulative_hazard(district, request, clock, enters)
            yield Exposure(request, clock, enters, leaves, is_event, expected)


def _resolution(request: Request, as_of: int) -> tuple[int, bool]:
    """What the clock shows at the end of observation, in whole minutes, and whether it was resolved."""
    resolves = ceil(request.resolution)
    resolved_at, withdrawn_at = request.moment(resolves), request.opened + request.withdrawn
    if resolved_at <= min(withdrawn_at, as_of):
        return resolves, True
    return floor(request.clock_until(min(withdrawn_at, as_of))), False


def _response(request: Request, as_of: int) -> tuple[int, bool]:
    """The same for the first response, which does not come after the end of the request."""
    responds, ends = ceil(request.response), min(request.ended, as_of) - request.opened
    if responds <= ends:
        return responds, True
    return floor(ends), False
