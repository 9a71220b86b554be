"""A whole simulated district and its truth."""

from collections.abc import Iterator
from dataclasses import dataclass

from schoolward.sample.generate.randomness import stream
from schoolward.sample.simulate.catalogue import RequestType, draw_types
from schoolward.sample.simulate.contacts import Promise, promises_of_school
from schoolward.sample.simulate.design import N_UNITS, Design
from schoolward.sample.simulate.lives import Request, lives_of_school
from schoolward.sample.simulate.pace import Pace, draw_pace
from schoolward.sample.simulate.schools import School, draw_schools
from schoolward.sample.simulate.troubles import Outage, draw_outages


@dataclass(frozen=True, slots=True)
class Truth:
    """Something planted at a school: ``kind`` is ``resolution``, ``response`` or ``contacts``, ``ratio`` what is left of the usual rate."""

    school: int
    kind: str
    ratio: float


@dataclass(frozen=True, slots=True)
class District:
    """Units' paces, types and schools each in the order of their numbers; requests and contacts are drawn when asked for."""

    design: Design
    types: tuple[RequestType, ...]
    paces: tuple[Pace, ...]
    outages: tuple[Outage, ...]
    schools: tuple[School, ...]

    def requests(self) -> Iterator[Request]:
        """Every school's requests, school after school; the same ones every time."""
        for school in self.schools:
            rng = stream(self.design.seed, "requests", school.number)
            yield from lives_of_school(rng, self.design, self.types, self.paces, self.outages, school)

    def promises(self) -> Iterator[Promise]:
        """Every school's promised contacts, school after school; the same ones every time."""
        for school in self.schools:
            yield from promises_of_school(stream(self.design.seed, "contacts", school.number), self.design, school)

    @property
    def truth(self) -> tuple[Truth, ...]:
        """All that is planted."""
        return tuple(
            Truth(school.number, kind, ratio)
            for school in self.schools
            for kind, ratio in (
                ("resolution", school.resolution_ratio),
                ("response", school.response_ratio),
                ("contacts", school.contact_ratio),
            )
            if ratio < 1
        )

    @property
    def underserved(self) -> frozenset[int]:
        """The schools whose requests have a planted hazard ratio."""
        return frozenset(truth.school for truth in self.truth if truth.kind != "contacts")


def draw(design: Design) -> District:
    """The district of that design."""
    types = draw_types(stream(design.seed, "types"))
    return District(
        design,
        types,
        tuple(draw_pace(stream(design.seed, "pace", unit), design.n_weeks) for unit in range(N_UNITS)),
        draw_outages(design, types),
        draw_schools(design, types),
    )
