"""Districts with known truth: who waits longer than identical requests elsewhere is planted, and every hazard is known exactly.

``generate`` writes one sample district as its source systems would tell it; this package draws as many districts as a benchmark wants,
as plain rows. What makes a real district hard is in it: schools of very different size and case mix, types with speeds of their own, seasons,
backlog waves, outages, batches of reports of one trouble, requests open for a year, waits for the requester and withdrawn requests.
Equal designs give equal districts. Time is in business minutes of the central office, five days of :data:`DAY` minutes a week,
counted from the Monday the district is looked at from; what is older has negative minutes.
"""

from schoolward.sample.simulate.design import DAY, QUARTER, WEEK, Design
from schoolward.sample.simulate.district import District, Truth, draw
from schoolward.sample.simulate.lives import Request
from schoolward.sample.simulate.observation import Clock, Exposure, exposures

__all__ = [
    "DAY",
    "QUARTER",
    "WEEK",
    "Clock",
    "Design",
    "District",
    "Exposure",
    "Request",
    "Truth",
    "draw",
    "exposures",
]
