"""A deterministic generator of the sample district: Lakeside's records folder for one school year.

Everything follows from the seed. What is planted stands in :mod:`schoolward.sample.generate.plan` and in the folder's ``truth.json``.
"""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["DEFAULT_SEED", "Summary", "generate"]

DEFAULT_SEED = 20250811


@dataclass(frozen=True, slots=True)
class Summary:
    """What was written; ``str()`` is one line."""

    folder: Path
    seed: int
    n_schools: int
    n_requests: int
    n_tickets: int
    """Of the requests, those in the second help desk."""
    n_request_versions: int
    n_touchpoints: int
    n_students: int
    n_checkpoints: int

    def __str__(self) -> str:
        return (
            f"{self.folder}: {self.n_schools} schools, {self.n_requests:,} requests ({self.n_tickets:,} in the second help desk) in {self.n_request_versions:,} versions, "
            f"{self.n_touchpoints:,} touchpoints, {self.n_students:,} students, {self.n_checkpoints} checkpoints (seed {self.seed})"
        )


def generate(folder: Path, seed: int = DEFAULT_SEED) -> Summary:
    """Write Lakeside's records folder; files of an earlier run there are replaced.

    Equal seeds give equal bytes.
    """
    from schoolward.sample.generate.district import write_district

    return write_district(folder, seed)
