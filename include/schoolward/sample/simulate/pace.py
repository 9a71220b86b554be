"""A unit's pace over the weeks: season and backlog waves slow every request it has open, whoever opened it."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from math import cos, pi
from random import Random

from schoolward.sample.simulate.design import HISTORY_WEEKS, QUARTER, WEEK


class Pace:
    """Work done since the first week of ``paces``, in minutes at ordinary pace, as a function of business minutes.

    ``paces`` holds one number a week from ``first_week`` on, 1 for ordinary. After the last week, pace is 1.
    """

    __slots__ = ("_done", "_first", "_paces", "first_week")

    def __init__(self, paces: Sequence[float], first_week: int) -> None:
        self.first_week = first_week
        self._first = first_week * WEEK
        self._paces = (*paces, 1.0)
        self._done = list(accumulate((pace * WEEK for pace in paces), initial=0.0))

    def of_week(self, week: int) -> float:
        """The pace in that week."""
        return self._paces[min(week - self.first_week, len(self._paces) - 1)]

    def done(self, minute: float) -> float:
        """Work done by that business minute, which is not before the first week."""
        since = minute - self._first
        week = min(int(since // WEEK), len(self._done) - 1)
        return self._done[week] + (since - week * WEEK) * self._paces[week]

    def minute(self, done: float) -> float:
        """The inverse: when so much work is done."""
        week = bisect_right(self._done, done) - 1
        return self._first + week * WEEK + (done - self._done[week]) / self._paces[week]


def draw_pace(rng: Random, n_weeks: int) -> Pace:
    """A unit's pace: a season with a low point of its own, and a backlog wave of two to four weeks in most quarters."""
    depth, low_week = rng.uniform(0.05, 0.2), rng.randrange(52)
    weeks = range(-HISTORY_WEEKS, n_weeks)
    paces = [1 - depth * (1 + cos(2 * pi * (week - low_week) / 52)) / 2 for week in weeks]
    for quarter_starts in range(0, len(paces), QUARTER):
        if rng.random() < 0.7:
            begins, slow = quarter_starts + rng.randrange(QUARTER), rng.uniform(0.35, 0.7)
            for week in range(begins, min(begins + rng.randint(2, 4), len(paces))):
                paces[week] *= slow
    return Pace(paces, -HISTORY_WEEKS)
