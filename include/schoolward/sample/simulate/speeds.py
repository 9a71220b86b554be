"""How fast requests of a kind are served: two families of distributions with their cumulative hazards."""

from dataclasses import dataclass
from math import expm1, log1p
from typing import Protocol


class Speed(Protocol):
    """A distribution of working times, in minutes at the unit's ordinary pace."""

    def cumulative_hazard(self, minutes: float) -> float:
        """Of a request that has been worked on for so long: minus the logarithm of its chance of still being open."""

    def minutes(self, cumulative_hazard: float) -> float:
        """The inverse; of a unit exponential draw, a working time."""


@dataclass(frozen=True, slots=True)
class Weibull:
    """Λ(t) = (t / scale) ** shape: below shape 1 what is old goes slower, above 1 faster."""

    scale: float
    shape: float

    def cumulative_hazard(self, minutes: float) -> float:
        return float((minutes / self.scale) ** self.shape)

    def minutes(self, cumulative_hazard: float) -> float:
        return float(self.scale * cumulative_hazard ** (1 / self.shape))


@dataclass(frozen=True, slots=True)
class LogLogistic:
    """Λ(t) = log(1 + (t / median) ** shape): a long tail, of which ancient open requests are made."""

    median: float
    shape: float

    def cumulative_hazard(self, minutes: float) -> float:
        return log1p((minutes / self.median) ** self.shape)

    def minutes(self, cumulative_hazard: float) -> float:
        return float(self.median * expm1(min(cumulative_hazard, 500.0)) ** (1 / self.shape))
