"""What a simulated district is to be like. The defaults are the district that benchmarks are run on."""

from dataclasses import dataclass

DAY = 480
"""Business minutes of a day."""
WEEK = 5 * DAY
QUARTER = 13
"""Weeks."""
HISTORY_WEEKS = 52
"""Requests opened so long before the first week may still be open in it."""

N_UNITS = 8
TYPES_PER_UNIT = 4
PRIORITY_SHARES = (0.2, 0.5, 0.3)
"""From the most urgent down."""


@dataclass(frozen=True, slots=True)
class Design:
    """How many schools and requests, what is planted and how unruly the rest is.

    Attributes:
        seed: equal designs give equal districts.
        n_schools: schools of the district.
        n_requests: mean number of requests a school opens in 13 weeks.
        n_weeks: weeks the district is simulated for, besides what was already open.
        planted_share: share of schools with a planted hazard ratio; 0 plants nothing.
        planted_contact_share: share of schools with a planted contact ratio.
        planted_from_week: requests opened from this week on have the planted ratio.
        ratios: a planted school's hazard is this much of what its requests would have elsewhere; drawn evenly between both.
        response_share: share of the planted schools whose first response is slow too, at a ratio of its own.
        contact_ratios: a planted school gets so much of the contacts the others get; drawn evenly between both.
        ordinary_sd: standard deviation of the log hazard between schools with nothing planted.
        cluster_sd: the same between the weeks of a school with one unit, shared by the requests of that week.
    Raises:
        ValueError: where a number makes no sense.
    """

    seed: int
    n_schools: int = 120
    n_requests: int = 300
    n_weeks: int = QUARTER
    planted_share: float = 0.1
    planted_contact_share: float = 0.1
    planted_from_week: int = 0
    ratios: tuple[float, float] = (0.6, 0.85)
    response_share: float = 0.75
    contact_ratios: tuple[float, float] = (0.4, 0.7)
    ordinary_sd: float = 0.05
    cluster_sd: float = 0.15

    def __post_init__(self) -> None:
        if self.n_schools < 2 or self.n_requests < 1 or self.n_weeks < 1:
            raise ValueError("A district has two schools, one request a school and quarter and one week, or more.")
        if not (
            0 <= self.planted_share <= 1 and 0 <= self.planted_contact_share <= 1 and 0 <= self.response_share <= 1
        ):
            raise ValueError("Shares are between 0 and 1.")
        if not all(0 < low <= high for low, high in (self.ratios, self.contact_ratios)):
            raise ValueError("Ratios are above 0, the smaller first.")
        if self.ordinary_sd < 0 or self.cluster_sd < 0:
            raise ValueError("Standard deviations are not below 0.")
