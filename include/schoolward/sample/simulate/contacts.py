"""The partnership side: the contacts a theory of action promises a principal, and which of them happened."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from schoolward.sample.simulate.design import Design
from schoolward.sample.simulate.schools import School

PROMISED_EVERY = 8
"""Instructional days from one promised contact to the next: seven or eight a quarter."""
DELIVERED = 0.9
"""Share of the promised contacts that happen where nothing is planted."""
OTHER_VISITS = 1.0
"""Visits that are no instructional contact for every promised one, at every school alike: they hide a low school from whoever counts visits."""
LEAVE_SHARE, LEAVE_DAYS = 0.1, (10, 30)
"""Schools whose ILD or principal is away once, and for how many days: nothing is promised then."""
UNLOGGED_SHARE = 0.04
"""Schools whose contact log covers little: what is not logged did not fail to happen."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A promised contact of a school.

    Attributes:
        day: instructional day from 0 by which it was promised.
        is_exposed: principal and ILD were both in post, and the log covered the day.
        was_kept: an instructional contact happened and is in the log.
        n_other_visits: visits since the promise before that were not about teaching.
    """

    school: int
    day: int
    is_exposed: bool
    was_kept: bool
    n_other_visits: int


def promises_of_school(rng: Random, design: Design, school: School) -> Iterator[Promise]:
    """One school's promises over the weeks of the design, in the order of time."""
    n_days = design.n_weeks * 5
    away = range(0)
    if rng.random() < LEAVE_SHARE:
        begins = rng.randrange(n_days)
        away = range(begins, begins + rng.randint(*LEAVE_DAYS))
    is_logged = rng.random() >= UNLOGGED_SHARE
    starts = rng.randrange(PROMISED_EVERY)
    for day in range(starts, n_days, PROMISED_EVERY):
        ratio = school.contact_ratio if day // 5 >= design.planted_from_week else 1.0
        happens = rng.random() < DELIVERED * ratio
        n_other = sum(rng.random() < OTHER_VISITS / 2 for _ in range(2))
        is_exposed = is_logged and day not in away
        yield Promise(school.number, day, is_exposed, happens and is_exposed, n_other if is_logged else 0)
