"""Repeatable randomness: one named stream per part, so that changing one part does not shuffle the others."""

import math
from hashlib import md5
from random import Random


def stream(seed: int, *names: object) -> Random:
    """The generator of that name under that seed; equal on every machine and in every process."""
    return Random(":".join(map(str, (seed, *names))))


def lognormal(rng: Random, median: float, sigma: float, *, at_most: float) -> float:
    """A log-normal draw with that median, cut off above."""
    return min(at_most, rng.lognormvariate(math.log(median), sigma))


def sys_id(seed: int, *names: object) -> str:
    """A ServiceNow sys_id (32 hex digits) that the names determine."""
    text = ":".join(map(str, (seed, *names)))
    return md5(text.encode(), usedforsecurity=False).hexdigest()
