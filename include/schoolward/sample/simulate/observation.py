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
        typical: the same of a request like it anywhere: without what is peculiar to the school and the week.
    """

    request: Request
    clock: Clock
    entry: int
    exit: int
    is_event: bool
    expected: float
    typical: float


def event_minutes(request: Request, clock: Clock) -> float:
    """When it happens on the clock, unrounded: the resolution; the first response, or the resolution of what is resolved without one."""
    if clock is Clock.RESOLUTION:
        return request.resolution
    return min(request.response, request.resolution)


def hazards(district: District, request: Request, clock: Clock, minutes: float) -> tuple[float, float]:
    """What resolving and what responding contribute to the clock's cumulative hazard by then, of a request like it anywhere.

    Nothing waits for the requester before the first response, so that until then both clocks are one.
    """
    kind, pace, priority = (
        district.types[request.type],
        district.paces[district.types[request.type].unit],
        request.priority,
    )
    work = work_done(pace, request, minutes)
    resolving = kind.resolution[priority].cumulative_hazard(work)
    return resolving, 0.0 if clock is Clock.RESOLUTION else kind.response[priority].cumulative_hazard(work)


def exposures(
    district: District, requests: Iterable[Request], *, begins: int, as_of: int, with_expected: bool = True
) -> Iterator[Exposure]:
    """Both clocks of every request that was at risk in the window.

    Args:
        begins: the window's first business minute; what was opened before enters late.
        as_of: the moment of looking; what had not happened by then is censored.
        with_expected: work out ``expected`` and ``typical``; else they are 0, which is faster.
    """
    for request in requests:
        if request.opened >= as_of or request.ended <= begins:
            continue
        for clock in Clock:
            is_late = request.opened < begins
            if is_late and clock is Clock.RESPONSE and request.opened + ceil(event_minutes(request, clock)) <= begins:
                continue
            enters = 0
            if is_late:
                enters = floor(request.clock_until(begins)) if clock is Clock.RESOLUTION else begins - request.opened
            leaves, is_event = _resolution(request, as_of) if clock is Clock.RESOLUTION else _response(request, as_of)
            leaves = max(leaves, enters + 1)
            expected = typical = 0.0
            if with_expected:
                until = event_minutes(request, clock) if is_event else leaves
                resolving, responding = hazards(district, request, clock, until)
                if enters:
                    resolving_before, responding_before = hazards(district, request, clock, enters)
                    resolving, responding = resolving - resolving_before, responding - responding_before
                expected = request.resolution_level * resolving + request.response_level * responding
                typical = resolving + responding
            yield Exposure(request, clock, enters, leaves, is_event, expected, typical)


def _resolution(request: Request, as_of: int) -> tuple[int, bool]:
    """What the clock shows at the end of observation, in whole minutes, and whether it was resolved."""
    resolves = ceil(request.resolution)
    resolved_at, withdrawn_at = request.moment(resolves), request.opened + request.withdrawn
    if resolved_at <= min(withdrawn_at, as_of):
        return resolves, True
    return floor(request.clock_until(min(withdrawn_at, as_of))), False


def _response(request: Request, as_of: int) -> tuple[int, bool]:
    """The same for the first response."""
    responds, ends = (
        ceil(event_minutes(request, Clock.RESPONSE)),
        min(request.opened + request.withdrawn, as_of) - request.opened,
    )
    if responds <= ends:
        return responds, True
    return floor(ends), False
